"""Счета-фактуры for advances: what the ledger was charged with, once for each prepaid invoice (J3)."""

from __future__ import annotations

from datetime import UTC, date, datetime

from app.billing.documents.kinds import DocumentKind
from app.billing.tax import TaxRegime
from app.bootstrap import Container
from app.models import CreditKind, DocumentLine, Invoice, LedgerEntry, PayerKind, SellerTaxRegime, StaffTask
from app.services.bank_transfers import Transfer, receive_transfer
from tests.clock import ManualClock
from tests.factories import FACTORY, create_payer, order, rows
from tests.ledger_rows import Sale, sold
from tests.services.issuing.papers import documents, issue, numbers, receipt, tax_document
from tests.services.refunding import ANNA, YEAR, rub

ADVANCE = DocumentKind.ADVANCE_INVOICE


def test_it_says_what_the_ledger_was_charged_with(container: Container, alice: int) -> None:
    sold(container, alice, Sale(price=rub(100_01), other_line=rub(33)))
    issue(container)
    (row,) = documents(container, ADVANCE)
    (charged,) = rows(container, LedgerEntry, kind="advance_vat")
    assert (row.total_minor, row.vat_minor) == (10_034, charged.amount_minor)
    lines = rows(container, DocumentLine, kind=ADVANCE)
    assert [(line.gross_minor, line.vat_minor, line.vat_rate, line.service_month_id) for line in lines] == [
        (10_001, 1_803, 2200, None),
        (33, 6, 2200, None),
    ]
    printed = tax_document(container, ADVANCE)
    assert (printed.form, printed.status, printed.shipments, printed.advances) == (
        "advance_invoice",
        None,
        (),
        (),
    )
    assert {(line.net, line.quantity, line.unit, line.unit_code) for line in printed.lines} == {(None,) * 4}
    assert printed.lines[0].description == "Предоплата. Доступ"
    assert printed.transferred_on is None


def test_what_the_balance_paid_is_an_advance_as_well(container: Container, alice: int) -> None:
    sold(container, alice, Sale(price=rub(100_000), balance=rub(60_000)))
    sold(container, alice, Sale(price=rub(50_000), balance=rub(50_000)))
    issue(container)
    assert [row.total_minor for row in documents(container, ADVANCE)] == [100_000, 50_000]
    partly, wholly = (tax_document(container, ADVANCE, place) for place in (0, 1))
    assert (len(partly.payments), len(wholly.payments)) == (1, 0)
    assert numbers(container, DocumentKind.RECEIPT) == ["КВ-2026-000001"], "the balance is no new money"
    assert receipt(container).total == rub(40_000)


def test_it_names_the_order_of_the_payer(container: Container, alice: int) -> None:
    invoice_id = order(container, alice, "crm-connector")
    transfer = Transfer(invoice_id, rub(99_000), "2026-03-02 № 17")
    receive_transfer(container.transactions, actor=ANNA, transfer=transfer, now=container.clock.now())
    issue(container)
    (payment,) = tax_document(container, ADVANCE).payments
    assert (payment.title, payment.number) == ("Платёжное поручение", "2026-03-02 № 17")
    assert payment.issued_on == date(2026, 3, 2)


def test_money_that_pays_nothing_is_no_advance(container: Container, alice: int) -> None:
    invoice_id = order(container, alice, "crm-connector")
    for reference in ("one", "two"):
        transfer = Transfer(invoice_id, rub(99_000), reference)
        receive_transfer(container.transactions, actor=ANNA, transfer=transfer, now=container.clock.now())
    issue(container)
    assert len(documents(container, ADVANCE)) == 1
    first, second = receipt(container, 0), receipt(container, 1)
    assert (first.to_balance, second.to_balance) == (rub(0), rub(99_000))
    assert (second.lines, second.total, second.vat_total) == ((), rub(99_000), rub(0))


def test_an_invoice_of_nothing_has_no_further_document(container: Container, alice: int) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.credits.change(alice, CreditKind.GOODWILL, rub(99_000))
    invoice_id = order(container, alice, "crm-connector")
    assert rows(container, Invoice, id=invoice_id)[0].total_minor == 0
    issue(container)
    container.clock.advance(days=40)  # type: ignore[attr-defined]  # the tests' clock
    issue(container)
    assert documents(container) == []
    assert rows(container, StaffTask) == []


def test_whoever_is_no_business_gets_none(container: Container, alice: int) -> None:
    create_payer(container, alice, kind=PayerKind.INDIVIDUAL, name="Анна", inn=None, kpp=None)
    sold(container, alice)
    issue(container)
    assert [row.kind for row in documents(container)] == [DocumentKind.RECEIPT]
    (invoice,) = rows(container, Invoice)
    assert invoice.documented_at == container.clock.now(), "it is not looked at again"


def test_twice_is_once(container: Container, clock: ManualClock, alice: int) -> None:
    sold(container, alice)
    assert issue(container).handled == 2
    clock.advance(days=1)
    assert issue(container).handled == 0
    assert len(documents(container)) == 2


def test_a_late_run_dates_it_by_the_day_of_the_money(
    container: Container, clock: ManualClock, alice: int
) -> None:
    sold(container, alice, YEAR, at=datetime(2025, 12, 31, 20, 59, tzinfo=UTC))
    sold(container, alice, YEAR, at=datetime(2025, 12, 31, 21, 0, tzinfo=UTC))
    issue(container)
    assert [(row.number, row.issued_on, row.vat_minor) for row in documents(container, ADVANCE)] == [
        ("А-2025-000001", date(2025, 12, 31), 168_300),
        ("А-2026-000001", date(2026, 1, 1), 182_095),
    ]


def test_a_rate_that_is_not_the_ledgers_goes_to_staff_until_it_is_repaired(
    container: Container, clock: ManualClock, alice: int
) -> None:
    sold(container, alice)
    bob_line = sold(container, alice)
    with container.transactions.begin(FACTORY) as work:
        wrong = SellerTaxRegime(effective_from=date(2026, 1, 1), regime=TaxRegime.SIMPLIFIED_5)
        seller = work.sellers.current()
        seller.tax_regimes.append(wrong)
    result = issue(container)
    assert sorted(result.parked) == [1, bob_line.invoice_id]
    assert documents(container, ADVANCE) == []
    tasks = [
        (task.kind, task.object_kind, task.object_id, task.customer_id) for task in rows(container, StaffTask)
    ]
    assert tasks == [
        ("documents:DOCUMENT_INCONSISTENT", "invoice", "1", alice),
        ("documents:DOCUMENT_INCONSISTENT", "invoice", str(bob_line.invoice_id), alice),
    ]
    clock.advance(days=40)
    issue(container)
    assert documents(container, DocumentKind.TRANSFER) == [], "service waits for what it has to name"

    with container.transactions.begin(FACTORY) as work:
        seller = work.sellers.current()
        work.session.delete(seller.tax_regimes[-1])
    issue(container)
    assert len(documents(container, ADVANCE)) == 2
    assert len(tax_document(container, DocumentKind.TRANSFER).advances) == 2


def test_a_payer_abroad_gets_none(container: Container, alice: int) -> None:
    create_payer(container, alice, kind=PayerKind.FOREIGN_COMPANY, country="DE", inn=None, kpp=None)
    sold(container, alice)
    issue(container)
    assert documents(container, ADVANCE) == []
