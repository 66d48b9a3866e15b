"""Money that goes back by the way it came (H7)."""

from __future__ import annotations

from stripe import InvalidRequestError, Refund, RequestOptions, StripeClient

from app.billing.provider import RefundOrder, RefundOutcome, RefundOutcomeKind, RefundReport
from app.payments.stripe.client import PAGE, Facts, plain
from app.payments.stripe.errors import is_missing, report
from app.payments.stripe.reading import id_of, money

REFUND = "refund_id"
INTENT_PREFIX = "pi_"

KINDS = {
    "succeeded": RefundOutcomeKind.SUCCEEDED,
    "pending": RefundOutcomeKind.PENDING,
    "requires_action": RefundOutcomeKind.PENDING,
    "failed": RefundOutcomeKind.FAILED,
    "canceled": RefundOutcomeKind.FAILED,
}
WORTH_ANOTHER_TRY = frozenset({"balance_insufficient", "insufficient_funds"})
"""Our balance at Stripe was too low: it fills up by itself."""


class Refunds:
    """Sends refunds and finds them again. Every method raises StripeError."""

    def __init__(self, client: StripeClient) -> None:
        self._client = client

    def refund(self, order: RefundOrder) -> RefundOutcome:
        """Send the money back, once: a refund of this order that Stripe has already is the answer.

        Looked for first, since Stripe forgets keys after a day; the key settles a race of two.
        """
        known = self.find(order)
        if known.kind is not RefundOutcomeKind.NOT_FOUND:
            return known
        try:
            return _outcome(plain(self._create(order)))
        except InvalidRequestError as error:
            report(error, "refund", order.refund_id)
            code = error.code or "refund_refused"
            return RefundOutcome(RefundOutcomeKind.FAILED, failure_code=code, retry=code in WORTH_ANOTHER_TRY)

    def find(self, order: RefundOrder) -> RefundOutcome:
        """The refund of this order among those of its payment, a list that is never late."""
        if order.payment_reference.startswith(INTENT_PREFIX):
            listed = self._client.v1.refunds.list({"payment_intent": order.payment_reference, "limit": PAGE})
        else:
            listed = self._client.v1.refunds.list({"charge": order.payment_reference, "limit": PAGE})
        for refund in map(plain, listed.auto_paging_iter()):
            if (refund.get("metadata") or {}).get(REFUND) == order.refund_id:
                return _outcome(refund)
        return RefundOutcome(RefundOutcomeKind.NOT_FOUND)

    def find_named(self, reference: str) -> RefundReport:
        """The refund that Stripe calls so, also one that was made on its own pages."""
        try:
            made = plain(self._client.v1.refunds.retrieve(reference))
        except InvalidRequestError as error:
            if is_missing(error):
                return RefundReport(reference, RefundOutcome(RefundOutcomeKind.NOT_FOUND))
            raise
        return RefundReport(
            reference=made["id"],
            outcome=_outcome(made),
            payment_reference=id_of(made.get("payment_intent")) or id_of(made["charge"]) or "",
            mark=(made.get("metadata") or {}).get(REFUND),
        )

    def _create(self, order: RefundOrder) -> Refund:
        is_intent = order.payment_reference.startswith(INTENT_PREFIX)
        metadata = {REFUND: order.refund_id}
        options: RequestOptions = {"idempotency_key": f"{order.refund_id}:refund"}
        refunds = self._client.v1.refunds
        if is_intent:
            return refunds.create(
                {
                    "payment_intent": order.payment_reference,
                    "amount": order.amount.minor,
                    "metadata": metadata,
                },
                options,
            )
        return refunds.create(
            {"charge": order.payment_reference, "amount": order.amount.minor, "metadata": metadata}, options
        )


def _outcome(refund: Facts) -> RefundOutcome:
    kind = KINDS.get(refund["status"], RefundOutcomeKind.UNKNOWN)
    failed = kind is RefundOutcomeKind.FAILED
    code = (refund.get("failure_reason") or refund["status"]) if failed else None
    return RefundOutcome(
        kind,
        reference=refund["id"],
        amount=money(refund["amount"], refund["currency"]),
        failure_code=code,
        retry=code in WORTH_ANOTHER_TRY,
    )
