"""Orders to send money back."""

from __future__ import annotations

from uuid import uuid4

from app.billing.money import Money
from app.billing.payment import ChargeOutcome
from app.billing.provider import RefundOrder


def order_for(paid: ChargeOutcome | None, minor: int = 150_000) -> RefundOrder:
    """Send back so much of a charge; without one, of a charge that nobody knows."""
    reference = paid.reference if paid is not None and paid.reference else "pi_unknown"
    return RefundOrder(str(uuid4()), reference, Money(minor, "RUB"))
