"""A payment order to the bank: how a refund of a bank transfer leaves (H4, H7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.billing.errors import InvalidInput
from app.billing.money import Money
from app.billing.requisites import is_bic, is_correspondent_account, is_inn, is_kpp, is_settlement_account

LONGEST_NAME = 160
LONGEST_PURPOSE = 210
LARGEST_NUMBER = 999_999
"""Limits of the fields 3, 8, 16 and 24 of a payment order (Bank of Russia, 762-П, appendix 11)."""


@dataclass(frozen=True, slots=True)
class OrderParty:
    """Who pays or is paid, with the bank. A private person may have no ИНН, nobody but organisations a КПП.

    Raises InvalidInput PAYMENT_ORDER_INVALID: a bank would send such an order back.
    """

    name: str
    account: str
    bank_name: str
    bic: str
    correspondent_account: str
    inn: str | None = None
    kpp: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no bank would take."""
        _require_text(self.name, LONGEST_NAME, "name")
        _require_text(self.bank_name, LONGEST_NAME, "bank name")
        _require(is_bic(self.bic), "БИК")
        _require(is_settlement_account(self.account, self.bic), "account")
        _require(is_correspondent_account(self.correspondent_account, self.bic), "correspondent account")
        _require(self.inn is None or is_inn(self.inn, 10) or is_inn(self.inn, 12), "ИНН")
        _require(self.kpp is None or is_kpp(self.kpp), "КПП")


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """One order in rubles. `number` is ours and comes back in the outgoing line of the statement.

    Raises InvalidInput PAYMENT_ORDER_INVALID.
    """

    number: int
    dated: date
    amount: Money
    payer: OrderParty
    recipient: OrderParty
    purpose: str

    def __post_init__(self) -> None:
        """Refuse what no bank would take."""
        _require(1 <= self.number <= LARGEST_NUMBER, "number")
        _require(self.amount.currency == "RUB" and self.amount.minor > 0, "amount")
        _require(self.payer.account != self.recipient.account, "parties")
        _require_text(self.purpose, LONGEST_PURPOSE, "purpose")


def _require_text(text: str, longest: int, what: str) -> None:
    _require(any(letter.isalnum() for letter in text) and len(text) <= longest, what)
    try:
        text.encode("windows-1251")
    except UnicodeEncodeError as error:
        raise InvalidInput(
            f"{what} has letters that a bank can't read", code="PAYMENT_ORDER_INVALID"
        ) from error


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise InvalidInput(what, code="PAYMENT_ORDER_INVALID")
