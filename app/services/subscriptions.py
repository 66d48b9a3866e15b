"""What becomes of a running subscription by the will of its customer, or of staff for them (F3, F4, F6)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from app.billing.actors import Actor
from app.billing.entitlement import grants_access
from app.billing.errors import Conflict, InvalidInput, NotFound
from app.billing.mail import MailKind
from app.billing.periods import BillingInterval
from app.billing.subscription import IN_DUNNING, LIVE, SubscriptionStatus
from app.models import Subscription
from app.services.closing import expire
from app.services.invoice_voiding import release_lines
from app.services.renewal_dates import reschedule, run_on
from app.services.unit_of_work import Transactions, UnitOfWork

LONGEST_ACCOUNT = 128


class NotCancelable(Conflict):
    """Only a paid subscription that still gives access can be cancelled."""

    code = "NOT_CANCELABLE"


class CancellationFinal(Conflict):
    """A cancellation is taken back before the end of the paid period only; afterwards one resumes."""

    code = "CANCELLATION_FINAL"


class RenewalNotSwitchable(Conflict):
    """Auto-renewal and its period are switched on a running, paid subscription only."""

    code = "RENEWAL_NOT_SWITCHABLE"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a change of which subscription, when, and why. Staff give a reason."""

    actor: Actor
    customer_id: int
    subscription_id: int
    now: datetime
    reason: str = ""

    @classmethod
    def by_customer(cls, customer_id: int, subscription_id: int, now: datetime, reason: str = "") -> Asked:
        """The customer's own wish."""
        return cls(Actor.customer(customer_id), customer_id, subscription_id, now, reason)


@contextmanager
def asked_subscription(
    transactions: Transactions, asked: Asked, action: str, **details: object
) -> Iterator[tuple[UnitOfWork, Subscription]]:
    """The subscription, locked after its customer, in a transaction with an audit entry.

    Raises NotFound for another customer's subscription. Leaving by Unchanged writes nothing.
    """
    try:
        with transactions.begin(asked.actor) as work:
            work.customers.get(asked.customer_id, lock=True)
            row = work.subscriptions.one_of_customer(asked.customer_id, asked.subscription_id, lock=True)
            yield work, row
            work.audit(
                f"subscription.{action}",
                "subscription",
                row.id,
                customer_id=row.customer_id,
                reason=asked.reason or None,
                now=asked.now,
                details=details,
            )
    except Unchanged:
        return


class Unchanged(Exception):
    """What was asked for is so already: nothing is written."""


def cancel_subscription(transactions: Transactions, asked: Asked) -> None:
    """Cancel: access stays to the end of the paid period, then it closes (F4). Twice is once.

    After that end, while the renewal has not been charged, it closes access at once: who says stop is
    not charged any more. In dunning it closes at once as well and the open invoice becomes void (F2);
    money that is on its way by then is the customer's. Raises NotFound, NotCancelable.
    """
    with asked_subscription(transactions, asked, "cancel") as (work, row):
        if row.status is SubscriptionStatus.CANCELED:
            raise Unchanged
        dunned = row.status in IN_DUNNING
        if row.status is not SubscriptionStatus.ACTIVE and not dunned:
            raise NotCancelable(f"subscription {row.id} is {row.status}")
        if not grants_access(row.facts(), asked.now):
            raise NotCancelable(f"subscription {row.id} is over")
        reason = asked.reason or "canceled by the customer"
        row.canceled_at = asked.now
        if dunned:
            expire(work, row, reason, asked.now)
        else:
            run_on(work, row, asked.now)
            work.move_subscription(row, SubscriptionStatus.CANCELED, reason, asked.now)
            reschedule(work, [row])
        work.session.flush()
        release_lines(work, {row.id}, "the subscription was canceled", asked.now)
        work.promise_mail(MailKind.SUBSCRIPTION_CANCELED, row.customer_id, subscription_id=row.id)


def take_back_cancellation(transactions: Transactions, asked: Asked) -> None:
    """Before the end of the paid period a cancellation is simply taken back (F5). Twice is once.

    Raises NotFound, CancellationFinal.
    """
    with asked_subscription(transactions, asked, "uncancel") as (work, row):
        if row.status is SubscriptionStatus.ACTIVE:
            raise Unchanged
        if row.status is not SubscriptionStatus.CANCELED or not grants_access(row.facts(), asked.now):
            raise CancellationFinal(f"subscription {row.id} is {row.status}")
        work.move_subscription(row, SubscriptionStatus.ACTIVE, "the cancellation was taken back", asked.now)
        if not row.auto_renew:
            row.noticed_period_end = None  # what was announced is that access ends
        row.canceled_at, row.auto_renew = None, True
        reschedule(work, [row])
        work.promise_mail(MailKind.CANCELLATION_TAKEN_BACK, row.customer_id, subscription_id=row.id)


def switch_auto_renewal(transactions: Transactions, asked: Asked, *, enabled: bool) -> None:
    """Turn auto-renewal on or off; off lets the subscription end with its paid period. Twice is once.

    An invoice for the next period that is open already becomes void. Raises NotFound,
    RenewalNotSwitchable.
    """
    with asked_subscription(transactions, asked, "auto_renewal", enabled=enabled) as (work, row):
        run_on(work, row, asked.now)
        _require_running(row, asked.now)
        if row.auto_renew == enabled:
            raise Unchanged
        row.auto_renew = enabled
        row.noticed_period_end = None  # what was announced is no longer true
        reschedule(work, [row])
        if not enabled:
            work.session.flush()
            release_lines(work, {row.id}, "auto-renewal was switched off", asked.now)
        work.promise_mail(
            MailKind.AUTO_RENEWAL_CHANGED, row.customer_id, subscription_id=row.id, enabled=enabled
        )


def switch_interval(transactions: Transactions, asked: Asked, *, interval: BillingInterval) -> None:
    """Pay by the month or by the year from the next renewal on, at the price in force now (F3).

    Back to the running period takes the switch back. An invoice for the next period that is open already
    becomes void and is issued anew. Raises NotFound, RenewalNotSwitchable, NotFound for what is not sold.
    """
    with asked_subscription(transactions, asked, "interval", interval=interval.value) as (work, row):
        _require_running(row, asked.now)
        if (row.renewal_interval or row.interval) is interval:
            raise Unchanged
        row.renewal_interval = row.renewal_price_version_id = None
        if interval is not row.interval:
            prices = work.connectors.prices([row.connector_id], row.currency, asked.now)
            price = prices.get((row.connector_id, interval, row.currency))
            if price is None:
                raise NotFound("price", code="NO_LONGER_SOLD")
            row.renewal_interval, row.renewal_price_version_id = interval, price.id
        row.noticed_period_end = None  # the sum that was announced is no longer true
        work.session.flush()
        release_lines(work, {row.id}, "the period was switched", asked.now)
        work.session.flush()
        reschedule(work, [row])
        work.promise_mail(MailKind.INTERVAL_SWITCHED, row.customer_id, subscription_id=row.id)


def change_make_account(transactions: Transactions, asked: Asked, *, make_account: str) -> None:
    """Move the subscription to another Make account: the old one is refused at once (F6).

    Raises NotFound, InvalidInput (MAKE_ACCOUNT_INVALID), Conflict (NOT_RUNNING), and Conflict
    (MAKE_ACCOUNT_TAKEN) when another live subscription of the customer to the connector stands there.
    """
    require_make_account(make_account)
    try:
        with asked_subscription(transactions, asked, "make_account") as (work, row):
            if row.status not in LIVE:
                raise Conflict(f"subscription {row.id} is {row.status}", code="NOT_RUNNING")
            if row.make_account == make_account:
                raise Unchanged
            old = row.make_account
            row.make_account, row.previous_make_account = make_account, old
            row.make_account_changed_at = asked.now
            work.session.flush()
            work.promise_mail(
                MailKind.MAKE_ACCOUNT_CHANGED,
                row.customer_id,
                subscription_id=row.id,
                old=old,
                new=make_account,
                at=asked.now.isoformat(),
            )
    except IntegrityError as error:
        raise Conflict("another subscription stands there", code="MAKE_ACCOUNT_TAKEN") from error


def require_make_account(make_account: str) -> None:
    """The id of a Make account is opaque, 1-128 printable characters, and kept byte for byte.

    Raises InvalidInput (MAKE_ACCOUNT_INVALID).
    """
    if not 1 <= len(make_account) <= LONGEST_ACCOUNT or not make_account.isprintable():
        raise InvalidInput("1 to 128 printable characters", code="MAKE_ACCOUNT_INVALID")


def _require_running(row: Subscription, now: datetime) -> None:
    if row.status is not SubscriptionStatus.ACTIVE or row.period_end is None or row.period_end <= now:
        raise RenewalNotSwitchable(f"subscription {row.id} is {row.status}")
