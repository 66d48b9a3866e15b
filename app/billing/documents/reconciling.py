"""What the rows of an акт сверки say, and over which days one may be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from app.billing.documents.kinds import DocumentKind
from app.billing.documents.titles import TITLES, Language, numbered
from app.billing.errors import InvalidInput
from app.billing.ledger import EntryKind

LONGEST_PERIOD = timedelta(days=3 * 366)
_EVENTS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {
        "ru": MappingProxyType(
            {
                EntryKind.SERVICE_GIVEN: "Оказаны услуги",
                EntryKind.MONEY_RECEIVED: "Оплата",
                EntryKind.MONEY_UNALLOCATED: "Оплата",
                EntryKind.SERVICE_REFUND: "Снижение стоимости услуг",
                EntryKind.REFUND_SENT: "Возврат денег",
                EntryKind.REFUND_RETURNED: "Возврат денег не дошёл",
                EntryKind.DISPUTE_LOST: "Платёж отозван банком",
                EntryKind.DISPUTE_WON_BACK: "Отозванный платёж возвращён",
                "refund_of_used_money": "Возвращено сверх причитающегося",
                "debt_written_off": "Долг списан",
                "write_off_undone": "Списание долга отменено",
            }
        ),
        "en": MappingProxyType(
            {
                EntryKind.SERVICE_GIVEN: "Service given",
                EntryKind.MONEY_RECEIVED: "Payment",
                EntryKind.MONEY_UNALLOCATED: "Payment",
                EntryKind.SERVICE_REFUND: "Price of service lowered",
                EntryKind.REFUND_SENT: "Money returned",
                EntryKind.REFUND_RETURNED: "Returned money came back",
                EntryKind.DISPUTE_LOST: "Payment taken back by the bank",
                EntryKind.DISPUTE_WON_BACK: "Payment regained from the bank",
                "refund_of_used_money": "Returned beyond what was due",
                "debt_written_off": "Debt written off",
                "write_off_undone": "Write-off of a debt undone",
            }
        ),
    }
)
_OTHER: Mapping[Language, str] = MappingProxyType({"ru": "Прочее", "en": "Other"})
_INVOICE: Mapping[Language, str] = MappingProxyType({"ru": "счёт № {}", "en": "invoice No. {}"})
_REFUND: Mapping[Language, str] = MappingProxyType({"ru": "возврат № {}", "en": "refund No. {}"})


@dataclass(frozen=True, slots=True)
class IssuedPaper:
    """The document that an event was made known by."""

    kind: DocumentKind
    number: str
    issued_on: date


def event_text(
    kind: str,
    language: Language,
    *,
    paper: IssuedPaper | None,
    invoice: str,
    refund_id: int | None,
) -> str:
    """«Оказаны услуги, УПД № СФ-2026-000001 от 31.01.2026»; without a document the invoice is named.

    `kind` is that of the entries in the ledger.
    """
    parts = [_EVENTS[language].get(kind, _OTHER[language])]
    if refund_id is not None:
        parts.append(_REFUND[language].format(refund_id))
    if paper is None:
        parts.append(_INVOICE[language].format(invoice))
    else:
        parts.append(f"{TITLES[language][paper.kind]} {numbered(paper.number, paper.issued_on, language)}")
    return ", ".join(parts)


def require_period(first: date, last: date, today: date) -> None:
    """Raise InvalidInput (RECONCILIATION_PERIOD) unless the days are in order, over, or today, and not more
    than three years.
    """
    if not first <= last <= today or last - first > LONGEST_PERIOD:
        raise InvalidInput(f"from {first} to {last}", code="RECONCILIATION_PERIOD")
