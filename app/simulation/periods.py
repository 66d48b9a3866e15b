"""Paid periods and their prices, looked at one after another (G1, G5, H7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise

from sqlalchemy import String, cast, select

from app.billing.compensation import CompensationKind, CompensationStatus
from app.billing.periods import BillingInterval, add_months, local_date
from app.models import (
    AuditEntry,
    Compensation,
    Dispute,
    Invoice,
    InvoiceLine,
    Payment,
    PriceNotice,
    PriceVersion,
    Refund,
    Subscription,
    SubscriptionPeriod,
)
from app.services.unit_of_work import Repositories
from app.simulation.life import Life

PRICE_NOTICE = timedelta(days=30)

WRITTEN_OFF = (
    select(InvoiceLine.id)
    .join(Payment, Payment.invoice_id == InvoiceLine.invoice_id)
    .join(Dispute, Dispute.payment_id == Payment.id)
    .join(AuditEntry, AuditEntry.object_id == cast(Dispute.id, String))
    .where(AuditEntry.action == "dispute.write_off")
)
"""Lines whose debt was written off some time, whatever became of the dispute later."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A paid period with what decides about its dates and its price."""

    starts_at: datetime
    ends_at: datetime
    paid_at: datetime
    interval: BillingInterval
    price_version_id: int
    taken_back: bool
    """Its money went back, or never came: a refund, or a debt that was written off. It may end early."""
    ended_trial: bool
    """It begins where the trial of its subscription ended."""

    @property
    def begins_with_money(self) -> bool:
        """A first purchase or a resumption starts with its money, a continued trial where the trial ended."""
        return self.ended_trial or self.starts_at == self.paid_at


@dataclass(frozen=True, slots=True)
class Told:
    """A notice of a price, and what it said."""

    price_version_id: int
    at: datetime


@dataclass(slots=True)
class Course:
    """All paid periods of one subscription, with what was given and told meanwhile."""

    periods: list[Stretch] = field(default_factory=list)
    extra_days: list[tuple[datetime, int]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    def given_days(self, place: int) -> int:
        """The days by which a period was extended: those that were given while it was the last one."""
        since = self.periods[place].paid_at
        later = self.periods[place + 1].paid_at if place + 1 < len(self.periods) else None
        return sum(days for at, days in self.extra_days if since <= at and (later is None or at < later))


def look_at_periods(life: Life) -> None:
    """Write down every gap, every end that is off its billing day, every price that nobody was told of."""
    with life.world.transactions.reading() as repositories:
        courses, amounts = _courses(repositories), _amounts(repositories)
    for course in courses.values():
        for text in broken_dates(course):
            life.world.violated("period", text)
        for text in unannounced_prices(course, amounts):
            life.world.violated("price", text)


def broken_dates(course: Course) -> Iterator[str]:
    """Where a period neither continues the one before nor begins anew at the moment of its money, and where
    it does not end on its billing day.
    """
    anchor, before, stub = 0, None, False
    for place, period in enumerate(course.periods):
        if before is None or period.starts_at != before.ends_at:
            anchor, stub = local_date(period.starts_at).day, False
            if not period.begins_with_money and (before is None or not before.taken_back):
                yield f"a gap before {period.starts_at}"
        extra = course.given_days(place)
        end = _end(local_date(period.starts_at), period.interval, anchor, stub)
        due = None if period.taken_back or end is None else end + timedelta(days=extra)
        if due is not None and local_date(period.ends_at) != due:
            yield f"{period.starts_at} - {period.ends_at} is off day {anchor}"
        before, stub = period, bool(extra)


def unannounced_prices(course: Course, amounts: Mapping[int, int]) -> Iterator[str]:
    """Where a renewal costs more than the one before and nobody was told 30 days ahead (G5).

    `amounts` are the prices in minor units, by version.
    """
    for before, period in pairwise(course.periods):
        renewed = not period.begins_with_money and before.interval is period.interval
        dearer = amounts[period.price_version_id] > amounts[before.price_version_id]
        if renewed and dearer and not _was_told(course.told, period):
            yield f"a dearer period from {period.starts_at} that nobody announced"


def _end(start: date, interval: BillingInterval, anchor: int, stub: bool) -> date | None:
    """The day on which a period should end. After extra days the next one only lasts to the billing day;
    of a year None: which one depends on how many years there were.
    """
    if not stub:
        return add_months(start, interval.months, anchor)
    if interval is BillingInterval.YEAR:
        return None
    return next(day for months in (0, 1, 2) if (day := add_months(start, months, anchor)) > start)


def _was_told(told: Sequence[Told], period: Stretch) -> bool:
    return any(
        each.price_version_id == period.price_version_id and each.at + PRICE_NOTICE <= period.starts_at
        for each in told
    )


def _courses(repositories: Repositories) -> dict[int, Course]:
    courses: dict[int, Course] = defaultdict(Course)
    taken_back = set(repositories.session.scalars(select(Refund.invoice_line_id).union(WRITTEN_OFF)))
    rows = repositories.session.execute(
        select(SubscriptionPeriod, InvoiceLine.interval, Invoice.paid_at, Subscription.trial_ends_at)
        .join(InvoiceLine, InvoiceLine.id == SubscriptionPeriod.invoice_line_id)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .join(Subscription, Subscription.id == SubscriptionPeriod.subscription_id)
        .order_by(SubscriptionPeriod.subscription_id, SubscriptionPeriod.starts_at)
    )
    for period, interval, paid_at, trial_ends_at in rows:
        stretch = Stretch(
            starts_at=period.starts_at,
            ends_at=period.ends_at,
            paid_at=paid_at,
            interval=interval,
            price_version_id=period.price_version_id,
            taken_back=period.invoice_line_id in taken_back,
            ended_trial=period.starts_at == trial_ends_at,
        )
        courses[period.subscription_id].periods.append(stretch)
    _add_extra_days(repositories, courses)
    _add_notices(repositories, courses)
    return courses


def _add_extra_days(repositories: Repositories, courses: dict[int, Course]) -> None:
    given = repositories.session.scalars(
        select(Compensation).where(
            Compensation.kind == CompensationKind.EXTRA_DAYS,
            Compensation.status == CompensationStatus.APPLIED,
        )
    )
    for compensation in given:
        assert compensation.subscription_id is not None, "days are of a subscription"
        assert compensation.decided_at is not None, "what was given was decided"
        courses[compensation.subscription_id].extra_days.append(
            (compensation.decided_at, compensation.days or 0)
        )


def _add_notices(repositories: Repositories, courses: dict[int, Course]) -> None:
    for notice in repositories.session.scalars(select(PriceNotice)):
        courses[notice.subscription_id].told.append(Told(notice.new_price_version_id, notice.noticed_at))


def _amounts(repositories: Repositories) -> dict[int, int]:
    rows = repositories.session.execute(select(PriceVersion.id, PriceVersion.amount_minor))
    return {row.id: row.amount_minor for row in rows}
