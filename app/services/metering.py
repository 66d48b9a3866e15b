"""Metering: an allowed operation is on disk before the answer leaves, and on one bill (I1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.billing.actors import Actor
from app.billing.metering import METER_POLICY, MeterPolicy, counts_again, month_of
from app.models import MeteredOperation
from app.services.unit_of_work import Transactions


@dataclass(frozen=True, slots=True)
class AllowedOperation:
    """What the check is about to allow, and the connector's own id of it."""

    subscription_id: int
    api_key_id: int
    operation_id: str | None = None


def record_operation(
    transactions: Transactions,
    *,
    operation: AllowedOperation,
    now: datetime,
    policy: MeterPolicy = METER_POLICY,
) -> bool:
    """Count the operation; it has been committed when this returns. False when the same id was counted
    within the last 24 hours: it is not counted again, also when both come at once.

    It goes on the bill of its month or, when that was made a moment ago, on the next one. Raises a
    database error when it could not be written, or it is not known whether it was.
    """
    subscription_id, operation_id = operation.subscription_id, operation.operation_id
    with transactions.begin(Actor.api_key(operation.api_key_id)) as work:
        if operation_id is not None:
            counted_at = work.metering.last_counted(subscription_id, operation_id)
            if not counts_again(counted_at, now, policy):
                return False
        month = work.metering.count(subscription_id, month_of(now))
        work.insert(
            MeteredOperation(
                subscription_id=subscription_id,
                api_key_id=operation.api_key_id,
                month=month,
                at=now,
                operation_id=operation_id,
            )
        )
        return True
