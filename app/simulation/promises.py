"""What was promised to customers about charges and periods, looked for in what really happened."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from app.billing.invoice import PaymentMethodKind
from app.billing.mail import MailKind
from app.billing.periods import BillingInterval, add_months, local_date
from app.models import (
    Invoice,
    InvoiceLine,
    OutboxMessage,
    Refund,
    Subscription,
    SubscriptionPeriod,
)
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


Announcements = dict[tuple[int, date], list[Announcement]]
"""By subscription and the day that the mail speaks of."""


def look_for_broken_promises(life: Life) -> None:
    """Write down every charge without a notice, every second notice, every period that is off its day."""
    with life.world.transactions.reading() as repositories:
        announcements = _announcements(repositories)
        _every_charge_was_announced(life, repositories, announcements)
        _every_period_follows(life, repositories)
    _nobody_was_told_twice(life, announcements)


def _announcements(repositories: Repositories) -> Announcements:
    names = [f"mail.{kind.value}" for kind in NOTICES]
    rows = repositories.session.execute(
        select(OutboxMessage.name, OutboxMessage.payload, OutboxMessage.created_at)
        .where(OutboxMessage.name.in_(names))
        .order_by(OutboxMessage.id)
    )
    told: Announcements = defaultdict(list)
    for row in rows:
        kind = MailKind(row.name.removeprefix("mail."))
        for subscription_id in row.payload["subscription_ids"]:
            day = date.fromisoformat(row.payload["on"])
            told[subscription_id, day].append(Announcement(kind, row.created_at))
    return told


def _every_charge_was_announced(life: Life, repositories: Repositories, told: Announcements) -> None:
    """No automatic charge without a notice at least a day old (design §4)."""
    lines = _renewed_lines(repositories)
    for charge in life.world.gateway.books.charges:
        if charge.by_customer or charge.invoice in life.world.gateway.asked_for:
            continue
        for subscription_id, starts_at in lines.get(charge.invoice, []):
            if not _was_announced(told[subscription_id, local_date(starts_at)], charge):
                life.world.violated(
                    "notice", f"{charge.invoice} was charged without a notice a day before: {starts_at}"
                )


def _was_announced(announcements: list[Announcement], charge: Charge) -> bool:
    return any(
        each.kind is not MailKind.ACCESS_ENDING and each.written_at <= charge.asked_at - NOTICE_AGE
        for each in announcements
    )


def _renewed_lines(repositories: Repositories) -> dict[str, list[tuple[int, datetime]]]:
    """The renewed subscriptions on each invoice, with the starts of their periods."""
    rows = repositories.session.scalars(
        select(InvoiceLine)
        .join(Invoice)
        .where(InvoiceLine.period_start.is_not(None), Invoice.method == PaymentMethodKind.CARD)
    ).all()
    invoices = {row.id: row for row in repositories.session.scalars(select(Invoice))}
    lines: dict[str, list[tuple[int, datetime]]] = defaultdict(list)
    for line in rows:
        assert line.period_start is not None, "asked for so"
        lines[invoices[line.invoice_id].full_number].append((line.subscription_id, line.period_start))
    return lines


def _nobody_was_told_twice(life: Life, told: Announcements) -> None:
    """One notice for a period, and another one only when the customer has changed something since."""
    changes: Counter[int] = Counter()
    for customer in life.people:
        changes.update(customer.changes)
    for (subscription_id, day), announcements in sorted(told.items()):
        if len(announcements) > 1 + changes[subscription_id]:
            life.world.violated("notice", f"{len(announcements)} notices of one period: {day}")


def _begins_with_money() -> ColumnElement[bool]:
    """A first purchase or a resumption starts with its money, a continued trial where the trial ended."""
    return or_(
        SubscriptionPeriod.starts_at == Invoice.paid_at,
        SubscriptionPeriod.starts_at == Subscription.trial_ends_at,
    )


def _every_period_follows(life: Life, repositories: Repositories) -> None:
    """Paid periods end on their billing day, and the next one starts where the last ended (G1)."""
    refunded = set(repositories.session.scalars(select(Refund.invoice_line_id)))
    rows = repositories.session.execute(
        select(
            SubscriptionPeriod.subscription_id,
            SubscriptionPeriod.starts_at,
            SubscriptionPeriod.ends_at,
            InvoiceLine.id.label("line_id"),
            InvoiceLine.interval,
            _begins_with_money().label("begins_with_money"),
        )
        .join(InvoiceLine, InvoiceLine.id == SubscriptionPeriod.invoice_line_id)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .join(Subscription, Subscription.id == SubscriptionPeriod.subscription_id)
        .order_by(SubscriptionPeriod.subscription_id, SubscriptionPeriod.starts_at)
    ).all()
    held: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        held[row.subscription_id].append(row)
    for periods in held.values():
        _check_stretch(life, periods, refunded)


def _check_stretch(life: Life, periods: list[Any], refunded: set[int]) -> None:
    """A period continues the one before, or begins anew at the moment of its money."""
    anchor, before = 0, None
    for period in periods:
        if before is None or period.starts_at != before.ends_at:
            anchor = local_date(period.starts_at).day
            if not period.begins_with_money and (before is None or before.line_id not in refunded):
                life.world.violated("period", f"a gap before {period.starts_at}")
        if period.line_id not in refunded and not _ends_on_its_day(period, anchor):
            life.world.violated("period", f"{period.starts_at} - {period.ends_at} is off day {anchor}")
        before = period


def _ends_on_its_day(period: Any, anchor: int) -> bool:
    start, months = local_date(period.starts_at), BillingInterval(period.interval).months
    return local_date(period.ends_at) == add_months(start, months, anchor)
