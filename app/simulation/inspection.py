"""Once a month, and at the end: let everything come to rest, and ask whether all that must hold does hold."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from app.billing.payment import IN_DOUBT
from app.billing.refunds import RefundStatus
from app.models import OutboxMessage, OutboxStatus, PaymentAttempt, Refund, StaffTask
from app.services.invariants import check_invariants
from app.simulation.books import compare_books
from app.simulation.life import Life
from app.simulation.pay_as_you_go import compare_usage
from app.simulation.periods import look_at_periods
from app.simulation.promises import look_for_broken_promises

PAGE_OVER = timedelta(minutes=31)
ROUND = timedelta(minutes=61)
MOST_ROUNDS = 14
SUSPICIOUS_TASKS = ("amount_mismatch", "outbox_failed", "billing_parked", "document_failed")
SUSPICIOUS_STEPS = ("sweep:", "revenue:", "documents:")


def inspect(life: Life) -> None:
    """Bring the story to rest and compare; what does not hold is written into the journal."""
    with life.world.faults.at_rest():
        _come_to_rest(life)
        compare_books(life)
        compare_usage(life)
        look_for_broken_promises(life)
        look_at_periods(life)
        _ask_for_invariants(life)
        _look_at_staff_tasks(life)


def _come_to_rest(life: Life) -> None:
    """The provider answers, webhooks and mails arrive, nothing stays in doubt or due."""
    life.world.gateway.come_to_rest()
    life.world.agenda.play_until(life.now + PAGE_OVER)
    life.background.wake_up()
    for _ in range(MOST_ROUNDS):
        life.background.tick()
        if not _is_restless(life):
            break
        life.world.agenda.play_until(life.now + ROUND)
    else:
        life.world.violated("restless", "something stays in doubt or undone for hours")
    life.bank.book_everything()
    life.background.work()


def _is_restless(life: Life) -> bool:
    waiting = (OutboxStatus.WAITING, OutboxStatus.RELAYED)
    with life.world.transactions.reading() as repositories:
        in_doubt = repositories.session.scalar(select(func.count()).where(PaymentAttempt.state.in_(IN_DOUBT)))
        undone = repositories.session.scalar(select(func.count()).where(OutboxMessage.status.in_(waiting)))
        on_the_way = repositories.session.scalar(
            select(func.count()).where(Refund.status == RefundStatus.SENDING)
        )
    return bool(in_doubt or undone or on_the_way)


def _ask_for_invariants(life: Life) -> None:
    for verdict in check_invariants(life.world.transactions, real_now=life.now):
        if verdict.count:
            examples = ", ".join(verdict.examples)
            life.world.violated(verdict.number, f"{verdict.name}: {examples}")


def _look_at_staff_tasks(life: Life) -> None:
    with life.world.transactions.reading() as repositories:
        tasks = repositories.session.scalars(select(StaffTask)).all()
    for task in tasks:
        if task.kind in SUSPICIOUS_TASKS or task.kind.startswith(SUSPICIOUS_STEPS):
            life.world.violated("task", f"{task.kind}: {task.object_kind} {task.object_id}")
