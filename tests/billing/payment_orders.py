"""Payment orders that tests begin from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

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
    7, date(2026, 3, 1), Money(99_005, "RUB"), PAYER, RECIPIENT, "Возврат по счету СЧ-2026-000001"
)
