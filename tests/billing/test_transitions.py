"""Every cell of every transition table: what may follow what, and nothing else."""

from enum import StrEnum
from itertools import product
from typing import Any

import pytest

from app.billing.compensation import COMPENSATION_TRANSITIONS, CompensationStatus
from app.billing.invoice import INVOICE_TRANSITIONS, InvoiceStatus
from app.billing.payment import ATTEMPT_TRANSITIONS, IN_DOUBT, UNSETTLED, AttemptState
from app.billing.refunds import REFUND_TRANSITIONS, RefundStatus
from app.billing.subscription import (
    IN_DUNNING,
    LIVE,
    PAID,
    RENEWING,
    SUBSCRIPTION_TRANSITIONS,
    SubscriptionStatus,
)
from app.billing.transitions import IllegalTransition, TransitionTable

TABLES: list[tuple[TransitionTable[Any], type[StrEnum], str]] = [
    (
        SUBSCRIPTION_TRANSITIONS,
        SubscriptionStatus,
        "pending active, pending expired, trial active, trial expired, active payment_pending,"
        "active canceled, active expired, payment_pending active, payment_pending suspended,"
        "payment_pending expired, suspended active, suspended expired, canceled active, canceled expired,"
        "expired pending, expired active",
    ),
    (INVOICE_TRANSITIONS, InvoiceStatus, "open paid, open void"),
    (
        ATTEMPT_TRANSITIONS,
        AttemptState,
        "started unknown, started awaiting_customer, started succeeded, started failed, started abandoned,"
        "unknown awaiting_customer, unknown succeeded, unknown failed, unknown abandoned,"
        "awaiting_customer succeeded, awaiting_customer failed, awaiting_customer abandoned,"
        "abandoned succeeded",
    ),
    (
        REFUND_TRANSITIONS,
        RefundStatus,
        "requested approved, requested rejected, approved sending, approved sent, approved failed,"
        "sending sent, sending failed, sent failed,"
        "failed approved, failed sent",
    ),
    (
        COMPENSATION_TRANSITIONS,
        CompensationStatus,
        "requested approved, requested rejected, approved applied",
    ),
]


@pytest.mark.parametrize(("table", "statuses", "legal"), TABLES, ids=[table.kind for table, _, _ in TABLES])
def test_every_cell(table: TransitionTable[Any], statuses: type[StrEnum], legal: str) -> None:
    pairs = {tuple(pair.split()) for pair in legal.split(",")}
    for old, new in product(statuses, repeat=2):
        assert table.permits(old, new) is ((old, new) in pairs), (old, new)
        if (old, new) in pairs:
            table.check(old, new)
        else:
            with pytest.raises(IllegalTransition, match=f"{table.kind}: {old} -> {new}"):
                table.check(old, new)


def test_nothing_follows_itself() -> None:
    for table, statuses, _ in TABLES:
        assert not any(table.permits(status, status) for status in statuses)


def test_groups_of_statuses() -> None:
    assert set(SubscriptionStatus) - LIVE == {SubscriptionStatus.PENDING, SubscriptionStatus.EXPIRED}
    assert {SubscriptionStatus.TRIAL} == LIVE - PAID
    assert {SubscriptionStatus.CANCELED} == PAID - RENEWING
    assert {SubscriptionStatus.ACTIVE} == RENEWING - IN_DUNNING
    assert IN_DOUBT < UNSETTLED
    assert {state for state in AttemptState if not ATTEMPT_TRANSITIONS.allowed[state]} == {
        AttemptState.SUCCEEDED,
        AttemptState.FAILED,
    }
