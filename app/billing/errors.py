"""Errors of the business. Each carries a stable code; entry points map codes to their own answers."""


class BillingError(Exception):
    """A rule of the business refuses what was asked.

    `code` is stable and goes to customers and connectors; `message` is for engineers and logs and
    never holds personal data or secrets.
    """

    code = "BILLING_ERROR"

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        super().__init__(message or self.code)
        if code is not None:
            self.code = code


class NotFound(BillingError):
    """The object does not exist, or it is not this customer's: the two look the same from outside."""

    code = "NOT_FOUND"


class Conflict(BillingError):
    """What was asked contradicts the present state of the object."""

    code = "CONFLICT"


class InvalidInput(BillingError):
    """A value breaks a rule that the edge could not check by its shape alone."""

    code = "INVALID_INPUT"


class NotPermitted(BillingError):
    """The actor may not do this."""

    code = "NOT_PERMITTED"


class QueueUnreachable(BillingError):
    """The queue of the workers does not answer: what was promised waits in the outbox."""

    code = "QUEUE_UNREACHABLE"
