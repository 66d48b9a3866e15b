"""Keeps the dates by which the sweep finds a subscription in step with its other facts (G2, G3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from app.billing.metering import month_of, period_of
from app.billing.renewal import RenewalFacts, schedule
from app.billing.subscription import RENEWING, SubscriptionStatus
from app.models import Subscription
from app.services.unit_of_work import Repositories


def reschedule(
    repositories: Repositories, rows: Sequence[Subscription], *, invoiced: Collection[int] | None = None
) -> None:
    """Set anew when notice and renewal of these subscriptions are due. Whoever changes a fact calls this.

    `invoiced` are the ids of those whose next period stands on an invoice; asked from the database unless
    the caller knows.
    """
    for row in rows:  # the question below writes the rows first: what no longer renews must not be due
        row.notice_due_at = row.renewal_due_at = None
    if invoiced is None:
        invoiced = repositories.invoices.invoiced_ahead([row.id for row in rows])
    for row in rows:
        dates = schedule(renewal_facts(row, invoiced=row.id in invoiced))
        row.notice_due_at, row.renewal_due_at = dates.notice_due_at, dates.renewal_due_at


def run_on(repositories: Repositories, row: Subscription, now: datetime) -> bool:
    """Let pay-as-you-go whose month is over go on in the month that runs now, also in dunning (I1).

    The sweep does so right after midnight; who stops before it came stops with the month that runs, as
    everybody who stops on that day. False when it does not go on, or its month is not over.
    """
    over = row.metered and row.period_end is not None and row.period_end <= now
    if not over or not row.auto_renew or row.status not in RENEWING:
        return False
    month = period_of(month_of(now))
    row.period_start, row.period_end, row.nominal_period_end = month.start, month.end, None
    row.noticed_period_end = None
    reschedule(repositories, [row], invoiced=frozenset())
    return True


def renewal_facts(row: Subscription, *, invoiced: bool) -> RenewalFacts:
    """What decides about the dates of a subscription."""
    return RenewalFacts(
        status=row.status,
        auto_renew=row.auto_renew,
        method=row.method,
        interval=row.renewal_interval or row.interval,
        metered=row.metered,
        ends_at=row.trial_ends_at if row.status is SubscriptionStatus.TRIAL else row.period_end,
        continues_after_trial=row.continues_after_trial,
        noticed_at=row.noticed_at,
        noticed_end=row.noticed_period_end,
        invoiced=invoiced,
    )
