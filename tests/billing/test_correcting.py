"""Исправления: the words change, the number, the day and the sums never do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.billing.documents.adjusting import Lowering, adjustment
from app.billing.documents.correcting import Correctable, CorrectedTexts, corrected, texts_of
from app.billing.documents.parties import Correction, PartyKind
from app.billing.documents.receipt import Receipt
from app.billing.documents.reconciliation import ReconciliationAct
from app.billing.documents.snapshot import PrintedDocument
from app.billing.errors import Conflict, InvalidInput
from tests.billing.test_adjusting import AGREED, BUYER, ISSUE, SELLER, document, line, rub

UPD = document(line(122_00), line(61_00))
UKD = adjustment(UPD, (Lowering(1, rub(61_00), rub(11_00)),), (), AGREED, ISSUE)
DAY = date(2026, 3, 3)
ACT = ReconciliationAct("1", DAY, DAY, DAY, SELLER, BUYER, rub(0), (), rub(0), (), "ru")
RECEIPT = Receipt(
    "payment", "1", DAY, DAY, SELLER, BUYER, AGREED, "Visa", (), rub(5), rub(5), rub(0), None, "ru"
)


def with_words(document: Correctable, **changes: object) -> CorrectedTexts:
    return replace(texts_of(document), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [UPD, UKD])
def test_the_words_change_and_nothing_else(wrong: Correctable) -> None:
    words = tuple(f"Доступ {place}" for place, _ in enumerate(wrong.lines))
    texts = CorrectedTexts("ООО «Верное»", "Тула", "7707083893", "770701001", words)

    right = corrected(wrong, texts, DAY, "uuid-of-correction")

    assert texts_of(right) == texts
    assert right.correction == Correction(1, DAY)
    assert right.exchange_uuid == "uuid-of-correction"
    back = corrected(right, texts_of(wrong), DAY, wrong.exchange_uuid)
    assert replace(back, correction=None) == wrong


def test_the_second_correction_has_the_number_two() -> None:
    first = corrected(UPD, with_words(UPD, buyer_name="А"), DAY, "1")
    second = corrected(first, with_words(first, buyer_name="Б"), date(2026, 4, 1), "2")
    assert second.correction == Correction(2, date(2026, 4, 1))
    assert (second.number, second.issued_on) == (UPD.number, UPD.issued_on)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "NOTHING_CORRECTED"),
        ({"buyer_name": "  "}, "TEXT_REQUIRED"),
        ({"buyer_name": "я" * 301}, "TEXT_REQUIRED"),
        ({"buyer_address": "я" * 501}, "TEXT_REQUIRED"),
        ({"descriptions": ("А",)}, "TEXT_REQUIRED"),
        ({"descriptions": ("А", "")}, "TEXT_REQUIRED"),
        ({"descriptions": ("А", "я" * 501)}, "TEXT_REQUIRED"),
        ({"buyer_inn": "7707083894"}, "BAD_INN"),
        ({"buyer_inn": "500100732259"}, "BAD_INN"),
        ({"buyer_inn": None}, "BAD_INN"),
        ({"buyer_kpp": "7707"}, "BAD_KPP"),
    ],
)
def test_what_no_document_may_say_is_refused(changes: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        corrected(UPD, with_words(UPD, **changes), DAY, "x")
    assert refusal.value.code == code


@pytest.mark.parametrize("kind", [PartyKind.INDIVIDUAL, PartyKind.FOREIGN])
def test_who_may_have_no_inn_may_lose_a_wrong_one(kind: PartyKind) -> None:
    wrong = replace(UPD, buyer=replace(BUYER, kind=kind))
    right = corrected(wrong, with_words(wrong, buyer_inn=None, buyer_kpp=None, buyer_address=None), DAY, "x")
    assert (right.buyer.inn, right.buyer.kpp, right.buyer.address) == (None, None, None)


@pytest.mark.parametrize("other", [ACT, RECEIPT])
def test_what_is_no_tax_document_is_made_anew_instead(other: PrintedDocument) -> None:
    with pytest.raises(Conflict) as refusal:
        corrected(other, texts_of(UPD), DAY, "x")
    assert refusal.value.code == "DOCUMENT_NOT_CORRECTABLE"
