"""A worker tells the register of promised receipts; staff have it told again (54-ФЗ)."""

from __future__ import annotations

from datetime import datetime

from app.billing.actors import Actor
from app.billing.errors import Conflict
from app.billing.fiscal import FiscalReceiptRefused
from app.billing.fiscal_snapshot import receipt_from_snapshot
from app.models import FiscalReceiptRow, FiscalReceiptState
from app.services.fiscal.promised import Fiscalisation, promise_registering
from app.services.sign_off import require_staff, stated_reason
from app.services.unit_of_work import Transactions, UnitOfWork

ACTOR = Actor.system("fiscal")


def register_receipt(fiscal: Fiscalisation, *, receipt_id: int, now: datetime) -> None:
    """Tell the register of a promised receipt. Doing it twice is doing it once: its id is the same.

    Raises FiscalRegisterUnreachable: the outbox repeats it. What the register refuses is marked failed, and
    staff get a task.
    """
    with fiscal.transactions.reading() as repositories:
        row = repositories.fiscal_receipts.get(receipt_id)
        if row.state is not FiscalReceiptState.PROMISED:
            return
        external_id, receipt = row.external_id, receipt_from_snapshot(row.snapshot)
    try:
        reference = fiscal.register.register(receipt, external_id, now)
    except FiscalReceiptRefused as refusal:
        _settle(fiscal, receipt_id, FiscalReceiptState.FAILED, now, failure_code=refusal.code)
    else:
        _settle(fiscal, receipt_id, FiscalReceiptState.REGISTERED, now, reference=reference)


def register_again(
    transactions: Transactions, *, actor: Actor, receipt_id: int, reason: str, now: datetime
) -> None:
    """Have the register told once more of a receipt that failed or still waits; under the same id.

    Raises NotFound, NotPermitted for anybody but staff, InvalidInput (REASON_REQUIRED), Conflict
    (FISCAL_RECEIPT_REGISTERED).
    """
    require_staff(actor)
    reason = stated_reason(reason)
    with transactions.begin(actor) as work:
        row = work.fiscal_receipts.get(receipt_id, lock=True)
        if row.state is FiscalReceiptState.REGISTERED:
            raise Conflict(f"receipt {receipt_id}", code="FISCAL_RECEIPT_REGISTERED")
        if row.state is FiscalReceiptState.FAILED:
            _move(work, row, FiscalReceiptState.PROMISED, reason, now)
            row.failure_code = None
        promise_registering(work, receipt_id, row.customer_id)
        work.audit(
            "fiscal_receipt.register_again",
            "fiscal_receipt",
            receipt_id,
            customer_id=row.customer_id,
            reason=reason,
            now=now,
        )


def _settle(
    fiscal: Fiscalisation,
    receipt_id: int,
    state: FiscalReceiptState,
    now: datetime,
    *,
    reference: str | None = None,
    failure_code: str | None = None,
) -> None:
    with fiscal.transactions.begin(ACTOR) as work:
        row = work.fiscal_receipts.get(receipt_id, lock=True)
        if row.state is not FiscalReceiptState.PROMISED:
            return
        _move(work, row, state, failure_code or "the register answered", now)
        row.reference, row.failure_code = reference, failure_code
        if state is FiscalReceiptState.REGISTERED:
            row.registered_at = now
        else:
            work.ask_staff("fiscal_receipt_failed", "fiscal_receipt", receipt_id, row.customer_id, now)


def _move(
    work: UnitOfWork, row: FiscalReceiptRow, state: FiscalReceiptState, reason: str, now: datetime
) -> None:
    work.record_status("fiscal_receipt", row.id, row.state, state, reason, now)
    row.state = state
