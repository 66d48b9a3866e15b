"""What mails about a subscription and the wishes of its customer say (B4, F3-F6, G2, design §4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.billing.mail import MailData, MailKind
from app.billing.mail_data import (
    AccessEndedMail,
    AutoRenewalChangedMail,
    BillingResumedMail,
    CancellationTakenBackMail,
    IntervalSwitchedMail,
    MakeAccountChangedMail,
    RunningSubscription,
    StartedSubscription,
    SubscriptionCanceledMail,
    SubscriptionStartedMail,
)
from app.billing.subscription import PAID, RENEWING, SubscriptionStatus
from app.services.mail_contents.context import Contents, MailContext, last_day, periods_of
from app.services.mail_contents.renewals import renewal_cost, renews_on
from app.services.renewal_prices import renewal_prices


def _subscription_started(context: MailContext) -> MailData:
    invoice = context.invoice()
    periods = periods_of(context, invoice)
    return SubscriptionStartedMail(
        subscriptions=tuple(
            StartedSubscription(
                connector=line.subscription.connector.name,
                paid_until=last_day(periods[line.id].end),
                make_account=line.subscription.make_account,
            )
            for line in invoice.lines
            if line.id in periods
        ),
        keys_url=context.links.keys(),
    )


def _billing_resumed(context: MailContext) -> MailData | None:
    running = tuple(
        RunningSubscription(row.connector.name, last_day(row.period_end))
        for row in context.subscriptions()
        if row.status in PAID and row.period_end is not None
    )
    if not running:
        return None
    return BillingResumedMail(subscriptions=running, subscriptions_url=context.links.subscriptions())


def _subscription_canceled(context: MailContext) -> MailData | None:
    """None when the cancellation was taken back. Cancelled in dunning, it is closed already."""
    row = context.subscription()
    if row.status not in (SubscriptionStatus.CANCELED, SubscriptionStatus.EXPIRED):
        return None
    assert row.period_end is not None, "only a paid subscription is cancelled"
    runs_on = row.status is SubscriptionStatus.CANCELED
    return SubscriptionCanceledMail(
        connector=row.connector.name,
        last_day=last_day(row.period_end) if runs_on else None,
        subscription_url=context.links.subscription(row.id),
    )


def _cancellation_taken_back(context: MailContext) -> MailData | None:
    row = context.subscription()
    if row.status is not SubscriptionStatus.ACTIVE:
        return None
    assert row.period_end is not None, "a wall of the table: what is active has a period"
    return CancellationTakenBackMail(
        connector=row.connector.name,
        paid_until=last_day(row.period_end),
        renews_on=renews_on(row) if row.auto_renew else None,
        price=renewal_cost(context, row) if row.auto_renew else None,
        subscription_url=context.links.subscription(row.id),
    )


def _auto_renewal_changed(context: MailContext) -> MailData | None:
    """None when it was switched back, or when there is nothing left that could renew."""
    row, enabled = context.subscription(), context.payload["enabled"]
    if row.status not in PAID or row.auto_renew != enabled:
        return None
    assert row.period_end is not None, "a wall of the table: what is paid has a period"
    renews = enabled and row.status is SubscriptionStatus.ACTIVE
    return AutoRenewalChangedMail(
        connector=row.connector.name,
        enabled=enabled,
        period_ends_on=renews_on(row) if enabled else last_day(row.period_end),
        price=renewal_cost(context, row) if renews else None,
        subscription_url=context.links.subscription(row.id),
    )


def _interval_switched(context: MailContext) -> MailData | None:
    row = context.subscription()
    if row.status not in RENEWING:
        return None
    price = renewal_prices(context.repositories, [row])[row.id]
    return IntervalSwitchedMail(
        connector=row.connector.name,
        switched=row.renewal_interval is not None,
        interval=price.interval,
        price=price.price,
        renews_on=renews_on(row),
        subscription_url=context.links.subscription(row.id),
    )


def _make_account_changed(context: MailContext) -> MailData:
    """What was changed then, since it may have been changed again by now."""
    row = context.subscription()
    return MakeAccountChangedMail(
        connector=row.connector.name,
        old=context.payload["old"],
        new=context.payload["new"],
        changed_at=datetime.fromisoformat(context.payload["at"]),
        subscription_url=context.links.subscription(row.id),
    )


def _access_ended(context: MailContext) -> MailData:
    """The last day of the access that ended then, since the subscription may run again by now."""
    row = context.subscription()
    return AccessEndedMail(
        connector=row.connector.name,
        ended_on=last_day(datetime.fromisoformat(context.payload["ended_at"])),
        resume_url=context.links.subscription(row.id),
    )


SUBSCRIPTION_MAILS: Mapping[MailKind, Contents] = {
    MailKind.SUBSCRIPTION_STARTED: _subscription_started,
    MailKind.BILLING_RESUMED: _billing_resumed,
    MailKind.SUBSCRIPTION_CANCELED: _subscription_canceled,
    MailKind.CANCELLATION_TAKEN_BACK: _cancellation_taken_back,
    MailKind.AUTO_RENEWAL_CHANGED: _auto_renewal_changed,
    MailKind.INTERVAL_SWITCHED: _interval_switched,
    MailKind.MAKE_ACCOUNT_CHANGED: _make_account_changed,
    MailKind.ACCESS_ENDED: _access_ended,
}
