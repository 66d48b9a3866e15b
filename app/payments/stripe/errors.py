"""What went wrong with a call to Stripe: who must know, and in which words. Never a message, never a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import stripe
import structlog

log = structlog.get_logger()

UNANSWERED = (stripe.StripeError, KeyError)
"""No definite answer: no connection, a timeout, 409, 429, 5xx, a refused key, or an answer without the field
that matters."""

PASSING = (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError)
"""What passes by itself; everything else needs a person: our key, our permissions, our request."""

CONFLICT = 409

Answer = TypeVar("Answer")


def answered(doing: str, subject: str, call: Callable[[], Answer], otherwise: Answer) -> Answer:
    """The answer of the call, or `otherwise` when there was no definite one; that is logged."""
    try:
        return call()
    except UNANSWERED as error:
        report(error, doing, subject)
        return otherwise


def report(error: Exception, doing: str, subject: str) -> None:
    """Log what is known about a failed call: loud when it won't pass by itself.

    Only names and codes: messages of the provider may hold parts of the key or what a customer typed.
    """
    status = getattr(error, "http_status", None)
    passing = isinstance(error, PASSING) or status == CONFLICT
    record = log.warning if passing else log.error
    record(
        "stripe_unanswered" if passing else "stripe_refused",
        doing=doing,
        subject=subject,
        error=type(error).__name__,
        code=getattr(error, "code", None),
        status=status,
        request=getattr(error, "request_id", None),
    )


def is_missing(error: stripe.InvalidRequestError) -> bool:
    """Whether Stripe says that it has no such object."""
    return error.http_status == 404 or error.code == "resource_missing"
