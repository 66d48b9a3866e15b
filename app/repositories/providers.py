"""Disputes, and how far the events of providers have been read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import insert

from app.billing.disputes import TAKES_MONEY
from app.models import Dispute, Payment, ProviderCursor
from app.repositories.base import Repository


class DisputeRepository(Repository[Dispute]):
    """Payments that banks take back."""

    model = Dispute

    def by_reference(self, provider: str, reference: str) -> Dispute | None:
        """The dispute that the provider calls so; its customer must be locked."""
        return self.session.scalar(
            select(Dispute)
            .where(Dispute.provider == provider, Dispute.reference == reference)
            .execution_options(populate_existing=True)
        )

    def lost_of(self, payment_id: int) -> int:
        """What lost disputes have taken of the payment, in minor units."""
        lost = select(func.coalesce(func.sum(Dispute.lost_minor), 0)).where(Dispute.payment_id == payment_id)
        return int(self.session.scalar(lost) or 0)

    def takes_money_of(self, invoice_id: int) -> bool:
        """Whether a bank takes back, or has taken, a payment of the invoice."""
        disputed = (
            select(Dispute.id)
            .join(Payment)
            .where(Payment.invoice_id == invoice_id, Dispute.state.in_(TAKES_MONEY))
        )
        return bool(self.session.scalar(select(exists(disputed))))


class ProviderCursorRepository(Repository[ProviderCursor]):
    """How far the events of each provider have been read."""

    model = ProviderCursor

    def seen_until(self, provider: str) -> datetime | None:
        """Until when everything of the provider is known; None when it was never asked."""
        return self.session.scalar(
            select(ProviderCursor.seen_until).where(ProviderCursor.provider == provider)
        )

    def move(self, provider: str, seen_until: datetime, asked_at: datetime, found: int) -> None:
        """Remember how far the provider's events have been read; never back."""
        statement = insert(ProviderCursor).values(
            provider=provider, seen_until=seen_until, asked_at=asked_at, found=found
        )
        self.session.execute(
            statement.on_conflict_do_update(
                index_elements=[ProviderCursor.provider],
                set_={"seen_until": seen_until, "asked_at": asked_at, "found": found},
                where=ProviderCursor.asked_at <= asked_at,
            )
        )
