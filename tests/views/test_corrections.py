"""Corrections and reconciliation acts in the back-office: for finance, with a reason and its trace."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.billing.documents.correcting import CorrectedTexts, texts_of
from app.bootstrap import Container
from app.models import Document, DocumentKind
from tests.clock import ManualClock
from tests.services.corrections.papers import given, papers, printed
from tests.views.conftest import Employee, Shop, deeds

Staff = Callable[[str], Employee]


@pytest.fixture
def upd(container: Container, clock: ManualClock, shop: Shop) -> Document:
    """A УПД of the shop's customer."""
    given(container, clock, shop.customer_id)
    return papers(container, DocumentKind.TRANSFER)[-1]


def filled(row: Document, reason: str = "опечатка", **changes: str) -> dict[str, str]:
    """The form as it stands, with what is changed."""
    known: CorrectedTexts = texts_of(printed(row))
    values = {
        "buyer_name": known.buyer_name,
        "buyer_address": known.buyer_address or "",
        "buyer_inn": known.buyer_inn or "",
        "buyer_kpp": known.buyer_kpp or "",
        **{f"line_{place}": text for place, text in enumerate(known.descriptions)},
        "reason": reason,
    }
    return values | changes


def test_finance_corrects_the_words(upd: Document, staff: Staff, container: Container) -> None:
    finance = staff("Finance")
    assert f"/admin/documents/correct/{upd.id}" in finance.get(f"/documents/show/{upd.id}").text
    form = finance.get(f"/documents/correct/{upd.id}").text
    assert texts_of(printed(upd)).descriptions[0] in form

    page = finance.post(
        f"/documents/correct/{upd.id}", filled(upd, buyer_name="ООО «Роза»"), follow_redirects=True
    ).text

    assert "Исправление выпущено." in page
    issued = papers(container, DocumentKind.TRANSFER)
    assert [each.correction for each in issued] == [0, 1]
    assert texts_of(printed(issued[1])).buyer_name == "ООО «Роза»"
    assert deeds(container, "document.correct") == [("finance", "опечатка")]


def test_what_is_refused_is_said_and_what_was_filled_in_is_kept(upd: Document, staff: Staff) -> None:
    finance = staff("Finance")
    unchanged = finance.post(f"/documents/correct/{upd.id}", filled(upd)).text
    assert "Ничего не отличается от выпущенного документа." in unchanged
    wrong = finance.post(f"/documents/correct/{upd.id}", filled(upd, buyer_inn="7707083894")).text
    assert "Такого ИНН у покупателя этого вида быть не может." in wrong
    assert "7707083894" in wrong
    finance.post(f"/documents/correct/{upd.id}", filled(upd, buyer_name="А"))
    again = finance.post(f"/documents/correct/{upd.id}", filled(upd, buyer_name="Б")).text
    assert "Документ уже исправлен" in again


def test_an_invoice_for_payment_is_not_corrected(upd: Document, staff: Staff, container: Container) -> None:
    invoice = papers(container, DocumentKind.INVOICE)[0]
    finance = staff("Finance")
    assert "/correct/" not in finance.get(f"/documents/show/{invoice.id}").text
    answer = finance.get(f"/documents/correct/{invoice.id}", follow_redirects=True).text
    assert "Такой документ не исправляют" in answer


@pytest.mark.parametrize("role", ["Support", "Auditor"])
def test_the_others_correct_nothing(upd: Document, staff: Staff, container: Container, role: str) -> None:
    employee = staff(role)
    assert "/correct/" not in employee.get(f"/documents/show/{upd.id}").text
    employee.post(f"/documents/correct/{upd.id}", filled(upd, buyer_name="А"))
    assert len(papers(container, DocumentKind.TRANSFER)) == 1


def test_finance_issues_a_reconciliation_act(upd: Document, staff: Staff, container: Container) -> None:
    finance = staff("Finance")
    url = f"/payers/reconcile/{upd.payer_id}"
    assert f"/admin{url}" in finance.get(f"/payers/show/{upd.payer_id}").text
    assert "Акт сверки с плательщиком" in finance.get(url).text

    page = finance.post(url, {"first": "2025-12-01", "last": "2026-01-31"}, follow_redirects=True).text

    assert "Акт составлен." in page
    (act,) = papers(container, DocumentKind.RECONCILIATION)
    assert act.payer_id == upd.payer_id
    refused = finance.post(url, {"first": "2026-12-01", "last": "2026-01-31"}).text
    assert "Дни идут по порядку" in refused
    staff("Support").post(url, {"first": "2025-12-01", "last": "2026-01-30"})
    assert len(papers(container, DocumentKind.RECONCILIATION)) == 1
