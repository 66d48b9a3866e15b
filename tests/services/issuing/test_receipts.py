"""Квитанции: every movement of new money is confirmed once (J3)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from app.billing.documents.kinds import DocumentKind
from app.billing.exchange_rates import ExchangeRate, RateFile
from app.billing.ledger import prepayment_refund_decided, service_refund_decided
from app.billing.money import Money
from app.billing.refunds import RefundStatus
from app.bootstrap import Container
from app.models import PayerKind, Payment, Refund, StaffTask
from app.services.bookkeeping import book
from app.services.exchange_rates import import_rates
from app.services.refund_effects import cause_of
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, create_connector, create_customer, create_payer, order, rows
from tests.ledger_rows import Sale, sold
from tests.services.issuing.papers import assert_documents_tie, documents, issue, numbers, receipt
from tests.services.metered import APRIL_BEGINS, create_metered_connector, metered_key, use
from tests.services.refunding import YEAR, refunded, rub, send

RECEIPT = DocumentKind.RECEIPT
NO_RATE = "documents:RATE_MISSING"


def test_a_card_paid_an_invoice(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector", "mail-connector")
    issue(container)
    paper = receipt(container)
    assert (paper.movement, paper.number, paper.moved_on) == ("payment", "КВ-2026-000001", date(2026, 3, 2))
    assert (paper.method, paper.invoice.number) == ("Visa •••• 4242", "СЧ-2026-000001")
    assert [(line.amount, line.vat_rate, line.vat) for line in paper.lines] == [
        (rub(99_000), 2200, rub(17_852))
    ] * 2
    assert (paper.total, paper.vat_total, paper.to_balance) == (rub(198_000), rub(35_704), rub(0))
    (row,) = documents(container, RECEIPT)
    assert (row.payment_id, row.invoice_id, row.supplied_on) == (1, 1, date(2026, 3, 2))


def test_money_beside_the_balance_pays_its_share_of_every_line(container: Container, alice: int) -> None:
    sold(container, alice, Sale(price=rub(200), other_line=rub(100), balance=rub(100), over=rub(7)))
    issue(container)
    paper = receipt(container)
    assert [(line.amount, line.vat) for line in paper.lines] == [(rub(133), rub(24)), (rub(67), rub(12))]
    assert (paper.total, paper.to_balance, paper.vat_total) == (rub(207), rub(7), rub(36))


def test_operations_are_receipted_when_they_are_paid_at_the_rate_of_their_month(
    container: Container, clock: ManualClock, alice: int
) -> None:
    create_metered_connector(container)
    metered_key(container, alice)
    use(container, 2_000)
    clock.move_to(APRIL_BEGINS + timedelta(hours=1))
    sweep(container.billing_run())
    clock.advance(days=2)
    sweep(container.billing_run())
    paper = receipt(container)
    assert [(line.amount, line.vat_rate) for line in paper.lines] == [(rub(100_000), 2200)]
    assert documents(container, DocumentKind.ADVANCE_INVOICE) == [], "a debt is no advance"


def test_money_that_went_back_is_confirmed_when_it_was_sent(
    container: Container, clock: ManualClock, alice: int
) -> None:
    line = sold(container, alice)
    issue(container)
    clock.advance(days=3)
    refund = refunded(container, alice, line)
    issue(container)
    assert len(documents(container, RECEIPT)) == 1
    clock.advance(days=2)
    send(container, refund.id)
    clock.advance(days=1)
    issue(container)
    paper = receipt(container, 1)
    assert (paper.movement, paper.moved_on, paper.total) == ("refund", date(2026, 3, 7), rub(99_000))
    assert [(each.description, each.vat_rate, each.vat) for each in paper.lines] == [
        ("Возврат предоплаты по счёту СЧ-2026-000001", 2200, rub(17_852))
    ]
    clock.advance(days=1)
    assert issue(container).handled == 0
    assert_documents_tie(container)


def test_a_refund_of_service_and_of_prepayment_says_which_is_which(
    container: Container, clock: ManualClock, alice: int
) -> None:
    line = sold(container, alice, YEAR)
    clock.advance(days=33)
    issue(container)
    with container.transactions.begin(FACTORY) as work:
        row = work.refunds.add(
            Refund(
                seller_id=1, customer_id=alice, payment_id=line.payment_id, invoice_line_id=line.line_id,
                subscription_id=line.subscription_id, status=RefundStatus.SENT, decision_code="UNUSED_PART",
                currency="RUB", amount_minor=3_660, prepaid_minor=2_440, service_minor=1_220,
                to_method_minor=1_830, reason="по просьбе", requested_by="staff:anna",
                requested_at=clock.now(), sent_at=clock.now(),
            )
        )  # fmt: skip
        book(work, prepayment_refund_decided(rub(2_440), rub(440)), cause_of(row), clock.now())
        book(work, service_refund_decided(rub(1_220), rub(220)), cause_of(row, 1), clock.now())
    issue(container)
    paper = receipt(container, 1)
    assert [(each.description, each.amount, each.vat) for each in paper.lines] == [
        ("Возврат предоплаты по счёту СЧ-2026-000001", rub(1_220), rub(220)),
        ("Возврат за оказанные услуги по счёту СЧ-2026-000001", rub(610), rub(110)),
    ]
    assert (paper.total, paper.vat_total) == (rub(1_830), rub(330)), "half of it went to the balance"


def test_what_went_to_the_balance_has_not_left_us(
    container: Container, clock: ManualClock, alice: int
) -> None:
    line = sold(container, alice, Sale(balance=rub(99_000)))
    issue(container)
    refund = refunded(container, alice, line)
    with container.transactions.begin(FACTORY) as work:
        row = work.refunds.get(refund.id)
        row.status, row.sent_at = type(row.status).SENT, clock.now()
    assert rows(container, Refund)[0].to_method_minor == 0
    issue(container)
    assert documents(container, RECEIPT) == []
    assert rows(container, Refund)[0].documented_at == clock.now()


def rates(container: Container, day: date, value: int = 90) -> None:
    rate = ExchangeRate("USD", day, 1, Decimal(value))
    import_rates(
        container.transactions, actor=FACTORY, file=RateFile((rate,), {day: day}), now=container.clock.now()
    )


def hans(container: Container) -> int:
    create_connector(container, "english-connector", monthly=Money(10_00, "USD"))
    customer_id = create_customer(container, "hans@example.com", country="DE", currency="USD", language="en")
    create_payer(container, customer_id, kind=PayerKind.FOREIGN_COMPANY, country="DE", inn=None, kpp=None)
    return customer_id


def tasks(container: Container) -> list[tuple[str, str, datetime | None]]:
    return [
        (task.object_kind, task.object_id, task.done_at)
        for task in rows(container, StaffTask)
        if task.kind == NO_RATE
    ]


def test_a_missing_rate_holds_the_document_back_and_nothing_else(
    container: Container, clock: ManualClock, shop: object
) -> None:
    buyer = hans(container)
    buy(container, buyer, "english-connector")
    clock.advance(minutes=1)
    result = issue(container)
    issue(container)
    assert (numbers(container), result.parked) == ([], [])
    assert tasks(container) == [("payment", "1", None)]
    assert_documents_tie(container)

    rates(container, date(2026, 3, 2))
    clock.advance(days=1)
    issue(container)
    (row,) = documents(container)
    assert (row.number, row.issued_on, row.rouble_minor, row.rouble_vat_minor) == (
        "КВ-2026-000001", date(2026, 3, 2), 90_000, 0,
    )  # fmt: skip
    assert tasks(container) == [("payment", "1", clock.now())]
    assert (receipt(container).language, receipt(container).lines[0].vat_rate) == ("en", None)


def test_roubles_go_on_while_dollars_wait(container: Container, clock: ManualClock, alice: int) -> None:
    buy(container, hans(container), "english-connector")
    order_id = buy(container, alice, "crm-connector").invoice_id
    issue(container)
    assert [row.invoice_id for row in documents(container, RECEIPT)] == [order_id]
    assert [row.documented_at is None for row in rows(container, Payment)] == [True, False]


def test_an_unpaid_invoice_has_no_receipt(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    assert issue(container).handled == 0
    assert documents(container) == []
