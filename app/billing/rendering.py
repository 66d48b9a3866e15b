"""What can go wrong when a document is rendered."""

from app.billing.errors import BillingError


class RenderingFailed(BillingError):
    """A document could not be turned into PDF.

    Codes: DOCUMENT_TOO_LARGE, RENDERING_ERROR, RENDERER_CPU_LIMIT and those of InvalidInput (the same
    document will fail again, `retry` is False); RENDERER_TIMEOUT, RENDERER_MEMORY_LIMIT and
    RENDERER_DIED (another try may succeed, `retry` is True). The message never holds texts of the document.
    """

    code = "RENDERING_ERROR"

    def __init__(self, code: str, *, retry: bool, message: str = "") -> None:
        super().__init__(message, code=code)
        self.retry = retry
