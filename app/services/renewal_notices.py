"""Notices of what the end of a period brings: a charge, or the end of access (G2, C3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from app.billing.mail import MailKind
from app.billing.periods import local_date
from app.billing.subscription import SubscriptionStatus
from app.models import Subscription
from app.services.billing_chunks import BillingRun, in_billing_chunks
from app.services.bulk import BulkResult
from app.services.renewal_dates import renewal_facts, reschedule
from app.services.unit_of_work import UnitOfWork


def send_renewal_notices(run: BillingRun) -> BulkResult:
    """Tell everybody whose notice is due, one mail per customer and day; safe to run twice or late.

    Only the notice makes the renewal due, a day later at the earliest (design §4). That access ends is
    told beforehand or not at all.
    """
    with run.transactions.reading() as repositories:
        due = repositories.subscriptions.due_for_notice(run.now)
    return in_billing_chunks(run, due, _notify)


def _notify(work: UnitOfWork, subscription_ids: Sequence[int], run: BillingRun) -> None:
    mails: dict[tuple[int, MailKind, date], list[Subscription]] = defaultdict(list)
    rows = work.subscriptions.locked(subscription_ids)
    due = [row for row in rows if row.notice_due_at is not None and row.notice_due_at <= run.now]
    for row in due:
        ends_at = renewal_facts(row, invoiced=False).ends_at
        assert ends_at is not None, "only what ends is announced"
        row.noticed_at, row.noticed_period_end = run.now, ends_at
        if row.auto_renew or ends_at > run.now:
            mails[row.customer_id, _kind(row), local_date(ends_at)].append(row)
    reschedule(work, due)
    for (customer_id, kind, on), told in mails.items():
        ids = [row.id for row in told]
        work.promise_mail(
            kind,
            customer_id,
            dedupe_key=f"{ids[0]}:{on}:{run.now.isoformat()}",
            subscription_ids=ids,
            on=on.isoformat(),
        )


def _kind(row: Subscription) -> MailKind:
    if row.status is SubscriptionStatus.TRIAL:
        return MailKind.TRIAL_CONTINUES_NOTICE
    return MailKind.RENEWAL_NOTICE if row.auto_renew else MailKind.ACCESS_ENDING
