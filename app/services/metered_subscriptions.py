"""Starting pay-as-you-go: nothing is paid ahead, a saved method stands for what will be used (I1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.billing.actors import Actor
from app.billing.api_key import ApiKeyKind
from app.billing.checkout import WantedSubscription, subscription_for
from app.billing.errors import Conflict, NotFound
from app.billing.invoice import InvoicePurpose, PaymentMethodKind
from app.billing.metering import month_of, period_of
from app.billing.periods import BillingInterval
from app.billing.subscription import LIVE, SubscriptionStatus
from app.models import Connector, ConnectorPricing, Customer, Subscription
from app.services.api_keys import add_waiting_key
from app.services.closing import close_over
from app.services.operation_prices import tell_of_announced
from app.services.renewal_dates import reschedule
from app.services.subscriptions import require_make_account
from app.services.unit_of_work import Transactions, UnitOfWork


class NotMetered(Conflict):
    """Pay-as-you-go can't start; the code says what is missing."""

    code = "NOT_METERED"


def start_metered(
    transactions: Transactions, *, customer_id: int, slug: str, make_account: str | None, now: datetime
) -> int:
    """Open a connector that is priced per operation, at once; answers the subscription.

    A trial, or what has ended, goes on as the same row. One that already waits for its first Make account
    is answered as it is. Raises NotFound for what is not sold per operation in the customer's currency,
    NotMetered with the code PAYER_REQUIRED, METHOD_REQUIRED or USAGE_UNPAID (earlier operations failed to
    be paid), InvalidInput (MAKE_ACCOUNT_INVALID), AlreadySubscribed and OrderPending where the named account
    has one.
    """
    if make_account is not None:
        require_make_account(make_account)
    with transactions.begin(Actor.customer(customer_id)) as work:
        customer = work.customers.get(customer_id, lock=True)
        connector = work.connectors.published_by_slug(slug)
        if connector.pricing is not ConnectorPricing.OPERATION:
            raise NotFound("operation price")
        _require_means(work, customer_id)
        held = _held(work, customer_id, now)
        waiting = _waiting(held, connector, make_account)
        if waiting is not None:
            return waiting.id
        row = _row(work, customer, connector, held, make_account, now)
        if (connector.id, row.currency) not in work.metering.prices([connector.id], now):
            raise NotFound("operation price")
        _open(work, row, now)
        tell_of_announced(work, row, now)
        if not work.api_keys.has_kind(customer_id, ApiKeyKind.PRODUCTION):
            add_waiting_key(work, customer, ApiKeyKind.PRODUCTION, now)
        return row.id


def _require_means(work: UnitOfWork, customer_id: int) -> None:
    """What is used first and paid later needs somebody to pay it, and no bill that was not paid."""
    if work.payers.of_customer(customer_id) is None:
        raise NotMetered(code="PAYER_REQUIRED")
    if not work.payment_methods.of_customer(customer_id):
        raise NotMetered(code="METHOD_REQUIRED")
    for invoice in work.invoices.open_of_customer(customer_id):
        if invoice.purpose is InvoicePurpose.USAGE and invoice.first_failed_at is not None:
            raise NotMetered(code="USAGE_UNPAID")


def _held(work: UnitOfWork, customer_id: int, now: datetime) -> Sequence[Subscription]:
    """The customer's subscriptions, locked: a check may be binding one of them at this moment."""
    held = work.subscriptions.locked([row.id for row in work.subscriptions.of_customer(customer_id)])
    close_over(work, held, now)
    return held


def _waiting(
    held: Sequence[Subscription], connector: Connector, make_account: str | None
) -> Subscription | None:
    """A running one that has no account yet: it serves the next one that comes."""
    return next(
        (
            row
            for row in held
            if row.connector_id == connector.id
            and row.metered
            and row.status is SubscriptionStatus.ACTIVE
            and row.make_account is None
            and make_account is None
        ),
        None,
    )


def _row(
    work: UnitOfWork,
    customer: Customer,
    connector: Connector,
    held: Sequence[Subscription],
    make_account: str | None,
    now: datetime,
) -> Subscription:
    """The row that goes on, as a line of the cart would find it, or a new one."""
    wanted = WantedSubscription(connector.slug, make_account)
    ordered = work.invoices.subscriptions_awaiting_payment(customer.id)
    continued = subscription_for(wanted, [row.facts() for row in held], ordered)
    if continued is None:
        return _new_row(work, customer, connector, make_account, now)
    (row,) = (each for each in held if each.id == continued)
    taken = {
        (each.connector_id, each.make_account) for each in held if each is not row and each.status in LIVE
    }
    if row.make_account is None or (row.connector_id, row.make_account) in taken:
        row.make_account = make_account
    return row


def _new_row(
    work: UnitOfWork, customer: Customer, connector: Connector, make_account: str | None, now: datetime
) -> Subscription:
    row = work.subscriptions.add(
        Subscription(
            customer_id=customer.id,
            connector_id=connector.id,
            make_account=make_account,
            status=SubscriptionStatus.PENDING,
            interval=BillingInterval.MONTH,
            currency=customer.currency,
            created_at=now,
        )
    )
    work.record_status("subscription", row.id, None, SubscriptionStatus.PENDING, "ordered", now)
    return row


def _open(work: UnitOfWork, row: Subscription, now: datetime) -> None:
    period = period_of(month_of(now))
    row.metered, row.auto_renew, row.method = True, True, PaymentMethodKind.CARD
    row.interval, row.anchor_day = BillingInterval.MONTH, 1
    row.period_start, row.period_end, row.nominal_period_end = now, period.end, None
    row.first_paid_at = row.first_paid_at or now
    row.first_failed_at = row.canceled_at = None
    row.price_version_id = row.renewal_interval = row.renewal_price_version_id = row.promo_code_id = None
    row.noticed_period_end = None
    work.move_subscription(row, SubscriptionStatus.ACTIVE, "pay-as-you-go started", now)
    reschedule(work, [row], invoiced=frozenset())
    work.audit("subscription.start_metered", "subscription", row.id, customer_id=row.customer_id, now=now)
