"""A refund of service given makes a КСФ or УКД of every document that the service is on (J3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.billing.documents.adjustment import AdjustmentDocument
from app.billing.documents.correcting import texts_of
from app.billing.documents.kinds import DocumentKind
from app.billing.documents.parties import DocumentReference
from app.billing.ledger import EntryKind
from app.billing.tax import TaxRegime
from app.bootstrap import Container
from app.models import (
    DocumentLine,
    LedgerEntry,
    OutboxMessage,
    PayerKind,
    Refund,
    ServiceMonth,
    ServicePaper,
    StaffTask,
)
from app.services.corrections.adjusting import issue_adjustments
from app.services.corrections.correcting import correct_document
from tests.clock import ManualClock
from tests.factories import create_customer, create_payer, rows
from tests.ledger_rows import sold
from tests.parallel import at_once
from tests.services.corrections.papers import (
    ANNA,
    LOWERED_AT,
    document,
    given,
    lowered,
    papers,
    printed,
    rub,
    settings,
)
from tests.services.refunding import refunded

KSF, UKD = DocumentKind.VAT_ADJUSTMENT, DocumentKind.TRANSFER_ADJUSTMENT


def adjustments(container: Container) -> list[AdjustmentDocument]:
    found = [printed(each) for each in papers(container, KSF, UKD)]
    assert all(isinstance(each, AdjustmentDocument) for each in found)
    return [each for each in found if isinstance(each, AdjustmentDocument)]


def test_a_transfer_document_is_adjusted_at_the_rate_of_the_day_of_service(
    container: Container, clock: ManualClock, alice: int
) -> None:
    line = given(container, clock, alice)
    (upd,) = papers(container, DocumentKind.TRANSFER)
    refund_id = lowered(container, line, rub(39_000))
    clock.advance(days=1)

    document(container)

    (row,) = papers(container, KSF, UKD)
    assert (row.kind, row.adjusts_id, row.refund_id, row.correction) == (UKD, upd.id, refund_id, 0)
    assert (row.supplied_on, row.issued_on) == (date(2026, 2, 10), date(2026, 2, 10))
    assert (row.total_minor, row.vat_minor) == (-39_000, -6_500)
    assert (row.payer_id, row.customer_id, row.seller_id) == (upd.payer_id, alice, 1)
    (figures,) = rows(container, DocumentLine, document_id=row.id)
    assert (figures.gross_minor, figures.vat_minor, figures.vat_rate) == (-39_000, -6_500, 2000)
    assert figures.service_month_id == rows(container, ServiceMonth)[0].id

    (ukd,) = adjustments(container)
    assert (ukd.form, ukd.status, ukd.number) == ("transfer_adjustment", 1, row.number)
    assert ukd.originals == (DocumentReference("УПД", upd.number, upd.issued_on),)
    assert ukd.basis.issued_on == LOWERED_AT.date()
    (only,) = ukd.lines
    assert (only.before.gross, only.after.gross, only.vat_rate) == (rub(99_000), rub(60_000), 2000)
    assert (only.before.vat, only.after.vat) == (rub(16_500), rub(10_000))
    assert rows(container, OutboxMessage, name="document.render")[-1].payload == {"document_id": row.id}


def test_what_the_documents_say_is_what_the_ledger_says(
    container: Container, clock: ManualClock, alice: int
) -> None:
    line = given(container, clock, alice)
    lowered(container, line, rub(33_333))
    document(container)
    lowered(container, line, rub(22_221))
    document(container)

    booked = rows(container, LedgerEntry)
    for kind, name in ((EntryKind.SERVICE_REFUND, "gross"), (EntryKind.SERVICE_VAT_REDUCED, "vat")):
        told = [getattr(each.decrease, name).minor for each in adjustments(container)]
        assert told == [entry.amount_minor for entry in booked if entry.kind == kind]


def test_a_second_refund_of_a_month_starts_from_what_the_first_has_left(
    container: Container, clock: ManualClock, alice: int
) -> None:
    line = given(container, clock, alice)
    lowered(container, line, rub(39_000))
    lowered(container, line, rub(60_000))

    document(container)

    (upd,) = papers(container, DocumentKind.TRANSFER)
    first, second = adjustments(container)
    assert first.lines[0].after == second.lines[0].before
    assert second.lines[0].after.gross == rub(0)
    assert [each.adjusts_id for each in papers(container, UKD)] == [upd.id] * 2


def test_an_invoice_with_an_act_gets_one_of_each_kind(
    container: Container, clock: ManualClock, alice: int
) -> None:
    settings(container, ServicePaper.INVOICE_AND_ACT)
    line = given(container, clock, alice)
    lowered(container, line, rub(39_000))

    document(container)

    told = {each.form: (each.status, each.originals[0].title) for each in adjustments(container)}
    assert told == {"vat_adjustment": (None, "Счёт-фактура"), "transfer_adjustment": (2, "Акт")}
    assert {each.total_minor for each in papers(container, KSF, UKD)} == {-39_000}


def test_without_vat_there_is_no_invoice_in_it(container: Container, clock: ManualClock, alice: int) -> None:
    settings(container, ServicePaper.TRANSFER, TaxRegime.SIMPLIFIED)
    line = given(container, clock, alice)
    lowered(container, line, rub(39_000))
    document(container)
    (ukd,) = adjustments(container)
    assert (ukd.status, ukd.lines[0].vat_rate, ukd.decrease.vat) == (2, None, rub(0))
    assert ukd.vat_exemption is not None


def test_the_act_of_a_person_is_adjusted_too(container: Container, clock: ManualClock, shop: object) -> None:
    ivan = create_customer(container, "ivan@example.com")
    create_payer(container, ivan, kind=PayerKind.INDIVIDUAL, name="Иванов Иван", inn=None, kpp=None)
    line = given(container, clock, ivan)
    lowered(container, line, rub(39_000))
    document(container)
    (ukd,) = adjustments(container)
    assert (ukd.form, ukd.status, ukd.originals[0].title) == ("transfer_adjustment", 2, "Акт")


def test_money_for_nothing_given_has_no_correction(
    container: Container, clock: ManualClock, alice: int
) -> None:
    line = sold(container, alice)
    clock.advance(days=3)
    refund = refunded(container, alice, line)
    clock.advance(days=40)
    document(container)
    assert (refund.prepaid_minor, refund.service_minor) == (99_000, 0)
    assert adjustments(container) == []
    assert papers(container, DocumentKind.TRANSFER) == []


def test_running_again_issues_nothing_more(container: Container, clock: ManualClock, alice: int) -> None:
    lowered(container, given(container, clock, alice), rub(39_000))
    for _ in range(2):
        document(container)
    assert len(adjustments(container)) == 1
    assert issue_adjustments(container.transactions, now=clock.now()).handled == 0


def test_two_machines_issue_it_once(container: Container, clock: ManualClock, alice: int) -> None:
    lowered(container, given(container, clock, alice), rub(39_000))
    at_once(*[lambda: issue_adjustments(container.transactions, now=clock.now())] * 4)
    assert len(adjustments(container)) == 1


def test_service_that_is_documented_late_is_adjusted_afterwards(
    container: Container, clock: ManualClock, alice: int
) -> None:
    clock.move_to(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    line = sold(container, alice)
    clock.advance(days=40)
    lowered(container, line, rub(39_000))
    assert issue_adjustments(container.transactions, now=clock.now()).handled == 0

    document(container)

    (upd,), (ukd,) = papers(container, DocumentKind.TRANSFER), papers(container, UKD)
    assert (upd.total_minor, ukd.total_minor) == (99_000, -39_000)


def test_line_1b_names_the_newest_correction_of_the_original(
    container: Container, clock: ManualClock, alice: int
) -> None:
    line = given(container, clock, alice)
    (upd,) = papers(container, DocumentKind.TRANSFER)
    texts = replace(texts_of(printed(upd)), buyer_name="ООО «Роза»")
    correct_document(
        container.transactions, actor=ANNA, document_id=upd.id, texts=texts, reason="имя", now=clock.now()
    )
    lowered(container, line, rub(39_000))
    document(container)

    (ukd,) = adjustments(container)
    assert ukd.originals[0].correction is not None
    assert (ukd.originals[0].correction.number, ukd.buyer.name) == (1, "ООО «Роза»")
    assert papers(container, UKD)[0].adjusts_id == upd.id


def test_what_fails_goes_to_staff(
    container: Container, clock: ManualClock, alice: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = given(container, clock, alice)
    refund_id = lowered(container, line, rub(39_000))
    with Session(container.engine) as session:  # the ledger says more than the document has
        (month,) = session.query(ServiceMonth).all()
        session.add(
            LedgerEntry(
                seller_id=1,
                customer_id=alice,
                kind=EntryKind.SERVICE_REFUND,
                debit="revenue",
                credit="refunds_payable",
                currency="RUB",
                amount_minor=99_000,
                at=clock.now(),
                booked_on=clock.now().date(),
                service_month_id=month.id,
                refund_id=_another_refund(session, refund_id),
            )
        )
        session.commit()

    result = issue_adjustments(container.transactions, now=clock.now() + timedelta(days=1))

    assert len(result.parked) == 1
    (task,) = rows(container, StaffTask)
    assert (task.kind, task.object_kind) == ("documents:DOCUMENT_INCONSISTENT", "refund")


def _another_refund(session: Session, refund_id: int) -> int:
    known = session.get_one(Refund, refund_id)
    columns = {
        column.key: getattr(known, column.key)
        for column in Refund.__table__.columns
        if column.key not in ("id", "order_id")
    }
    other = Refund(**columns)
    session.add(other)
    session.flush()
    return other.id
