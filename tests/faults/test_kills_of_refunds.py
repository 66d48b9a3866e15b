"""Workers killed around a refund send it once, and the books say so (faults 1, 2 and 5, for refunds)."""

from __future__ import annotations

from functools import partial

import pytest

from app.billing.refunds import RefundStatus
from app.bootstrap import Container
from app.models import InvoiceLine, Refund
from app.services.fault_points import (
    AFTER_CLAIM_BEFORE_REFUND,
    AFTER_FIND_BEFORE_SETTLE,
    AFTER_REFUND_BEFORE_SETTLE,
)
from tests.embedded.processes import wait_until
from tests.factories import deliver_all, mails, rows
from tests.faults.books import assert_books_agree
from tests.faults.moments import minutes_pass
from tests.faults.subscribers import PRICE, Subscriber, done_with_documents
from tests.faults.test_kills import SECONDS, Role, clock, hand_over, killed, role, who
from tests.services.refunding import approve, asked, entries
from tests.services.sending import refunds_of, the_refund

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shop")]
__all__ = ["clock", "role", "who"]
SENT = (PRICE.minor, "succeeded")


@pytest.fixture
def refund(container: Container, who: Subscriber) -> Refund:
    """An approved refund that no worker has seen."""
    approve(container, asked(container, who.customer_id, rows(container, InvoiceLine)[0].id))
    done_with_documents(container)
    return the_refund(container)


def stands(container: Container, status: RefundStatus) -> bool:
    return the_refund(container).status is status


@pytest.mark.parametrize(
    ("point", "sent"), [(AFTER_CLAIM_BEFORE_REFUND, []), (AFTER_REFUND_BEFORE_SETTLE, [SENT])]
)
def test_a_worker_killed_around_a_refund_leaves_one_refund_and_one_mail(
    container: Container, role: Role, refund: Refund, point: str, sent: list[object]
) -> None:
    hand_over(container)
    with role("worker", FAULT_POINT=point) as worker:
        killed(worker)
    assert stands(container, RefundStatus.SENDING)
    assert refunds_of(container) == sent

    minutes_pass(container)
    with role("scheduler"):
        wait_until(partial(stands, container, RefundStatus.SENT), SECONDS)

    assert the_refund(container).order_id == refund.order_id
    assert refunds_of(container) == [SENT]
    assert [kind for kind, _ in entries(container, refund.id)].count("refund_sent") == 1
    deliver_all(container)
    assert mails(container).count("refund_sent") == 1
    assert_books_agree(container)


def test_a_scheduler_killed_while_it_settles_a_refund_leaves_it_to_the_next(
    container: Container, role: Role, refund: Refund
) -> None:
    hand_over(container)
    with role("worker", FAULT_POINT=AFTER_REFUND_BEFORE_SETTLE) as worker:
        killed(worker)
    minutes_pass(container)
    with role("scheduler", FAULT_POINT=AFTER_FIND_BEFORE_SETTLE) as scheduler:
        killed(scheduler)
    assert stands(container, RefundStatus.SENDING)

    minutes_pass(container)
    with role("scheduler"):
        wait_until(partial(stands, container, RefundStatus.SENT), SECONDS)

    assert refunds_of(container) == [SENT]
    assert [kind for kind, _ in entries(container, refund.id)].count("refund_sent") == 1
    assert_books_agree(container)
