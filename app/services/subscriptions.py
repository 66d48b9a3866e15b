"""What a customer does with a subscription: cancel it, switch its renewal (F4)."""

from __future__ import annotations

from datetime import datetime

from app.billing.actors import Actor
from app.billing.entitlement import grants_access
from app.billing.errors import Conflict
from app.billing.mail import MailKind
from app.billing.subscription import SubscriptionStatus
from app.services.unit_of_work import Transactions


class NotCancelable(Conflict):
    """Only a paid subscription that still gives access can be cancelled."""

    code = "NOT_CANCELABLE"


class RenewalNotSwitchable(Conflict):
    """Auto-renewal is switched on a running, paid subscription only."""

    code = "RENEWAL_NOT_SWITCHABLE"


def cancel_subscription(
    transactions: Transactions, *, customer_id: int, subscription_id: int, reason: str, now: datetime
) -> None:
    """Cancel: access stays to the end of the paid period, then it closes. Twice is once.

    After that end, while the renewal has not been charged, it closes access at once: who says stop is
    not charged any more. Raises NotFound, NotCancelable.
    """
    with transactions.begin(Actor.customer(customer_id)) as work:
        work.customers.get(customer_id, lock=True)
        row = work.subscriptions.one_of_customer(customer_id, subscription_id, lock=True)
        if row.status is SubscriptionStatus.CANCELED:
            return
        if row.status is not SubscriptionStatus.ACTIVE or not grants_access(row.facts(), now):
            raise NotCancelable(f"subscription {subscription_id} is {row.status}")
        work.move_subscription(row, SubscriptionStatus.CANCELED, reason or "canceled by the customer", now)
        row.canceled_at = now
        work.audit(
            "subscription.cancel",
            "subscription",
            row.id,
            customer_id=customer_id,
            reason=reason or None,
            now=now,
        )
        work.promise_mail(MailKind.SUBSCRIPTION_CANCELED, customer_id, subscription_id=row.id)


def switch_auto_renewal(
    transactions: Transactions, *, customer_id: int, subscription_id: int, enabled: bool, now: datetime
) -> None:
    """Turn auto-renewal on or off; off lets the subscription end with its paid period. Twice is once.

    Raises NotFound, RenewalNotSwitchable.
    """
    with transactions.begin(Actor.customer(customer_id)) as work:
        work.customers.get(customer_id, lock=True)
        row = work.subscriptions.one_of_customer(customer_id, subscription_id, lock=True)
        if row.status is not SubscriptionStatus.ACTIVE or row.period_end is None or row.period_end <= now:
            raise RenewalNotSwitchable(f"subscription {subscription_id} is {row.status}")
        if row.auto_renew == enabled:
            return
        row.auto_renew = enabled
        work.audit(
            "subscription.auto_renewal",
            "subscription",
            row.id,
            customer_id=customer_id,
            now=now,
            details={"enabled": enabled},
        )
        work.promise_mail(MailKind.AUTO_RENEWAL_CHANGED, customer_id, subscription_id=row.id, enabled=enabled)
