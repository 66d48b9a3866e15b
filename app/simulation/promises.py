"""What was promised about charges and notices, looked for in what really happened (design §4, G2, G5)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from app.billing.invoice import InvoicePurpose
from app.billing.mail import MailKind
from app.billing.periods import local_date
from app.models import Invoice, InvoiceLine, OutboxMessage, UsageMonth
from app.services.unit_of_work import Repositories
from app.simulation.life import Life
from app.simulation.provider_books import Charge

NOTICES = (MailKind.RENEWAL_NOTICE, MailKind.TRIAL_CONTINUES_NOTICE, MailKind.ACCESS_ENDING)
NOTICE_AGE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A mail that told about the end of a period."""

    kind: MailKind
    written_at: datetime


Announcements = Mapping[tuple[int, date], list[Announcement]]
"""By subscription and the day, or for used operations the month, that the mail speaks of."""


@dataclass(frozen=True, slots=True)
class ChargedInvoice:
    """What an invoice asked money for."""

    purpose: InvoicePurpose
    issued_at: datetime
    about: tuple[tuple[int, date], ...]
    """Its subscriptions and what their notices speak of; nothing for a first purchase."""


def look_for_broken_promises(life: Life) -> None:
    """Write down every automatic charge without a notice and every notice that was one too many."""
    with life.world.transactions.reading() as repositories:
        renewals, usage = _renewal_notices(repositories), _usage_notices(repositories)
        invoices = _invoices(repositories)
    gateway = life.world.gateway
    automatic = [
        charge
        for charge in gateway.books.charges
        if not charge.by_customer and charge.invoice not in gateway.asked_for
    ]
    changes: Counter[int] = Counter()
    for customer in life.people:
        changes.update(customer.changes)
    texts = [*unannounced_charges(automatic, invoices, renewals, usage), *doubled_notices(renewals, changes)]
    for text in texts:
        life.world.violated("notice", text)


def unannounced_charges(
    automatic: Iterable[Charge],
    invoices: Mapping[str, ChargedInvoice],
    renewals: Announcements,
    usage: Announcements,
) -> Iterator[str]:
    """Charges without a notice at least a day old. A bill of operations is its own notice."""
    for charge in automatic:
        invoice, latest = invoices[charge.invoice], charge.asked_at - NOTICE_AGE
        is_usage = invoice.purpose is InvoicePurpose.USAGE
        if is_usage and invoice.issued_at <= latest:
            continue
        notices = usage if is_usage else renewals
        for subscription in invoice.about:
            if not _was_told(notices.get(subscription, []), latest):
                yield f"{charge.invoice} was charged without a notice a day before: {subscription[1]}"


def doubled_notices(told: Announcements, changes: Mapping[int, int]) -> Iterator[str]:
    """More than one notice for a period, and nothing was changed in between."""
    for (subscription_id, day), announcements in sorted(told.items()):
        if len(announcements) > 1 + changes.get(subscription_id, 0):
            yield f"{len(announcements)} notices of one period: {day}"


def _was_told(announcements: Sequence[Announcement], latest: datetime) -> bool:
    return any(
        each.kind is not MailKind.ACCESS_ENDING and each.written_at <= latest for each in announcements
    )


def _renewal_notices(repositories: Repositories) -> Announcements:
    names = [f"mail.{kind.value}" for kind in NOTICES]
    rows = repositories.session.execute(
        select(OutboxMessage.name, OutboxMessage.payload, OutboxMessage.created_at)
        .where(OutboxMessage.name.in_(names))
        .order_by(OutboxMessage.id)
    )
    told: dict[tuple[int, date], list[Announcement]] = defaultdict(list)
    for row in rows:
        announcement = Announcement(MailKind(row.name.removeprefix("mail.")), row.created_at)
        for subscription_id in row.payload["subscription_ids"]:
            told[subscription_id, date.fromisoformat(row.payload["on"])].append(announcement)
    return told


def _usage_notices(repositories: Repositories) -> Announcements:
    rows = repositories.session.execute(
        select(OutboxMessage.payload, OutboxMessage.created_at).where(
            OutboxMessage.name == f"mail.{MailKind.USAGE_NOTICE.value}"
        )
    )
    return {
        (row.payload["subscription_id"], date.fromisoformat(row.payload["month"])): [
            Announcement(MailKind.USAGE_NOTICE, row.created_at)
        ]
        for row in rows
    }


def _invoices(repositories: Repositories) -> dict[str, ChargedInvoice]:
    """Every invoice by its number, with what its notices have spoken of."""
    rows = repositories.session.execute(
        select(
            InvoiceLine.invoice_id, InvoiceLine.subscription_id, InvoiceLine.period_start, UsageMonth.month
        )
        .outerjoin(UsageMonth, UsageMonth.invoice_line_id == InvoiceLine.id)
        .order_by(InvoiceLine.id)
    )
    about: dict[int, list[tuple[int, date]]] = defaultdict(list)
    for row in rows:
        day = row.month or (local_date(row.period_start) if row.period_start else None)
        if day is not None:
            about[row.invoice_id].append((row.subscription_id, day))
    return {
        invoice.full_number: ChargedInvoice(invoice.purpose, invoice.issued_at, tuple(about[invoice.id]))
        for invoice in repositories.session.scalars(select(Invoice))
    }
