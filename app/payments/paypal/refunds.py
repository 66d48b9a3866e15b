"""Refunds of captures."""

from __future__ import annotations

from urllib.parse import urlsplit

from app.billing.provider import RefundOrder, RefundOutcome, RefundOutcomeKind, RefundReport
from app.payments.paypal import reading
from app.payments.paypal.amounts import written
from app.payments.paypal.client import Answer, PayPalClient, path_of
from app.payments.paypal.errors import REFUND_AGAIN, REFUND_MAY_BE_OURS, NoAnswer
from app.payments.paypal.reading import Document

CAPTURES = "/v2/payments/captures"
ORDERS = "/v2/checkout/orders"
REFUNDS = "/v2/payments/refunds"
NOT_FOUND = RefundOutcome(RefundOutcomeKind.NOT_FOUND)
KINDS = {
    "COMPLETED": RefundOutcomeKind.SUCCEEDED,
    "PENDING": RefundOutcomeKind.PENDING,
    "CANCELLED": RefundOutcomeKind.FAILED,
    "FAILED": RefundOutcomeKind.FAILED,
}


class Refunds:
    """Sends money back and finds out how that stands. Raises NoAnswer, CannotBeWritten."""

    def __init__(self, client: PayPalClient) -> None:
        self._client = client

    def refund(self, order: RefundOrder) -> RefundOutcome:
        """Send money back; also after PayPal forgot the key (45 days) the same order is one refund."""
        path = path_of(CAPTURES, order.payment_reference, "/refund")
        body = {"amount": written(order.amount), "custom_id": order.refund_id}
        answer = self._client.post(path, body, key=order.refund_id)
        if answer.done:
            return _outcome(answer.body)
        if answer.missing:
            return NOT_FOUND
        if answer.issue in REFUND_MAY_BE_OURS:
            made = self.find(order)
            if made.kind is not RefundOutcomeKind.NOT_FOUND:
                return made
        return RefundOutcome(
            RefundOutcomeKind.FAILED, failure_code=answer.issue, retry=answer.issue in REFUND_AGAIN
        )

    def find(self, order: RefundOrder) -> RefundOutcome:
        """The refund with our mark among those of the payment's order; asking creates nothing."""
        capture = self._client.get(path_of(CAPTURES, order.payment_reference))
        if capture.missing:
            return NOT_FOUND
        paid = self._client.get(path_of(ORDERS, _order_of(capture)))
        if not paid.done:
            raise NoAnswer(paid.issue)
        for made in reading.payments(paid.body, "refunds"):
            if made.get("custom_id") == order.refund_id:
                return _outcome(made)
        return NOT_FOUND

    def find_named(self, reference: str) -> RefundReport:
        """The refund that PayPal calls so, also one that was made on its own pages."""
        answer = self._client.get(path_of(REFUNDS, reference))
        if answer.missing:
            return RefundReport(reference, NOT_FOUND)
        if not answer.done:
            raise NoAnswer(answer.issue)
        return RefundReport(
            reference=reference,
            outcome=_outcome(answer.body),
            payment_reference=_capture_of(answer.body),
            mark=reading.text_of(answer.body, "custom_id"),
        )


def _capture_of(refund: Document) -> str:
    """The capture that the refund is of: the last step of the link up."""
    above = reading.link(refund, "up")
    if above is None:
        raise NoAnswer("a refund that names no capture")
    return urlsplit(above).path.rpartition("/")[2]


def _order_of(capture: Answer) -> str:
    order_id = reading.text_of(reading.section(capture.body, "supplementary_data", "related_ids"), "order_id")
    if order_id is None:
        raise NoAnswer("a capture that names no order")
    return order_id


def _outcome(refund: Document) -> RefundOutcome:
    kind = KINDS.get(str(refund.get("status")), RefundOutcomeKind.UNKNOWN)
    failed = kind is RefundOutcomeKind.FAILED
    reason = reading.text_of(reading.section(refund, "status_details"), "reason")
    return RefundOutcome(
        kind,
        reference=reading.text_of(refund, "id"),
        amount=reading.amount_of(refund),
        failure_code=(reason or f"REFUND_{refund.get('status')}") if failed else None,
        retry=failed,
    )
