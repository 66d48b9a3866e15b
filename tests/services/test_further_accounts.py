"""A seller with several bank accounts: statements of each are taken, orders leave from the main one (H4)."""

from __future__ import annotations

import pytest

from app.billing.bank_matching import Finding
from app.billing.errors import InvalidInput
from app.billing.invoice import InvoiceStatus
from app.billing.money import Money
from app.billing.payment_order import OrderParty
from app.bootstrap import Container
from app.models import BankLine, BankLineState, BankStatement, Invoice, InvoiceLine, Payment
from app.services.bank_statements import apply_statement, preview_statement
from app.services.refund_orders import make_payment_order
from tests.bank import (
    ACCOUNT,
    ANNA,
    DOLLARS,
    FURTHER_ACCOUNT,
    broken_rules,
    file,
    importing,
    line,
    open_further_account,
    sent,
    statement,
)
from tests.factories import rows
from tests.services.refunding import approve, asked

NUMBER = "Оплата по счёту СЧ-2026-000001, в т.ч. НДС"


def bring_from(container: Container, account: str, *lines: object, **changes: object) -> None:
    told = statement(*lines, account=account, **changes)  # type: ignore[arg-type]
    apply_statement(
        importing(container, told), actor=ANNA, file=file(f"{account}.txt"), now=container.clock.now()
    )


def test_a_statement_of_a_further_account_is_taken(container: Container, invoice_id: int) -> None:
    with pytest.raises(InvalidInput):
        bring_from(container, FURTHER_ACCOUNT, line(NUMBER))
    open_further_account(container)
    bring_from(container, FURTHER_ACCOUNT, line(NUMBER))
    assert rows(container, Invoice)[0].status is InvoiceStatus.PAID
    (row,) = rows(container, BankLine)
    assert (row.account, row.state) == (FURTHER_ACCOUNT, BankLineState.MATCHED)
    bring_from(container, FURTHER_ACCOUNT, line(NUMBER))
    assert len(rows(container, Payment)) == 1
    assert broken_rules(container) == []


def test_equal_lines_of_two_accounts_are_two(container: Container, invoice_id: int) -> None:
    open_further_account(container)
    for account in (ACCOUNT, FURTHER_ACCOUNT):
        bring_from(container, account, line("без номера"))
    assert [row.account for row in rows(container, BankLine)] == [ACCOUNT, FURTHER_ACCOUNT]


@pytest.mark.parametrize(("currency", "is_taken"), [("USD", True), ("EUR", False), ("RUB", False)])
def test_a_further_account_has_one_currency(
    container: Container, invoice_id: int, currency: str, is_taken: bool
) -> None:
    open_further_account(container, DOLLARS, "USD", is_main=True)
    nothing = Money.zero(currency)
    told = statement(
        account=DOLLARS, currency=currency, opening=None, closing=None, turnover_in=nothing,
        turnover_out=nothing,
    )  # fmt: skip
    imports = importing(container, told)
    if is_taken:
        preview_statement(imports, file=file())
        apply_statement(imports, actor=ANNA, file=file(), now=container.clock.now())
        return
    with pytest.raises(InvalidInput) as refusal:
        apply_statement(imports, actor=ANNA, file=file(), now=container.clock.now())
    assert refusal.value.code == "BANK_ACCOUNT_UNKNOWN"
    assert rows(container, BankStatement) == []


@pytest.mark.parametrize(
    ("from_account", "to_account"), [(ACCOUNT, FURTHER_ACCOUNT), (FURTHER_ACCOUNT, ACCOUNT)]
)
def test_money_between_our_own_accounts_is_put_aside_on_both(
    container: Container, invoice_id: int, from_account: str, to_account: str
) -> None:
    open_further_account(container)
    own = line(NUMBER, party_account=from_account)
    previewed = preview_statement(importing(container, statement(own, account=to_account)), file=file())
    assert previewed[0].lines[0].state is BankLineState.IGNORED
    bring_from(container, to_account, own)
    bring_from(container, from_account, sent("Перевод собственных средств", party_account=to_account))
    assert [(row.state, row.finding) for row in rows(container, BankLine)] == [
        (BankLineState.IGNORED, Finding.OWN_MONEY),
        (BankLineState.IGNORED, Finding.OWN_MONEY),
    ]
    assert rows(container, Invoice)[0].status is InvoiceStatus.OPEN
    assert rows(container, Payment) == []
    assert broken_rules(container) == []


def test_an_order_leaves_from_the_main_account_wherever_the_money_came(
    container: Container, invoice_id: int
) -> None:
    open_further_account(container)
    bring_from(container, FURTHER_ACCOUNT, line(NUMBER))
    customer_id = rows(container, Invoice)[0].customer_id
    refund_id = asked(container, customer_id, rows(container, InvoiceLine)[0].id)
    approve(container, refund_id)
    recipient = OrderParty(
        name="ООО «Ромашка»", account="40702810200000000001", bank_name="ПАО Сбербанк", bic="044525225",
        correspondent_account="30101810400000000225",
    )  # fmt: skip
    order = make_payment_order(
        container.transactions,
        actor=ANNA,
        refund_id=refund_id,
        recipient=recipient,
        now=container.clock.now(),
    )
    assert order.payer.account == ACCOUNT
