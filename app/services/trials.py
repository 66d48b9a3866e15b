"""Starting the trial (C1, C2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.billing.actors import Actor
from app.billing.api_key import ApiKeyKind
from app.billing.mail import MailKind
from app.billing.periods import BillingInterval
from app.billing.subscription import SubscriptionStatus
from app.billing.trial import TrialFacts, trial_period
from app.models import CustomerStatus, Subscription
from app.services.api_keys import add_waiting_key
from app.services.unit_of_work import Transactions, UnitOfWork


def start_trial(
    transactions: Transactions, *, customer_id: int, connector_ids: Sequence[int], now: datetime
) -> int:
    """Open the chosen connectors for 7 × 24 hours and make a temporary key; returns the key's id.

    Raises TrialRefused with the reason's code. Once per customer, also when asked twice at once.
    """
    with transactions.begin(Actor.customer(customer_id)) as work:
        customer = work.customers.get(customer_id, lock=True)
        facts = TrialFacts(
            activated=customer.status is CustomerStatus.ACTIVE,
            used_before=customer.trial_started_at is not None or work.customers.trial_used(customer),
            chosen=tuple(connector_ids),
            eligible=frozenset(connector.id for connector in work.connectors.trial_eligible()),
        )
        period = trial_period(facts, now)
        customer.trial_started_at = now
        for connector_id in sorted(set(connector_ids)):
            _open(work, customer_id, connector_id, customer.currency, now, period.end)
        key = add_waiting_key(work, customer, ApiKeyKind.TRIAL, now, expires_at=period.end)
        work.promise_mail(MailKind.TRIAL_STARTED, customer_id, dedupe_key=str(customer_id))
        return key.id


def _open(
    work: UnitOfWork, customer_id: int, connector_id: int, currency: str, now: datetime, end: datetime
) -> None:
    subscription = work.subscriptions.add(
        Subscription(
            customer_id=customer_id,
            connector_id=connector_id,
            status=SubscriptionStatus.TRIAL,
            interval=BillingInterval.MONTH,
            currency=currency,
            trial_ends_at=end,
            created_at=now,
        )
    )
    work.record_status("subscription", subscription.id, None, SubscriptionStatus.TRIAL, "trial started", now)
