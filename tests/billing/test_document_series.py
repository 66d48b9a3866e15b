"""The series of documents: no two rows of numbers mix that the law keeps apart (J3)."""

from __future__ import annotations

import pytest

from app.billing.documents.kinds import DocumentKind
from app.billing.documents.series import USUAL_SERIES, document_number, series_of
from app.billing.invoice import INVOICE_SERIES


def test_every_kind_but_the_invoice_has_a_series_of_its_own() -> None:
    assert set(USUAL_SERIES) == set(DocumentKind) - {DocumentKind.INVOICE}
    assert len(set(USUAL_SERIES.values())) == len(USUAL_SERIES)
    assert INVOICE_SERIES not in USUAL_SERIES.values()
    with pytest.raises(KeyError):
        series_of(DocumentKind.INVOICE, None, {})


def test_status_1_is_numbered_with_the_tax_invoices() -> None:
    assert series_of(DocumentKind.TRANSFER, 1, {}) == series_of(DocumentKind.VAT_INVOICE, None, {}) == "СФ"
    assert series_of(DocumentKind.TRANSFER, 2, {}) == "УПД"
    assert series_of(DocumentKind.TRANSFER_ADJUSTMENT, 1, {}) == "КСФ"
    assert series_of(DocumentKind.TRANSFER_ADJUSTMENT, 2, {}) == "УКД"


def test_a_seller_may_choose_other_series() -> None:
    own = {DocumentKind.VAT_INVOICE: "Ф", DocumentKind.TRANSFER: "П"}
    assert series_of(DocumentKind.TRANSFER, 1, own) == "Ф"
    assert series_of(DocumentKind.TRANSFER, 2, own) == "П"
    assert series_of(DocumentKind.ACT, None, own) == "АКТ"


def test_the_number_as_it_is_printed() -> None:
    assert document_number("А", 2025, 77) == "А-2025-000077"
    assert document_number("СФ", 2026, 1_000_000) == "СФ-2026-1000000"
