"""PayPal's refusals as data: what each issue means for a charge and for a refund.

Sources: the lists of issues in PayPal's OpenAPI descriptions (orders.capture-422, captures.refund-422)
and its table of common errors of Orders v2.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.billing.payment import OutcomeKind


class NoAnswer(Exception):
    """Nobody knows what became of the request: no connection, a timeout, 5xx, 429, refused credentials."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an issue means for the attempt. `retry`: the same method may be charged again."""

    kind: OutcomeKind
    retry: bool = False


TRY_AGAIN = Refusal(OutcomeKind.FAILED, retry=True)
FOR_GOOD = Refusal(OutcomeKind.FAILED)
IN_DOUBT = Refusal(OutcomeKind.UNKNOWN)
CUSTOMER = Refusal(OutcomeKind.AWAITING_CUSTOMER)

CHARGE_ISSUES = {
    # The payer's money or bank says no today.
    "INSTRUMENT_DECLINED": TRY_AGAIN,
    "TRANSACTION_REFUSED": TRY_AGAIN,
    "PAYER_CANNOT_PAY": TRY_AGAIN,
    "TRANSACTION_LIMIT_EXCEEDED": TRY_AGAIN,
    "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING": TRY_AGAIN,
    # The method or its owner's account will not pay any more.
    "AGREEMENT_ALREADY_CANCELLED": FOR_GOOD,
    "BILLING_AGREEMENT_NOT_FOUND": FOR_GOOD,
    "TOKEN_ID_NOT_FOUND": FOR_GOOD,
    "INVALID_RESOURCE_ID": FOR_GOOD,
    "PAYER_ACCOUNT_LOCKED_OR_CLOSED": FOR_GOOD,
    "PAYER_ACCOUNT_RESTRICTED": FOR_GOOD,
    "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED": FOR_GOOD,
    "COMPLIANCE_VIOLATION": FOR_GOOD,
    "TRANSACTION_BLOCKED_BY_PAYEE": FOR_GOOD,
    "CURRENCY_NOT_SUPPORTED": FOR_GOOD,
    "INVALID_CURRENCY_CODE": FOR_GOOD,
    "DECIMALS_NOT_SUPPORTED": FOR_GOOD,
    # The customer has to do something on PayPal's page.
    "PAYER_ACTION_REQUIRED": CUSTOMER,
    # Money may have moved under this very id, or is moving.
    "DUPLICATE_INVOICE_ID": IN_DOUBT,
    "ORDER_COMPLETION_IN_PROGRESS": IN_DOUBT,
    "PREVIOUS_REQUEST_IN_PROGRESS": IN_DOUBT,
    # Our own account is at fault: the customer must not be dunned for it.
    "PAYEE_ACCOUNT_LOCKED_OR_CLOSED": IN_DOUBT,
    "PAYEE_ACCOUNT_RESTRICTED": IN_DOUBT,
    "PAYEE_BLOCKED_TRANSACTION": IN_DOUBT,
    "TRANSACTION_RECEIVING_LIMIT_EXCEEDED": IN_DOUBT,
}


def charge_refusal(issue: str, status: int) -> Refusal:
    """What a refusal of a charge means; one that is not listed may be tried again unless it is malformed."""
    return CHARGE_ISSUES.get(issue, FOR_GOOD if status == 400 else TRY_AGAIN)


CLOSED_TO_CAPTURE = frozenset({"ORDER_ALREADY_CAPTURED", "ORDER_ALREADY_COMPLETED"})
"""The order was captured by somebody else a moment ago: it is to be read again."""

REFUND_MAY_BE_OURS = frozenset({"CAPTURE_FULLY_REFUNDED", "REFUND_AMOUNT_EXCEEDED"})
"""Nothing is left to refund, perhaps because this very refund was made."""

REFUND_AGAIN = frozenset(
    {
        "REFUND_FAILED_INSUFFICIENT_FUNDS",
        "PENDING_CAPTURE",
        "TRANSACTION_DISPUTED",
        "PAYEE_ACCOUNT_RESTRICTED",
    }
)
"""Refusals of a refund that may be gone tomorrow; every other one is for good."""
