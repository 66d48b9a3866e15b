"""Payment orders: what a bank would send back is refused before it leaves."""

from dataclasses import replace
from typing import Any

import pytest

from app.billing.errors import InvalidInput
from app.billing.money import Money
from tests.billing.payment_orders import ORDER, PAYER, RECIPIENT


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": " \n"},
        {"name": "и" * 161},
        {"name": "Łukasz"},
        {"bank_name": ""},
        {"bic": "14452522"},
        {"account": "40702810300000000001"},
        {"correspondent_account": "30101810400000000226"},
        {"inn": "7707083894"},
        {"kpp": "1"},
    ],
)
def test_a_party_that_no_bank_would_take_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        replace(PAYER, **change)
    assert refused.value.code == "PAYMENT_ORDER_INVALID"


def test_a_sole_trader_has_an_inn_of_twelve_digits() -> None:
    assert replace(RECIPIENT, inn="500100732259").inn == "500100732259"


@pytest.mark.parametrize(
    "change",
    [
        {"number": 0},
        {"number": 1_000_000},
        {"amount": Money(0, "RUB")},
        {"amount": Money(-1, "RUB")},
        {"amount": Money(1, "EUR")},
        {"recipient": PAYER},
        {"purpose": "..."},
        {"purpose": "и" * 211},
    ],
)
def test_an_order_that_no_bank_would_take_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        replace(ORDER, **change)
    assert refused.value.code == "PAYMENT_ORDER_INVALID"
