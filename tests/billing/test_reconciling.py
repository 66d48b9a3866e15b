"""The words of an акт сверки, and the days that one may be asked for."""

from __future__ import annotations

from datetime import date

import pytest

from app.billing.documents.kinds import DocumentKind
from app.billing.documents.reconciling import IssuedPaper, event_text, require_period
from app.billing.documents.titles import Language
from app.billing.errors import InvalidInput
from app.billing.ledger import EntryKind

UPD = IssuedPaper(DocumentKind.TRANSFER, "СФ-2026-000001", date(2026, 1, 31))
TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("kind", "language", "paper", "refund_id", "text"),
    [
        (EntryKind.SERVICE_GIVEN, "ru", UPD, None, "Оказаны услуги, УПД № СФ-2026-000001 от 31.01.2026"),
        (EntryKind.SERVICE_GIVEN, "en", None, None, "Service given, invoice No. 7"),
        (EntryKind.MONEY_RECEIVED, "ru", None, None, "Оплата, счёт № 7"),
        (EntryKind.REFUND_SENT, "ru", None, 5, "Возврат денег, возврат № 5, счёт № 7"),
        (EntryKind.REFUND_SENT, "en", None, 5, "Money returned, refund No. 5, invoice No. 7"),
        ("debt_written_off", "ru", None, None, "Долг списан, счёт № 7"),
        (EntryKind.GOODWILL_USED, "ru", None, None, "Прочее, счёт № 7"),
    ],
)
def test_an_event_names_its_document(
    kind: str, language: Language, paper: IssuedPaper | None, refund_id: int | None, text: str
) -> None:
    assert event_text(kind, language, paper=paper, invoice="7", refund_id=refund_id) == text


@pytest.mark.parametrize(
    ("first", "last"), [(TODAY, TODAY), (date(2023, 2, 28), TODAY), (date(2026, 1, 1), date(2026, 1, 31))]
)
def test_a_period_that_is_over_may_be_asked_for(first: date, last: date) -> None:
    require_period(first, last, TODAY)


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2026, 2, 2), date(2026, 2, 1)), (TODAY, date(2026, 3, 3)), (date(2023, 2, 27), TODAY)],
)
def test_other_periods_are_refused(first: date, last: date) -> None:
    with pytest.raises(InvalidInput) as refusal:
        require_period(first, last, TODAY)
    assert refusal.value.code == "RECONCILIATION_PERIOD"
