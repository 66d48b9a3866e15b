"""What documents and their files are called, and what lists of them are narrowed by."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.documents.kinds import DocumentKind
from app.billing.documents.listing import DocumentFilter, DocumentRequest, days_of
from app.billing.documents.parties import Correction, DocumentReference
from app.billing.documents.tax_document import TaxDocument, TaxLine
from app.billing.documents.titles import LONGEST_STEM, TITLES, file_stem, numbered, pdf_name
from app.billing.money import Money
from app.billing.payment_history import Place
from tests.services.papers import BUYER, SELLER, receipt

DAY = date(2026, 3, 31)
LINE = TaxLine("Доступ", 2200, Money(2_200, "RUB"), Money(12_200, "RUB"), Money(10_000, "RUB"))
TRANSFER = TaxDocument(
    form="transfer",
    status=1,
    number="СФ-2026-000042",
    issued_on=DAY,
    correction=None,
    seller=SELLER,
    buyer=BUYER,
    basis=DocumentReference("Публичная оферта", "б/н", DAY),
    payments=(),
    shipments=(),
    advances=(),
    lines=(LINE,),
    vat_total=LINE.vat,
    total=LINE.gross,
    transferred_on=DAY,
    service_from=DAY,
    service_to=DAY,
    signatories=(),
    vat_exemption=None,
    language="ru",
    exchange_uuid="7d1a3c5e-0000-4000-8000-000000000000",
)


def test_every_kind_has_a_title_in_both_languages() -> None:
    assert {language: set(titles) for language, titles in TITLES.items()} == {
        "ru": set(DocumentKind),
        "en": set(DocumentKind),
    }


def test_names_of_files() -> None:
    corrected = replace(TRANSFER, correction=Correction(2, DAY))
    assert pdf_name(TRANSFER) == "УПД № СФ-2026-000042 от 31.03.2026.pdf"
    assert pdf_name(corrected) == "УПД № СФ-2026-000042 от 31.03.2026 исправление 2.pdf"
    assert (
        pdf_name(replace(corrected, language="en"))
        == "Transfer document No. СФ-2026-000042 of 2026-03-31 correction 2.pdf"
    )
    assert pdf_name(receipt("КВ/../1", DAY)) == "Квитанция № КВ_.._1 от 31.03.2026.pdf"
    assert numbered("7", DAY, "en") == "No. 7 of 2026-03-31"


@given(st.text(max_size=400))
def test_a_stem_is_harmless_on_every_system(text: str) -> None:
    stem = file_stem(text)
    assert 0 < len(stem) <= LONGEST_STEM
    assert not set(stem) & set('\x00\n\r\t/\\:*?"<>|\u202e')
    assert stem not in {".", ".."}
    assert stem == stem.rstrip(". ")


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("2026", (date(2026, 1, 1), date(2026, 12, 31))),
        ("2026-02", (date(2026, 2, 1), date(2026, 2, 28))),
        ("2028-02", (date(2028, 2, 1), date(2028, 2, 29))),
        ("2026-00", None),
        ("2026-13", None),
        ("2026-1", None),
        ("1999", None),
        ("٢٠٢٦", None),
        ("2026\n", None),
        ("", None),
    ],
)
def test_periods(period: str, days: tuple[date, date] | None) -> None:
    assert days_of(period) == days


def test_an_address_is_read_whatever_stands_in_it() -> None:
    asked = DocumentRequest.read({"period": " 2026-03 ", "kind": "act", "older_than": "7"})
    assert asked.wanted == DocumentFilter(date(2026, 3, 1), date(2026, 3, 31), DocumentKind.ACT)
    assert (asked.place, asked.narrowing) == (Place(older_than=7), {"period": "2026-03", "kind": "act"})
    nonsense = DocumentRequest.read({"period": "x", "kind": "*", "older_than": "-1", "newer_than": "9" * 19})
    assert (nonsense.wanted, nonsense.place, nonsense.narrowing) == (DocumentFilter(), Place(), {})
