"""What customers owe after lost disputes: paid out of their balance, or written off by finance (K1)."""

from __future__ import annotations

from datetime import datetime

from app.billing.actors import Actor
from app.billing.disputes import DISPUTE_POLICY, DebtChange, DisputePolicy, pay_debt, write_off
from app.billing.money import Money
from app.models import CreditKind, Dispute
from app.services.disputes import change_debt, end_disputed_access
from app.services.sign_off import require_staff, stated_reason
from app.services.unit_of_work import Transactions, UnitOfWork


def write_off_debt(
    transactions: Transactions,
    *,
    actor: Actor,
    dispute_id: int,
    reason: str,
    now: datetime,
    policy: DisputePolicy = DISPUTE_POLICY,
) -> Money:
    """Give up what is left of a debt: it becomes our loss, and the access that it should have paid ends.

    Answers the loss. Raises NotPermitted for anybody but staff, NotFound, InvalidInput (REASON_REQUIRED),
    NoDebt.
    """
    reason = stated_reason(reason)
    with transactions.begin(actor) as work:
        row = _locked(work, dispute_id)
        change = write_off(row.debt)
        _settle(work, row, "write_off", change, reason, now)
        if policy.write_off_ends_access:
            end_disputed_access(work, row.payment, now)
        return change.debt.written_off - change.before.written_off


def pay_debt_from_balance(
    transactions: Transactions, *, actor: Actor, dispute_id: int, reason: str, now: datetime
) -> Money:
    """Have the customer's balance pay what it can of a debt: money that came again stands there first.

    Answers what was paid; access stays. Raises NotPermitted for anybody but staff, NotFound, InvalidInput
    (REASON_REQUIRED), NoDebt (NO_DEBT, BALANCE_EMPTY).
    """
    reason = stated_reason(reason)
    with transactions.begin(actor) as work:
        row = _locked(work, dispute_id)
        change = pay_debt(row.debt, _balance(work, row))
        _settle(work, row, "debt_paid", change, reason, now)
        return -change.to_balance


def _locked(work: UnitOfWork, dispute_id: int) -> Dispute:
    """The dispute under the lock of its customer."""
    require_staff(work.actor)
    work.customers.get(work.disputes.get(dispute_id).customer_id, lock=True)
    return work.disputes.get(dispute_id, lock=True)


def _balance(work: UnitOfWork, row: Dispute) -> Money:
    found = work.credits.of_customers([row.customer_id])
    return found.get((row.customer_id, row.currency, CreditKind.BALANCE), Money.zero(row.currency))


def _settle(
    work: UnitOfWork, row: Dispute, deed: str, change: DebtChange, reason: str, now: datetime
) -> None:
    change_debt(work, row, change, now)
    moved = change.before.left - change.debt.left
    work.audit(
        f"dispute.{deed}",
        "dispute",
        row.id,
        customer_id=row.customer_id,
        reason=reason,
        now=now,
        details={"minor": moved.minor, "currency": moved.currency},
    )
