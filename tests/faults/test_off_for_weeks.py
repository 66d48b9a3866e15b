"""Nothing ran for forty days: each missed period is made up for once, in order, with few mails (fault 28)."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import OutboxMessage, SubscriptionPeriod
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import rows
from tests.faults.books import assert_books_agree
from tests.faults.subscribers import (
    DECLINED_LATER,
    PRICE,
    Subscriber,
    invoices,
    renewal_charges,
    subscriber,
    subscription,
)

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shop")]

OFF = timedelta(days=40)


def mails_to(container: Container, who: Subscriber) -> list[str]:
    """The kinds of the mails to the customer, oldest first."""
    promised = rows(container, OutboxMessage, customer_id=who.customer_id)
    return [each.name.removeprefix("mail.") for each in promised if each.name.startswith("mail.")]


def test_forty_days_off_are_made_up_for_in_order(container: Container, clock: ManualClock) -> None:
    """Fault 28: two periods have ended meanwhile. Each is announced, and charged a day later."""
    paying, declined = subscriber(container), subscriber(container, DECLINED_LATER)
    clock.move_to(paying.end - timedelta(days=5))
    sweep(container.billing_run())
    before = {who: mails_to(container, who) for who in (paying, declined)}

    clock.move_to(clock.now() + OFF)
    for _ in range(5 * 8):
        sweep(container.billing_run())
        clock.advance(hours=3)

    periods = rows(container, SubscriptionPeriod, subscription_id=paying.subscription_id)
    assert len(periods) == 3
    assert all(one.ends_at == other.starts_at for one, other in pairwise(periods))
    assert periods[-1].ends_at > clock.now()
    assert renewal_charges(container, paying) == [PRICE, PRICE]
    told = mails_to(container, paying)[len(before[paying]) :]
    assert told == ["renewal_notice", "subscription_renewed"] * 2

    told = mails_to(container, declined)[len(before[declined]) :]
    assert told[:2] == ["renewal_notice", "payment_failed"]
    assert len(told) <= 5
    assert len(invoices(container, declined)) == 2
    assert subscription(container, declined).status is SubscriptionStatus.PAYMENT_PENDING
    assert_books_agree(container)
