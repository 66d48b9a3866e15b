"""A trial that continues as a paid subscription, if its customer wants it (C4)."""

from __future__ import annotations

from app.billing.errors import Conflict
from app.billing.periods import BillingInterval
from app.billing.renewal import RENEWAL_POLICY
from app.billing.subscription import SubscriptionStatus
from app.models import ConnectorPricing
from app.services.renewal_dates import reschedule
from app.services.subscriptions import Asked, Unchanged, asked_subscription
from app.services.unit_of_work import Transactions


class NotContinuable(Conflict):
    """The trial can't continue by itself; the code says what is missing."""

    code = "NOT_CONTINUABLE"


def continue_trial(
    transactions: Transactions,
    asked: Asked,
    *,
    wanted: bool,
    interval: BillingInterval = BillingInterval.MONTH,
) -> None:
    """Let a trial continue into a paid subscription at its end, or no longer.

    The charge is announced before; the Make account stays. Raises NotFound, NotContinuable with the code
    NOT_ON_TRIAL, TOO_LATE (less than a day before the end: buy it instead), PRICED_PER_OPERATION (it is
    started, not bought), METHOD_REQUIRED or PAYER_REQUIRED.
    """
    with asked_subscription(transactions, asked, "continue_trial", wanted=wanted) as (work, row):
        ends_at = row.trial_ends_at
        if row.status is not SubscriptionStatus.TRIAL or ends_at is None or ends_at <= asked.now:
            raise NotContinuable(code="NOT_ON_TRIAL")
        if (row.continues_after_trial, row.interval) == (wanted, interval):
            raise Unchanged
        if wanted and ends_at - asked.now < RENEWAL_POLICY.notice_age:
            raise NotContinuable(code="TOO_LATE")
        if wanted and row.connector.pricing is ConnectorPricing.OPERATION:
            raise NotContinuable(code="PRICED_PER_OPERATION")
        if wanted and not work.payment_methods.of_customer(row.customer_id):
            raise NotContinuable(code="METHOD_REQUIRED")
        if wanted and work.payers.of_customer(row.customer_id) is None:
            raise NotContinuable(code="PAYER_REQUIRED")
        row.continues_after_trial, row.interval = wanted, interval
        row.noticed_period_end = None
        reschedule(work, [row])
