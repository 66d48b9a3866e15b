"""Money as PayPal writes it: currencies that it takes and their decimals."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.billing.money import MINOR_UNITS_PER_MAJOR, Money

WITHOUT_DECIMALS = frozenset({"HUF", "JPY", "TWD"})
"""PayPal refuses decimals in these, whatever ISO 4217 says (developer.paypal.com, currency codes)."""

WITH_TWO_DECIMALS = frozenset(
    {"AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "ILS"}
    | {"MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "USD"}
)
"""What else PayPal takes (same list). No rouble: Russian payers pay by card or transfer."""


class CannotBeWritten(ValueError):
    """PayPal has no way to write this amount; `code` goes into the outcome."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def written(money: Money) -> dict[str, str]:
    """PayPal's form of an amount; raises CannotBeWritten for a currency or decimals that it refuses."""
    if money.currency not in WITHOUT_DECIMALS | WITH_TWO_DECIMALS:
        raise CannotBeWritten("CURRENCY_UNSUPPORTED")
    places = 0 if money.currency in WITHOUT_DECIMALS else 2
    major = Decimal(money.minor) / MINOR_UNITS_PER_MAJOR[money.currency]
    value = major.quantize(Decimal(1).scaleb(-places))
    if value != major:
        raise CannotBeWritten("DECIMALS_NOT_SUPPORTED")
    return {"currency_code": money.currency, "value": str(value)}


def read_amount(written_amount: Mapping[str, Any]) -> Money | None:
    """The amount that PayPal wrote; None when it is none that we could have asked for."""
    currency, value = written_amount.get("currency_code"), written_amount.get("value")
    if currency not in MINOR_UNITS_PER_MAJOR or not isinstance(value, str):
        return None
    try:
        return Money.from_decimal(Decimal(value), currency)
    except (ArithmeticError, ValueError):
        return None
