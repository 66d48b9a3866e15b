"""Tasks for staff: done once, and there again when the matter comes up again."""

from __future__ import annotations

from functools import partial

import pytest

from app.billing.actors import Actor
from app.billing.errors import InvalidInput, NotFound, NotPermitted
from app.bootstrap import Container
from app.models import AuditEntry, StaffTask
from app.services.parking import park_billing, resume_billing
from app.services.staff_tasks import finish_task
from tests.clock import ManualClock
from tests.factories import FACTORY, create_customer, rows
from tests.parallel import at_once

ANNA = Actor.staff("anna")


def ask(container: Container, kind: str = "document_failed", identity: int = 1) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.ask_staff(kind, "document", identity, None, container.clock.now())


def finish(container: Container, task_id: int, actor: Actor = ANNA, reason: str = " сделан заново ") -> None:
    finish_task(
        container.transactions, actor=actor, task_id=task_id, reason=reason, now=container.clock.now()
    )


def the_task(container: Container) -> StaffTask:
    (task,) = rows(container, StaffTask)
    return task


def test_a_task_is_done_with_what_was_done_about_it(container: Container, clock: ManualClock) -> None:
    ask(container)
    clock.advance(hours=1)
    task = the_task(container)
    finish(container, task.id)
    assert the_task(container).done_at == clock.now()
    (entry,) = rows(container, AuditEntry)
    assert (entry.action, entry.object_id, entry.reason, entry.details, entry.actor_identity) == (
        "staff_task.finish",
        str(task.id),
        "сделан заново",
        {"kind": "document_failed"},
        "anna",
    )


def test_ticking_it_off_many_times_at_once_is_once(container: Container) -> None:
    ask(container)
    task_id = the_task(container).id
    outcomes = at_once(*[partial(finish, container, task_id)] * 6)
    assert outcomes.refusals == []
    assert len(rows(container, AuditEntry)) == 1


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_without_a_good_reason_it_stays_open(container: Container, reason: str) -> None:
    ask(container)
    with pytest.raises(InvalidInput):
        finish(container, the_task(container).id, reason=reason)
    assert the_task(container).done_at is None


def test_only_staff_tick_off_and_only_what_is_there(container: Container) -> None:
    ask(container)
    with pytest.raises(NotPermitted):
        finish(container, the_task(container).id, Actor.customer(1))
    with pytest.raises(NotFound):
        finish(container, 999)
    assert the_task(container).done_at is None


def test_what_comes_up_again_is_a_task_again(container: Container, clock: ManualClock) -> None:
    ask(container)
    ask(container)
    finish(container, the_task(container).id)
    clock.advance(days=1)
    ask(container)
    ask(container)
    done, open_again = rows(container, StaffTask)
    assert done.done_at is not None
    assert (open_again.done_at, open_again.created_at) == (None, clock.now())


def test_billing_that_goes_on_needs_nobody_to_look_any_more(container: Container) -> None:
    customer_id = create_customer(container)
    now = container.clock.now()
    ask(container, "billing_parked", customer_id)
    for _time in range(2):
        with container.transactions.begin(FACTORY) as work:
            park_billing(work, work.customers.get(customer_id, lock=True), "a sum differs", now)
        resume_billing(
            container.transactions, actor=ANNA, customer_id=customer_id, reason="исправлено", now=now
        )
    tasks = {(task.object_kind, task.done_at) for task in rows(container, StaffTask)}
    assert tasks == {("customer", now), ("document", None)}
    assert len(rows(container, StaffTask)) == 3
