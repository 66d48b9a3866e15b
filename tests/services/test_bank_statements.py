"""Bank statements: looked at, applied line by line, each line once (H4)."""

from __future__ import annotations

import pytest

from app.billing.actors import Actor
from app.billing.bank_matching import Finding
from app.billing.bank_statement import Direction
from app.billing.errors import InvalidInput, NotPermitted
from app.billing.invoice import InvoiceStatus
from app.billing.money import Money
from app.billing.refunds import RefundStatus
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import (
    AuditEntry,
    BankLine,
    BankLineShare,
    BankLineState,
    BankStatement,
    CustomerCredit,
    Invoice,
    Payment,
    Refund,
    StaffTask,
    Subscription,
)
from app.services.bank_statements import apply_statement, preview_statement
from app.services.refunds import RefundRequest, approve_refund, request_refund
from app.services.sweep import sweep
from tests.bank import ANNA, INN, bring, broken_rules, file, importing, line, look, sent, statement
from tests.clock import ManualClock
from tests.factories import create_customer, create_payer, order, rows
from tests.parallel import at_once

NUMBER = "Оплата по счёту СЧ-2026-000001, в т.ч. НДС"
SECOND = "Оплата по счёту СЧ-2026-000002, в т.ч. НДС"


def only_line(container: Container) -> BankLine:
    (row,) = rows(container, BankLine)
    return row


def credit(container: Container) -> int:
    return sum(row.amount_minor for row in rows(container, CustomerCredit))


def test_a_certain_line_pays_its_invoice(container: Container, invoice_id: int) -> None:
    imported = bring(container, line(NUMBER))
    assert (imported.new, imported.known, imported.waiting) == (1, 0, 0)
    assert rows(container, Invoice)[0].status is InvoiceStatus.PAID
    assert rows(container, Subscription)[0].status is SubscriptionStatus.ACTIVE
    row = only_line(container)
    assert (row.state, row.finding, row.decided_by) == (BankLineState.MATCHED, Finding.EXACT, "staff:anna")
    (payment,) = rows(container, Payment)
    (share,) = rows(container, BankLineShare)
    assert (share.line_id, share.invoice_id, share.payment_id) == (row.id, invoice_id, payment.id)
    assert (share.amount_minor, payment.amount_minor, payment.unallocated_minor) == (99_000, 99_000, 0)
    assert payment.provider_reference == f"2026-03-03 № 17 · {row.id}"
    (stored,) = rows(container, BankStatement)
    assert (stored.line_count, stored.in_minor, stored.out_minor) == (1, 99_000, 0)
    assert stored.completed_at == container.clock.now()
    actions = [entry.action for entry in rows(container, AuditEntry)][-2:]
    assert actions == ["bank_line.decide", "bank_statement.import"]
    assert broken_rules(container) == []


def test_the_same_file_twice_changes_nothing(container: Container, invoice_id: int) -> None:
    lines = (line(NUMBER), line("перевод", 500))
    first = bring(container, *lines)
    again = bring(container, *lines)
    assert (again.statement_id, again.new, again.known) == (first.statement_id, 0, 2)
    assert len(rows(container, Payment)) == 1
    assert len(rows(container, BankStatement)) == 1


def test_an_overlapping_file_brings_its_new_lines_only(container: Container, invoice_id: int) -> None:
    bring(container, line(NUMBER))
    other = bring(container, line(NUMBER), line("перевод", 500), name="april.txt")
    assert (other.new, other.known, other.waiting) == (1, 1, 1)
    assert len(rows(container, Payment)) == 1
    assert [row.line_count for row in rows(container, BankStatement)] == [1, 2]


def test_two_people_at_once_book_a_statement_once(container: Container, invoice_id: int) -> None:
    lines = (line(NUMBER), line("перевод", 500), sent("аренда", 700))
    outcomes = at_once(lambda: bring(container, *lines), lambda: bring(container, *lines, name="b.txt"))
    assert outcomes.refusals == []
    assert sum(each.new for each in outcomes.results) == 3
    assert len(rows(container, Payment)) == 1
    assert len(rows(container, BankLine)) == 3
    assert broken_rules(container) == []


def test_two_lines_for_one_invoice_pay_it_once(container: Container, invoice_id: int) -> None:
    lines = (line(NUMBER), line(NUMBER, reference="18"))
    bring(container, *lines)
    states = [(row.state, row.finding) for row in rows(container, BankLine)]
    assert states == [
        (BankLineState.MATCHED, Finding.EXACT),
        (BankLineState.UNMATCHED, Finding.ALREADY_PAID),
    ]
    assert credit(container) == 0


def test_one_transfer_for_two_invoices_pays_both(container: Container, alice: int, invoice_id: int) -> None:
    other = order(container, alice, "mail-connector")
    bring(container, line("по счетам СЧ-2026-000001, СЧ-2026-000002", 198_000))
    assert {row.status for row in rows(container, Invoice)} == {InvoiceStatus.PAID}
    shares = [(row.invoice_id, row.amount_minor) for row in rows(container, BankLineShare)]
    assert sorted(shares) == [(invoice_id, 99_000), (other, 99_000)]
    assert broken_rules(container) == []


def test_what_is_over_is_the_customers_when_number_and_payer_agree(
    container: Container, invoice_id: int
) -> None:
    bring(container, line(NUMBER, 100_000))
    assert rows(container, Invoice)[0].status is InvoiceStatus.PAID
    assert credit(container) == 1_000
    assert broken_rules(container) == []


@pytest.mark.parametrize(
    ("told", "finding"),
    [
        (line(NUMBER, 98_999), Finding.UNDERPAID),
        (line(NUMBER, 100_000, party_inn=None), Finding.PAYER_UNCONFIRMED),
        (line(NUMBER, party_inn="7707083893"), Finding.OTHER_PAYER),
        (line("за услуги"), Finding.NO_NUMBER),
        (line("счёт № 99 от 02.03.2026"), Finding.UNKNOWN_NUMBER),
        (line("счёт 1", party_inn=None), Finding.PAYER_UNCONFIRMED),
        (sent("Возврат № 5"), Finding.REFUND_UNKNOWN),
    ],
)
def test_what_is_not_certain_waits_and_books_nothing(
    container: Container, invoice_id: int, told: object, finding: Finding
) -> None:
    bring(container, told)  # type: ignore[arg-type]
    row = only_line(container)
    assert (row.state, row.finding, row.decided_at) == (BankLineState.UNMATCHED, finding, None)
    assert rows(container, Payment) == []
    assert rows(container, Invoice)[0].status is InvoiceStatus.OPEN


def test_a_number_without_its_year_is_enough_with_payer_and_sum(
    container: Container, invoice_id: int
) -> None:
    bring(container, line("сч. 1"))
    assert rows(container, Invoice)[0].status is InvoiceStatus.PAID


def test_money_of_one_customer_never_pays_anothers_invoice(container: Container, invoice_id: int) -> None:
    bob = create_customer(container, "bob@example.com")
    create_payer(container, bob, inn="7707083893")
    order(container, bob, "mail-connector")
    bring(container, line("счета № 1, № 2", 198_000, party_inn=None))
    assert only_line(container).finding is Finding.AMBIGUOUS
    assert rows(container, Payment) == []


def test_late_money_of_a_lapsed_order_resumes_it(
    container: Container, invoice_id: int, clock: ManualClock
) -> None:
    clock.advance(days=9)
    sweep(container.billing_run())
    assert rows(container, Invoice)[0].status is InvoiceStatus.VOID
    bring(container, line(NUMBER))
    assert only_line(container).finding is Finding.LATE
    assert rows(container, Payment)[0].unallocated_minor == 99_000
    assert rows(container, Subscription)[0].status is SubscriptionStatus.ACTIVE
    assert credit(container) == 0
    assert broken_rules(container) == []


def test_outgoing_money_of_the_firm_is_put_aside(container: Container, invoice_id: int) -> None:
    bring(container, sent("аренда за март", 5_000_000))
    row = only_line(container)
    assert (row.state, row.finding) == (BankLineState.IGNORED, Finding.OUTGOING)


def test_a_refund_is_settled_by_the_line_that_it_left_by(container: Container, alice: int) -> None:
    refund_id = approved_refund(container, alice)
    bring(container, sent(f"Возврат № {refund_id} по счёту СЧ-2026-000001"), name="out.txt")
    (refund,) = rows(container, Refund)
    assert refund.status is RefundStatus.SENT
    row = rows(container, BankLine)[-1]
    assert (row.state, row.refund_id) == (BankLineState.SETTLED_REFUND, refund_id)
    assert refund.provider_reference == f"2026-03-03 № 17 · {row.id}"
    assert broken_rules(container) == []


def test_a_refund_of_another_sum_waits(container: Container, alice: int) -> None:
    refund_id = approved_refund(container, alice)
    bring(container, sent(f"Возврат № {refund_id}", 98_000), name="out.txt")
    assert rows(container, BankLine)[-1].finding is Finding.REFUND_SUM
    assert rows(container, Refund)[0].status is RefundStatus.APPROVED


def approved_refund(container: Container, customer_id: int) -> int:
    """A refund of an invoice that was paid by bank transfer, approved."""
    invoice_id = order(container, customer_id, "crm-connector")
    bring(container, line(NUMBER))
    lines = rows(container, Invoice, id=invoice_id)
    assert lines[0].status is InvoiceStatus.PAID
    now = container.clock.now()
    refund_id = request_refund(
        container.transactions, actor=ANNA, request=RefundRequest(customer_id, 1, "не подошёл"), now=now
    )
    approve_refund(container.transactions, actor=ANNA, refund_id=refund_id, reason="да", now=now)
    return refund_id


def test_a_look_writes_nothing_and_tells_what_would_be(container: Container, invoice_id: int) -> None:
    preview = look(container, line(NUMBER), line(NUMBER, reference="18"), sent("аренда", 700))
    assert [each.state for each in preview.lines] == [
        BankLineState.MATCHED,
        BankLineState.UNMATCHED,
        BankLineState.IGNORED,
    ]
    assert [each.match.finding for each in preview.lines] == [
        Finding.EXACT,
        Finding.ALREADY_PAID,
        Finding.OUTGOING,
    ]
    assert preview.sum_of(Direction.IN, BankLineState.MATCHED) == Money(99_000, "RUB")
    assert preview.sum_of(Direction.OUT, BankLineState.IGNORED) == Money(700, "RUB")
    assert rows(container, BankStatement) == []
    assert rows(container, BankLine) == []
    assert rows(container, Payment) == []


def test_a_look_knows_the_lines_that_are_stored(container: Container, invoice_id: int) -> None:
    bring(container, line(NUMBER))
    preview = look(container, line(NUMBER), line("перевод", 500))
    assert [each.is_known for each in preview.lines] == [True, False]
    assert preview.sum_of(Direction.IN, None, known=True) == Money(99_000, "RUB")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"account": "40702810000000000000"}, "BANK_ACCOUNT_UNKNOWN"),
        ({"turnover_in": Money(1, "RUB")}, "STATEMENT_TOTALS"),
        ({"turnover_out": Money(1, "RUB")}, "STATEMENT_TOTALS"),
        ({"closing": Money(1, "RUB")}, "STATEMENT_TOTALS"),
        ({"lines": (line(NUMBER), line(NUMBER)), "turnover_in": None, "closing": None}, "STATEMENT_TOTALS"),
    ],
)
def test_a_file_that_can_not_be_believed_writes_nothing(
    container: Container, invoice_id: int, changes: dict[str, object], code: str
) -> None:
    bad = statement(line(NUMBER), **changes)
    imports = importing(container, statement(line("перевод")), bad)
    with pytest.raises(InvalidInput) as refusal:
        apply_statement(imports, actor=ANNA, file=file(), now=container.clock.now())
    assert refusal.value.code == code
    with pytest.raises(InvalidInput):
        preview_statement(imports, file=file())
    assert rows(container, BankLine) == []


def test_customers_import_nothing(container: Container, invoice_id: int) -> None:
    with pytest.raises(NotPermitted):
        bring(container, line(NUMBER), actor=Actor.customer(1))
    assert rows(container, BankStatement) == []


def test_a_job_leaves_a_task_about_what_waits(container: Container, invoice_id: int) -> None:
    imported = bring(container, line("за услуги"), actor=Actor.system("scheduler"))
    (task,) = rows(container, StaffTask)
    assert (task.kind, task.object_id) == ("bank_lines_waiting", str(imported.statement_id))


def test_the_payer_of_a_line_is_taken_as_told(container: Container, invoice_id: int) -> None:
    bring(container, line("за услуги"))
    assert only_line(container).told().party_inn == INN
