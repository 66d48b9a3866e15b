"""Исправление: a new issue of the same document with other words; the wrong one stays (J3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.billing.actors import Actor
from app.billing.documents.correcting import CorrectedTexts, texts_of
from app.billing.documents.kinds import DocumentKind
from app.billing.documents.parties import Correction
from app.billing.documents.snapshot import to_snapshot
from app.billing.documents.tax_document import TaxDocument
from app.billing.errors import BillingError, Conflict, InvalidInput, NotFound, NotPermitted
from app.bootstrap import Container
from app.models import AuditEntry, Document, DocumentAdvance, DocumentLine, DocumentStatus, OutboxMessage
from app.services.corrections.correcting import correct_document
from tests.clock import ManualClock
from tests.factories import rows
from tests.parallel import at_once
from tests.services.corrections.papers import ANNA, document, given, lowered, papers, printed, rub


@pytest.fixture
def upd(container: Container, clock: ManualClock, alice: int) -> Document:
    given(container, clock, alice)
    (row,) = papers(container, DocumentKind.TRANSFER)
    return row


def words(row: Document, name: str = "ООО «Роза»") -> CorrectedTexts:
    return replace(texts_of(printed(row)), buyer_name=name)


def correct(
    container: Container,
    row: Document,
    texts: CorrectedTexts | None = None,
    actor: Actor = ANNA,
    reason: str = "опечатка",
) -> int:
    return correct_document(
        container.transactions,
        actor=actor,
        document_id=row.id,
        texts=texts or words(row),
        reason=reason,
        now=container.clock.now(),
    )


def test_it_is_the_same_document_once_more(container: Container, clock: ManualClock, upd: Document) -> None:
    clock.advance(days=20)
    new_id = correct(container, upd)

    old, new = papers(container, DocumentKind.TRANSFER)
    assert (new.id, new.corrects_id, new.correction) == (new_id, upd.id, 1)
    assert new.corrected_on == date(2026, 3, 2)
    assert new.status is DocumentStatus.PENDING
    for name in ("series", "year", "ordinal", "number", "issued_on", "supplied_on", "currency",
                 "total_minor", "vat_minor", "payer_id", "customer_id", "seller_id", "invoice_id",
                 "adjusts_id"):  # fmt: skip
        assert getattr(new, name) == getattr(upd, name), name
    assert (old.snapshot, old.correction) == (upd.snapshot, 0)

    right, wrong = printed(new), printed(upd)
    assert isinstance(right, TaxDocument)
    assert isinstance(wrong, TaxDocument)
    assert right.correction == Correction(1, date(2026, 3, 2))
    assert right.buyer.name == "ООО «Роза»"
    assert right.exchange_uuid != wrong.exchange_uuid
    back = replace(right, correction=None, buyer=wrong.buyer, exchange_uuid=wrong.exchange_uuid)
    assert back == wrong
    assert rows(container, OutboxMessage, name="document.render")[-1].payload == {"document_id": new_id}


def test_its_lines_are_copied_and_what_it_used_of_advances_is_not(
    container: Container, upd: Document
) -> None:
    new_id = correct(container, upd)
    old, new = (rows(container, DocumentLine, document_id=each) for each in (upd.id, new_id))
    same = ("position", "kind", "invoice_line_id", "service_month_id", "vat_rate", "vat_minor", "gross_minor")
    assert [[getattr(each, name) for name in same] for each in new] == [
        [getattr(each, name) for name in same] for each in old
    ]
    assert [(each.correction) for each in (*old, *new)] == [0, 1]
    assert {each.document_id for each in rows(container, DocumentAdvance)} == {upd.id}


def test_the_reason_stands_in_the_audit(container: Container, upd: Document) -> None:
    new_id = correct(container, upd, reason=" неверное имя ")
    (entry,) = rows(container, AuditEntry, action="document.correct")
    assert (entry.object_id, entry.reason, entry.actor_identity) == (str(new_id), "неверное имя", "anna")
    assert entry.details == {"corrects_id": upd.id, "number": upd.number, "correction": 1}


def test_a_correction_can_be_corrected_but_nothing_twice(container: Container, upd: Document) -> None:
    correct(container, upd)
    _, first = papers(container, DocumentKind.TRANSFER)
    with pytest.raises(Conflict) as refusal:
        correct(container, upd)
    assert refusal.value.code == "DOCUMENT_CORRECTED_ALREADY"

    correct(container, first, words(first, "ООО «Тюльпан»"))

    issues = papers(container, DocumentKind.TRANSFER)
    assert [each.correction for each in issues] == [0, 1, 2]
    assert issues[2].corrects_id == first.id


def test_an_adjustment_can_be_corrected(container: Container, clock: ManualClock, alice: int) -> None:
    lowered(container, given(container, clock, alice), rub(39_000))
    document(container)
    (ukd,) = papers(container, DocumentKind.TRANSFER_ADJUSTMENT)
    correct(container, ukd)
    document(container)
    issues = papers(container, DocumentKind.TRANSFER_ADJUSTMENT)
    assert [(each.correction, each.adjusts_id, each.refund_id) for each in issues] == [
        (0, ukd.adjusts_id, ukd.refund_id),
        (1, ukd.adjusts_id, ukd.refund_id),
    ]


def test_two_at_once_are_one(container: Container, upd: Document) -> None:
    outcomes = at_once(*[lambda: correct(container, upd)] * 2)
    assert (len(outcomes.results), outcomes.refusals) == (1, ["DOCUMENT_CORRECTED_ALREADY"])
    assert len(papers(container, DocumentKind.TRANSFER)) == 2


def test_who_may_not_and_what_may_not(container: Container, alice: int, upd: Document) -> None:
    receipt = papers(container, DocumentKind.RECEIPT)[0]
    refused: list[tuple[type[BillingError], str, dict[str, object]]] = [
        (NotPermitted, "NOT_PERMITTED", {"actor": Actor.customer(alice)}),
        (InvalidInput, "REASON_REQUIRED", {"reason": "  "}),
        (InvalidInput, "NOTHING_CORRECTED", {"texts": texts_of(printed(upd))}),
        (Conflict, "DOCUMENT_NOT_CORRECTABLE", {"row": receipt, "texts": words(upd)}),
        (NotFound, "NOT_FOUND", {"row": Document(id=10_000, snapshot=to_snapshot(printed(upd)))}),
    ]
    for kind, code, changes in refused:
        with pytest.raises(kind) as refusal:
            correct(container, **({"row": upd} | changes))  # type: ignore[arg-type]
        assert refusal.value.code == code
    assert rows(container, AuditEntry, action="document.correct") == []
