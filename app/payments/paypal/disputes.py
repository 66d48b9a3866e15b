"""Disputes and chargebacks (customer disputes API, v1)."""

from __future__ import annotations

from datetime import datetime

from app.billing.provider import DisputeReport, DisputeState
from app.payments.paypal import reading
from app.payments.paypal.amounts import read_amount
from app.payments.paypal.client import PayPalClient, path_of
from app.payments.paypal.errors import NoAnswer
from app.payments.paypal.instants import read_instant
from app.payments.paypal.reading import Document

COLLECTION = "/v1/customer/disputes"
RESOLVED = "RESOLVED"
WE_KEEP_THE_MONEY = frozenset(
    {"RESOLVED_SELLER_FAVOUR", "RESOLVED_SELLER_FAVOR", "CANCELED_BY_BUYER", "RESOLVED_WITH_PAYOUT", "DENIED"}
)
"""Outcomes after which the seller has the money; a payout goes at PayPal's own cost."""


class Disputes:
    """Reads disputes. Raises NoAnswer, also for one that can't be understood."""

    def __init__(self, client: PayPalClient) -> None:
        self._client = client

    def find(self, reference: str) -> DisputeReport:
        """The dispute as it stands now."""
        answer = self._client.get(path_of(COLLECTION, reference))
        if not answer.done:
            raise NoAnswer(answer.issue)
        return _report(answer.body, reference)


def _report(dispute: Document, reference: str) -> DisputeReport:
    transactions = reading.sections(dispute, "disputed_transactions")
    payment = reading.text_of(transactions[0], "seller_transaction_id") if transactions else None
    amount = read_amount(reading.section(dispute, "dispute_amount"))
    if payment is None or amount is None:
        raise NoAnswer("a dispute without a payment or an amount")
    return DisputeReport(
        reference=reference,
        payment_reference=payment,
        amount=amount,
        state=_state(dispute),
        reason=reading.text_of(dispute, "reason") or "OTHER",
        evidence_due_at=_due(dispute),
    )


def _state(dispute: Document) -> DisputeState:
    if dispute.get("status") != RESOLVED:
        return DisputeState.OPEN
    outcome = reading.section(dispute, "dispute_outcome").get("outcome_code")
    return DisputeState.WON if outcome in WE_KEEP_THE_MONEY else DisputeState.LOST


def _due(dispute: Document) -> datetime | None:
    return read_instant(reading.text_of(dispute, "seller_response_due_date"))
