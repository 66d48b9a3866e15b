"""Payment orders: what a bank would send back is refused before it leaves."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.billing.errors import InvalidInput
from app.billing.money import Money
from app.billing.payment_order import OrderParty, PaymentOrder

PAYER = OrderParty(
    name='ООО "БПМ Центр"',
    account="40702810200000000001",
    bank_name="ПАО СБЕРБАНК",
    bic="044525225",
    correspondent_account="30101810400000000225",
    inn="7707083893",
    kpp="773601001",
)
RECIPIENT = replace(PAYER, name="Иванов Иван", account="40817810700000000001", inn=None, kpp=None)
ORDER = PaymentOrder(
    7, date(2026, 3, 1), Money(99_000, "RUB"), PAYER, RECIPIENT, "Возврат по счету СЧ-2026-000001"
)


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
