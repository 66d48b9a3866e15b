"""Closing a month: one action, a checklist that a worker goes through, a wall at the end (K1, J4)."""

from __future__ import annotations

from datetime import date, datetime

from app.billing.actors import Actor
from app.billing.month_closing import (
    CheckResult,
    ClosingCheck,
    ClosingState,
    MonthClosed,
    checks_to_do,
    is_ready,
    last_day_of_month,
    month_of,
    require_over,
)
from app.billing.periods import local_date
from app.models import MonthClosing
from app.repositories.registers import Stretch
from app.services.month_closing_checks import check_of_month, make_check
from app.services.sign_off import require_staff, signature, stated_reason
from app.services.unit_of_work import Transactions, UnitOfWork

JOB = "month.close"


def start_closing(
    transactions: Transactions, *, actor: Actor, seller_id: int, month: date, now: datetime
) -> int:
    """Have a worker close the month that the day `month` is in; the id of the closing, the running one's too.

    Raises NotPermitted for anybody but staff, NotFound for an unknown seller, MonthNotOver, MonthClosed when
    it is closed already.
    """
    require_staff(actor)
    month = month_of(month)
    require_over(month, local_date(now))
    with transactions.begin(actor) as work:
        work.sellers.get(seller_id, lock=True)  # two who start at once come one after the other
        row = work.month_closings.of_month(seller_id, month)
        if row is not None and row.state is ClosingState.CLOSED:
            raise MonthClosed(f"{month} of seller {seller_id}")
        if row is not None and row.state is ClosingState.CHECKING:
            return row.id
        row = _begun(work, row, seller_id, month, now)
        work.audit(
            "month_closing.start", "month_closing", row.id, now=now, details={"month": month.isoformat()}
        )
        work.promise_job(JOB, dedupe_key=f"{JOB}:{row.id}:{row.run}", closing_id=row.id, run=row.run)
        return row.id


def run_closing(
    transactions: Transactions, *, closing_id: int, run: int, now: datetime, real_now: datetime
) -> None:
    """Go through what is left of the checklist, keeping what each check finds; then close the month or not.

    Safe to run again after it broke off, and on two machines at once: each check counts once, and a run that
    is over is left alone. The month is closed under a lock that nobody dates anything past: what was in order
    is looked at once more there. Raises Conflict (MONTH_BUSY) while somebody is about to: try again.
    """
    with transactions.reading() as repositories:
        row = repositories.month_closings.get(closing_id)
        if not _runs(row, run):
            return
        stretch, checks = _stretch(row), checks_to_do(row.results())
    for check in checks:
        result = make_check(transactions, check, stretch, real_now=real_now)
        _keep(transactions, closing_id, run, result)
    with transactions.begin(Actor.system("month_closing")) as work:
        row = work.month_closings.get(closing_id, lock=True)
        if _runs(row, run):
            _finish(work, row, now)


def reopen_month(
    transactions: Transactions, *, actor: Actor, closing_id: int, reason: str, now: datetime
) -> None:
    """Let a closed month take documents and entries again.

    Raises NotPermitted for anybody but staff, InvalidInput (REASON_REQUIRED), NotFound, IllegalTransition
    when it is not closed.
    """
    require_staff(actor)
    reason = stated_reason(reason)
    with transactions.begin(actor) as work:
        row = work.month_closings.get(closing_id, lock=True)
        work.move_closing(row, ClosingState.REOPENED, reason, now)
        row.reopened_at, row.reopened_by, row.reopened_reason = now, signature(actor), reason
        work.audit("month_closing.reopen", "month_closing", row.id, reason=reason, now=now)


def _begun(
    work: UnitOfWork, row: MonthClosing | None, seller_id: int, month: date, now: datetime
) -> MonthClosing:
    started_by = signature(work.actor)
    if row is None:
        row = work.month_closings.add(
            MonthClosing(
                seller_id=seller_id,
                month=month,
                state=ClosingState.CHECKING,
                started_at=now,
                started_by=started_by,
                run=1,
                checklist=[],
            )
        )
        work.record_status("month_closing", row.id, None, ClosingState.CHECKING, "asked for", now)
        return row
    work.move_closing(row, ClosingState.CHECKING, "asked for", now)
    row.started_at, row.started_by, row.finished_at = now, started_by, None
    row.run, row.checklist = row.run + 1, []
    return row


def _runs(row: MonthClosing, run: int) -> bool:
    return row.state is ClosingState.CHECKING and row.run == run


def _stretch(row: MonthClosing) -> Stretch:
    return Stretch(row.seller_id, row.month, last_day_of_month(row.month))


def _keep(transactions: Transactions, closing_id: int, run: int, result: CheckResult) -> None:
    with transactions.begin(Actor.system("month_closing")) as work:
        row = work.month_closings.get(closing_id, lock=True)
        if _runs(row, run) and result.check in checks_to_do(row.results()):
            row.add_result(result)


def _finish(work: UnitOfWork, row: MonthClosing, now: datetime) -> None:
    """Close the month if everything is in order, and still is while nobody dates anything in it."""
    results = row.results()
    if is_ready(results):
        work.month_closings.hold_month(row.seller_id, row.month)
        results = [_once_more(work, row, result) for result in results]
        row.checklist = []
        for result in results:
            row.add_result(result)
    closed = is_ready(results)
    state, reason = (
        (ClosingState.CLOSED, "all is in order") if closed else (ClosingState.REFUSED, "not in order")
    )
    work.move_closing(row, state, reason, now)
    row.finished_at = now
    if closed:
        work.audit("month_closing.close", "month_closing", row.id, now=now)
    else:
        work.audit("month_closing.refuse", "month_closing", row.id, now=now)


def _once_more(work: UnitOfWork, row: MonthClosing, result: CheckResult) -> CheckResult:
    """The rules of the data take long and are not of the month: they were asked a moment ago."""
    if result.check is ClosingCheck.INVARIANTS:
        return result
    return check_of_month(work, result.check, _stretch(row))
