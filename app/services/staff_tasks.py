"""Tasks for staff: ticked off by whoever has looked (L4, L5)."""

from __future__ import annotations

from datetime import datetime

from app.billing.actors import Actor
from app.services.sign_off import require_staff, stated_reason
from app.services.unit_of_work import Transactions


def finish_task(
    transactions: Transactions, *, actor: Actor, task_id: int, reason: str, now: datetime
) -> None:
    """Tick a task off, with what was done about it. Twice is once: the first one stands.

    Raises NotFound, InvalidInput (REASON_REQUIRED), NotPermitted for anybody but staff.
    """
    require_staff(actor)
    reason = stated_reason(reason)
    with transactions.begin(actor) as work:
        task = work.staff_tasks.get(task_id, lock=True)
        if task.done_at is not None:
            return
        task.done_at = now
        work.audit(
            "staff_task.finish",
            "staff_task",
            task_id,
            customer_id=task.customer_id,
            reason=reason,
            now=now,
            details={"kind": task.kind},
        )
