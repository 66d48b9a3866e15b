"""Money that leaves the acquirer again: refunds, and payments that banks take back."""

from __future__ import annotations

import secrets
import sqlite3
from datetime import datetime, timedelta

from app.billing.errors import NotFound
from app.billing.money import Money
from app.billing.provider import (
    DisputeReport,
    DisputeState,
    RefundOrder,
    RefundOutcome,
    RefundOutcomeKind,
    RefundReport,
)
from app.payments.test_acquirer.ledger import AcquirerLedger, write_event

EVIDENCE_TERM = timedelta(days=7)
BY_HAND = "by-hand:"
"""How keys begin of refunds that nobody ordered."""


class MoneyBack:
    """The part of the books where money goes back; every method is one transaction."""

    def __init__(self, ledger: AcquirerLedger) -> None:
        self._ledger = ledger

    def refund(self, order: RefundOrder, at: datetime) -> RefundOutcome:
        """Send money back, never more of a charge than was taken; a known key gives back the first answer."""
        with self._ledger.transaction() as books:
            known = _refund(books, order.refund_id)
            if known is not None:
                return known
            refusal = _refusal(books, order)
            reference = f"re_{secrets.token_hex(12)}"
            books.execute(
                "INSERT INTO refund VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    order.refund_id,
                    reference,
                    None if refusal == "no_such_charge" else order.payment_reference,
                    order.amount.minor,
                    order.amount.currency,
                    "failed" if refusal else "succeeded",
                    refusal,
                ),
            )
            write_event(books, "refund", at, about=reference)
            return _refund(books, order.refund_id) or RefundOutcome(RefundOutcomeKind.UNKNOWN)

    def find_refund(self, refund_id: str) -> RefundOutcome:
        """How the refund with this key stands."""
        with self._ledger.transaction() as books:
            return _refund(books, refund_id) or RefundOutcome(RefundOutcomeKind.NOT_FOUND)

    def refund_by_hand(self, payment_reference: str, amount: Money, at: datetime) -> str:
        """What somebody does on the acquirer's own page: a refund that no order of ours asked for."""
        made = self.refund(RefundOrder(f"{BY_HAND}{secrets.token_hex(12)}", payment_reference, amount), at)
        return made.reference or ""

    def report(self, reference: str) -> RefundReport:
        """The refund of this reference, whoever made it."""
        with self._ledger.transaction() as books:
            row = books.execute(
                "SELECT idempotency_key, charge FROM refund WHERE reference = ?", (reference,)
            ).fetchone()
            made = None if row is None else _refund(books, row[0])
        if made is None:
            return RefundReport(reference, RefundOutcome(RefundOutcomeKind.NOT_FOUND))
        mark = None if row[0].startswith(BY_HAND) else row[0]
        return RefundReport(reference, made, row[1] or "", mark)

    def change_refund(self, refund_id: str, state: str, at: datetime, failure_code: str | None = None) -> str:
        """What the customer's bank does with a refund: `pending`, `succeeded`, `failed`; its reference."""
        with self._ledger.transaction() as books:
            row = books.execute(
                "UPDATE refund SET state = ?, failure_code = ? WHERE idempotency_key = ? RETURNING reference",
                (state, failure_code, refund_id),
            ).fetchone()
            if row is None:
                raise NotFound("refund")
            write_event(books, "refund", at, about=row[0])
            return str(row[0])

    def open_dispute(self, payment_reference: str, amount: Money, reason: str, at: datetime) -> str:
        """A bank takes a payment back for its customer; the dispute's reference."""
        reference = f"dp_{secrets.token_hex(12)}"
        with self._ledger.transaction() as books:
            books.execute(
                "INSERT INTO dispute VALUES (?, ?, ?, ?, 'open', ?, ?)",
                (
                    reference,
                    payment_reference,
                    amount.minor,
                    amount.currency,
                    reason,
                    (at + EVIDENCE_TERM).isoformat(),
                ),
            )
            write_event(books, "dispute", at, about=reference)
        return reference

    def end_dispute(self, reference: str, state: DisputeState, at: datetime) -> None:
        """The bank has decided, or changed its mind."""
        with self._ledger.transaction() as books:
            books.execute("UPDATE dispute SET state = ? WHERE reference = ?", (state.value, reference))
            write_event(books, "dispute", at, about=reference)

    def find_dispute(self, reference: str) -> DisputeReport | None:
        """How a dispute stands; None for one that it never heard of."""
        with self._ledger.transaction() as books:
            row = books.execute(
                "SELECT charge, amount, currency, state, reason, evidence_due_at FROM dispute"
                " WHERE reference = ?",
                (reference,),
            ).fetchone()
        if row is None:
            return None
        charge, amount, currency, state, reason, due_at = row
        return DisputeReport(
            reference=reference,
            payment_reference=charge,
            amount=Money(amount, currency),
            state=DisputeState(state),
            reason=reason,
            evidence_due_at=datetime.fromisoformat(due_at) if due_at else None,
        )


def _refusal(books: sqlite3.Connection, order: RefundOrder) -> str | None:
    """Why so much can't go back of the charge."""
    charge = books.execute(
        "SELECT amount, currency FROM charge WHERE reference = ? AND state = 'succeeded'",
        (order.payment_reference,),
    ).fetchone()
    if charge is None:
        return "no_such_charge"
    (returned,) = books.execute(
        "SELECT coalesce(sum(amount), 0) FROM refund WHERE charge = ? AND state <> 'failed'",
        (order.payment_reference,),
    ).fetchone()
    if charge[1] != order.amount.currency or returned + order.amount.minor > charge[0]:
        return "exceeds_charge"
    return None


def _refund(books: sqlite3.Connection, refund_id: str) -> RefundOutcome | None:
    row = books.execute(
        "SELECT reference, amount, currency, state, failure_code FROM refund WHERE idempotency_key = ?",
        (refund_id,),
    ).fetchone()
    if row is None:
        return None
    reference, amount, currency, state, failure_code = row
    return RefundOutcome(
        RefundOutcomeKind(state), reference, Money(amount, currency), failure_code, retry=state == "failed"
    )
