"""Disputes: a cardholder wants the money back from the bank (H2)."""

from __future__ import annotations

from datetime import UTC, datetime

from stripe import StripeClient

from app.billing.provider import DisputeReport, DisputeState
from app.payments.stripe.client import plain
from app.payments.stripe.errors import log
from app.payments.stripe.reading import id_of, money

STATES = {
    "won": DisputeState.WON,
    "warning_closed": DisputeState.WON,  # an inquiry that did not become a dispute
    "prevented": DisputeState.WON,
    "lost": DisputeState.LOST,
}


def find_dispute(client: StripeClient, reference: str) -> DisputeReport | None:
    """A dispute as it stands now; None, loudly, in a currency that we don't sell in. Raises StripeError."""
    dispute = plain(client.v1.disputes.retrieve(reference))
    amount = money(dispute["amount"], dispute["currency"])
    if amount is None:
        log.error("stripe_currency_unknown", dispute=reference, currency=dispute["currency"])
        return None
    due = (dispute.get("evidence_details") or {}).get("due_by")
    return DisputeReport(
        reference=dispute["id"],
        payment_reference=id_of(dispute.get("payment_intent")) or id_of(dispute["charge"]) or "",
        amount=amount,
        state=STATES.get(dispute["status"], DisputeState.OPEN),
        reason=dispute["reason"],
        evidence_due_at=datetime.fromtimestamp(due, UTC) if due else None,
    )
