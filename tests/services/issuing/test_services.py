"""Documents of service: what was given, as the ledger booked it, once, dated by its last day (J3, K1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from app.billing.documents.kinds import DocumentKind, ServicePaper
from app.billing.documents.parties import PartyKind, Signatory
from app.billing.month_closing import ClosingState
from app.billing.provider import DisputeState
from app.billing.tax import TaxRegime
from app.bootstrap import Container
from app.models import (
    Document,
    DocumentAdvance,
    DocumentLine,
    DocumentSeries,
    DocumentStatus,
    LedgerEntry,
    MonthClosing,
    OutboxMessage,
    PayerKind,
    Picture,
    ServiceMonth,
)
from app.services.disputes import look_at_dispute
from app.services.revenue import recognise_revenue
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, create_customer, create_payer, deliver_all, rows
from tests.ledger_rows import Sale, assert_everything_ties, registered, sold
from tests.services.issuing.papers import (
    assert_documents_tie,
    configure,
    documents,
    issue,
    numbers,
    printed,
    regime,
    tax_document,
)
from tests.services.metered import APRIL_BEGINS, MARCH, create_metered_connector, metered_key, use
from tests.services.refunding import YEAR, refunded, rub

TRANSFER, ACT, ADVANCE = DocumentKind.TRANSFER, DocumentKind.ACT, DocumentKind.ADVANCE_INVOICE
SERVICE = (TRANSFER, ACT, DocumentKind.VAT_INVOICE)


def recognise(container: Container) -> None:
    recognise_revenue(container.transactions, now=container.clock.now())


def test_what_a_payer_got_until_the_same_day_is_on_one_document(
    container: Container, clock: ManualClock, alice: int
) -> None:
    bob = create_customer(container, "bob@example.com")
    create_payer(container, bob)
    for customer_id in (alice, alice, bob):
        sold(container, customer_id, Sale(price=rub(100_01), other_line=rub(33)))
    clock.advance(days=1)
    sold(container, alice)
    clock.advance(days=31)
    issue(container)
    assert [(row.customer_id, row.issued_on, row.total_minor) for row in documents(container, TRANSFER)] == [
        (alice, date(2026, 4, 2), 20_068),
        (bob, date(2026, 4, 2), 10_034),
        (alice, date(2026, 4, 3), 99_000),
    ]
    first = tax_document(container, TRANSFER)
    assert [line.gross.minor for line in first.lines] == [10_001, 33, 10_001, 33]
    assert len(first.advances) == len(first.payments) == 2
    lines = rows(container, DocumentLine, document_id=documents(container, TRANSFER)[0].id)
    assert [line.service_month_id for line in lines] == [1, 2, 3, 4]


def test_everything_printed_is_copied(container: Container, clock: ManualClock, alice: int) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.session.add(Picture(sha256="a" * 64, content=b"png", created_at=clock.now()))
    configure(
        container,
        stamp_sha256="a" * 64,
        offer_number="7",
        offer_date=date(2026, 1, 15),
        director_position="Генеральный директор",
        exchange_id="2BM-7707083893",
    )
    sold(container, alice)
    clock.advance(days=31)
    issue(container)
    configure(container, name="ООО «Другое»", director="Сидоров С. С.")
    create_payer(container, alice, name="ООО «Лютик»")

    (row,) = documents(container, TRANSFER)
    paper = printed(row)
    assert (paper.seller.name, paper.seller.exchange_id, paper.stamp) == (
        "ООО «БПМ Центр»", "2BM-7707083893", "a" * 64,
    )  # fmt: skip
    assert (paper.buyer.name, paper.buyer.email) == ("ООО «Ромашка»", "alice@example.com")
    assert (paper.basis.title, paper.basis.number, paper.basis.issued_on) == (
        "Публичная оферта", "7", date(2026, 1, 15),
    )  # fmt: skip
    assert paper.signatories == (
        Signatory("Генеральный директор", "Иванов И. И."),
        Signatory("Главный бухгалтер", "Петрова П. П."),
    )
    (line,) = paper.lines
    assert (line.description, line.quantity, line.unit, line.unit_code) == (
        "Доступ к коннектору «Crm connector» с 02.03.2026 по 02.04.2026", 1, "мес", "362",
    )  # fmt: skip
    assert (paper.service_from, paper.service_to) == (date(2026, 3, 2), date(2026, 4, 2))
    assert len(paper.exchange_uuid) == 36
    assert (row.status, row.created_at, row.supplied_on) == (
        DocumentStatus.PENDING, clock.now(), date(2026, 4, 2),
    )  # fmt: skip
    promised = {
        message.payload["document_id"] for message in rows(container, OutboxMessage, name="document.render")
    }
    assert promised == {each.id for each in documents(container)}


def test_a_sole_trader_signs_alone_and_has_no_title_in_the_name(
    container: Container, clock: ManualClock, alice: int
) -> None:
    configure(container, kind=PartyKind.SOLE_TRADER, name="ИП Иванов Иван Иванович", director="Иванов И. И.")
    create_payer(
        container, alice, kind=PayerKind.SOLE_TRADER, inn="500100732259", kpp=None,
        name="Индивидуальный предприниматель Пётр Петров",
    )  # fmt: skip
    sold(container, alice)
    clock.advance(days=31)
    issue(container)
    paper = tax_document(container, TRANSFER)
    assert (paper.seller.name, paper.buyer.name) == ("Иванов Иван Иванович", "Пётр Петров")
    assert paper.signatories == (Signatory("Индивидуальный предприниматель", "Иванов И. И."),)


def test_what_was_given_back_before_it_was_given_needs_no_document(
    container: Container, clock: ManualClock, alice: int
) -> None:
    registered(container, alice)
    line = sold(container, alice)
    issue(container)
    clock.advance(days=3)
    refunded(container, alice, line)
    clock.advance(days=40)
    issue(container)
    assert [row.kind for row in documents(container)] == [ADVANCE, DocumentKind.RECEIPT]
    (month,) = rows(container, ServiceMonth)
    assert month.documented_at == clock.now()
    assert_documents_tie(container)


def test_a_period_that_ended_early_is_documented_for_what_was_kept(
    container: Container, clock: ManualClock, alice: int
) -> None:
    registered(container, alice)
    line = sold(container, alice, YEAR)
    clock.advance(days=40)
    issue(container)
    refund = refunded(container, alice, line)
    clock.advance(days=400)
    issue(container)
    papers = documents(container, TRANSFER)
    assert [row.issued_on for row in papers] == [date(2026, 4, 2), date(2026, 4, 11)]
    assert sum(row.total_minor for row in papers) == 1_009_800 - refund.amount_minor
    uses = rows(container, DocumentAdvance)
    assert sum(use.gross_minor for use in uses) == 1_009_800 - refund.amount_minor
    assert documents(container, ADVANCE)[0].total_minor == 1_009_800, "its счёт-фактура is not corrected"
    assert_documents_tie(container)


def test_a_refund_before_a_late_issue_does_not_change_what_was_given(
    container: Container, clock: ManualClock, alice: int
) -> None:
    line = sold(container, alice)
    clock.advance(days=31)
    recognise(container)
    with container.transactions.begin(FACTORY) as work:
        (month,) = work.service_months.locked_of_line(line.line_id)
        month.refunded_minor = month.gross_minor  # a price that was lowered to nothing since
    issue(container)
    (row,) = documents(container, TRANSFER)
    (booked,) = rows(container, LedgerEntry, kind="service_given")
    assert (row.total_minor, row.vat_minor) == (booked.amount_minor, 17_852)


def test_operations_are_on_the_document_of_their_month(
    container: Container, clock: ManualClock, alice: int
) -> None:
    registered(container, alice)
    create_metered_connector(container)
    metered_key(container, alice)
    use(container, 3)
    sold(container, alice, at=datetime(2026, 3, 1, 20, 59, tzinfo=UTC) - timedelta(days=1))
    clock.move_to(APRIL_BEGINS + timedelta(hours=1))
    sweep(container.billing_run())

    (row,) = [each for each in documents(container, TRANSFER) if printed(each).service_from == MARCH]
    paper = printed(row)
    assert (row.supplied_on, paper.transferred_on) == (date(2026, 3, 31), date(2026, 3, 31))
    (line,) = paper.lines
    assert (line.quantity, line.unit, line.unit_code, line.gross) == (3, "ед", "642", rub(150))
    assert (paper.payments, paper.advances) == ((), ())
    (figures,) = rows(container, DocumentLine, document_id=row.id)
    assert (figures.invoice_line_id is not None, figures.service_month_id) == (True, None)
    assert_documents_tie(container)


def test_operations_and_months_with_the_same_last_day_share_a_document(
    container: Container, clock: ManualClock, alice: int
) -> None:
    create_metered_connector(container)
    metered_key(container, alice)
    use(container, 1_000)
    sold(container, alice, at=datetime(2026, 2, 28, 21, 0, tzinfo=UTC))  # 1 March to 1 April, midnight
    clock.move_to(APRIL_BEGINS + timedelta(hours=1))
    sweep(container.billing_run())
    (row,) = documents(container, TRANSFER)
    assert [line.gross.minor for line in printed(row).lines] == [99_000, 50_000]
    assert row.issued_on == date(2026, 3, 31)


def test_an_advance_of_20_percent_is_used_up_by_a_seller_who_has_left_vat(
    container: Container, clock: ManualClock, alice: int
) -> None:
    registered(container, alice)
    sold(container, alice, YEAR, at=datetime(2025, 11, 15, 9, 0, tzinfo=UTC))
    regime(container, TaxRegime.SIMPLIFIED, datetime(2026, 1, 1, tzinfo=UTC))
    clock.move_to(datetime(2026, 12, 1, tzinfo=UTC))
    issue(container)
    papers = [printed(row) for row in documents(container, TRANSFER)]
    assert [paper.status for paper in papers] == [1, *[2] * 11]
    assert [len(paper.advances) for paper in papers] == [1, *[0] * 11]
    assert sum(use.vat_minor for use in rows(container, DocumentAdvance)) == 168_300
    assert_documents_tie(container)


def test_a_seller_may_give_acts_and_own_series(container: Container, clock: ManualClock, alice: int) -> None:
    configure(container, service_paper=ServicePaper.INVOICE_AND_ACT)
    with container.transactions.begin(FACTORY) as work:
        seller_id = work.sellers.current().id
        work.session.add(DocumentSeries(seller_id=seller_id, kind=DocumentKind.VAT_INVOICE, series="Ф"))
        work.session.add(DocumentSeries(seller_id=seller_id, kind=ADVANCE, series="ФА"))
    sold(container, alice)
    clock.advance(days=31)
    issue(container)
    assert numbers(container) == ["ФА-2026-000001", "АКТ-2026-000001", "Ф-2026-000001", "КВ-2026-000001"]


def test_a_higher_number_never_has_an_earlier_date(
    container: Container, clock: ManualClock, alice: int
) -> None:
    sold(container, alice, at=clock.now() - timedelta(days=20))
    clock.advance(days=31)
    issue(container)
    sold(container, alice, at=clock.now() - timedelta(days=45))
    issue(container)
    rows_of_service = documents(container, TRANSFER)
    assert [(row.number, row.issued_on) for row in rows_of_service] == [
        ("СФ-2026-000001", date(2026, 3, 10)),
        ("СФ-2026-000002", date(2026, 3, 16)),
    ]
    clock.advance(days=1)
    sold(container, alice, at=clock.now() - timedelta(days=50))
    issue(container)
    last = documents(container, TRANSFER)[-1]
    assert (last.issued_on, last.supplied_on) == (date(2026, 3, 16), date(2026, 3, 12))
    assert printed(last).transferred_on == date(2026, 3, 12)


def test_what_belongs_to_a_closed_month_is_dated_by_the_next_open_day(
    container: Container, clock: ManualClock, alice: int
) -> None:
    sold(container, alice, at=clock.now() - timedelta(days=20))
    clock.advance(days=40)
    with container.transactions.begin(FACTORY) as work:
        work.session.add(
            MonthClosing(
                seller_id=1,
                month=date(2026, 3, 1),
                state=ClosingState.CLOSED,
                started_at=clock.now(),
                started_by="anna",
                finished_at=clock.now(),
                checklist=[],
            )
        )
    issue(container)
    (row,) = documents(container, TRANSFER)
    (booked,) = rows(container, LedgerEntry, kind="service_given")
    assert row.issued_on == row.supplied_on == booked.booked_on == date(2026, 4, 1)
    assert printed(row).transferred_on == date(2026, 3, 10)


def test_a_lost_dispute_issues_and_corrects_nothing(
    container: Container, clock: ManualClock, alice: int
) -> None:
    registered(container, alice)
    buy(container, alice, "crm-connector", make_account="A")
    deliver_all(container)
    issue(container)
    before = numbers(container)
    with container.transactions.reading() as repositories:
        reference = repositories.payments.get(1).provider_reference
    dispute = container.test_acquirer.open_dispute(reference, rub(99_000))
    container.test_acquirer.end_dispute(dispute, DisputeState.LOST)
    look_at_dispute(
        container.transactions, container.providers, provider="test", reference=dispute, now=clock.now()
    )
    issue(container)
    assert numbers(container) == before

    clock.advance(days=31)
    issue(container)
    assert numbers(container)[len(before) :] == ["СФ-2026-000001"], "the service was given all the same"
    assert_everything_ties(container)


def test_twice_is_once(container: Container, clock: ManualClock, alice: int) -> None:
    sold(container, alice, YEAR)
    clock.advance(days=400)
    issue(container)
    before = len(rows(container, Document))
    clock.advance(days=1)
    assert issue(container).handled == 0
    assert len(rows(container, Document)) == before
    assert len(documents(container, *SERVICE)) == 12
