"""What can go wrong when a document is made."""

from __future__ import annotations

from app.billing.errors import BillingError


class RenderingFailed(BillingError):
    """The file could not be made; `retry` says whether trying the same again may help."""

    code = "RENDERING_FAILED"

    def __init__(self, code: str, *, retry: bool, message: str = "") -> None:
        super().__init__(message or code, code=code)
        self.retry = retry
