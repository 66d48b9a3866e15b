"""Promo codes and their redemptions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import selectinload

from app.billing.money import Money
from app.billing.promotions import PromoCodeFacts, PromoDuration, PromoRefused
from app.models import PromoCode, PromoRedemption
from app.repositories.base import Repository


class PromoCodeRepository(Repository[PromoCode]):
    """Promo codes."""

    model = PromoCode

    def by_code(self, code: str) -> PromoCode | None:
        """The code in its normalised form."""
        return self.session.scalar(
            select(PromoCode).where(PromoCode.code == code).options(selectinload(PromoCode.connectors))
        )

    def facts(self, promo_code_ids: Collection[int]) -> dict[int | None, PromoCodeFacts]:
        """What these codes take off, by id, whoever uses them."""
        if not promo_code_ids:
            return {}
        rows = self.session.scalars(
            select(PromoCode)
            .where(PromoCode.id.in_(set(promo_code_ids)))
            .options(selectinload(PromoCode.connectors))
        )
        return {row.id: promo_facts(row) for row in rows}

    def of_renewals(self, promo_code_ids: Collection[int | None]) -> dict[int | None, PromoCodeFacts]:
        """What these codes take off renewals; one whose uses were spent elsewhere takes off nothing."""
        facts = self.facts([each for each in promo_code_ids if each is not None])
        return {each: promo for each, promo in facts.items() if promo.lowers_renewals()}

    def lasting(self, promo_code_ids: Collection[int | None]) -> frozenset[int]:
        """Those of the codes that lower every period."""
        wanted = {each for each in promo_code_ids if each is not None}
        if not wanted:
            return frozenset()
        query = select(PromoCode.id).where(
            PromoCode.id.in_(wanted), PromoCode.duration == PromoDuration.EVERY
        )
        return frozenset(self.session.scalars(query))

    def redemptions_of(self, customer_id: int, promo_code_id: int) -> int:
        """How often the customer has used the code."""
        query = select(func.count()).where(
            PromoRedemption.promo_code_id == promo_code_id,
            PromoRedemption.customer_id == customer_id,
            PromoRedemption.released_at.is_(None),
        )
        return self.session.scalar(query) or 0

    def redeem(self, promo_code_id: int) -> None:
        """Count one use; raises PromoRefused (PROMO_USED_UP) at the limit, however many ask at once."""
        left = or_(PromoCode.max_redemptions.is_(None), PromoCode.redemptions < PromoCode.max_redemptions)
        counted = self.session.execute(
            update(PromoCode)
            .where(PromoCode.id == promo_code_id, left)
            .values(redemptions=PromoCode.redemptions + 1)
            .returning(PromoCode.id)
        )
        if counted.first() is None:
            raise PromoRefused(f"promo code {promo_code_id}", code="PROMO_USED_UP")

    def release(self, invoice_id: int, now: datetime) -> None:
        """Give the uses of an invoice back."""
        released = self.session.scalars(
            update(PromoRedemption)
            .where(PromoRedemption.invoice_id == invoice_id, PromoRedemption.released_at.is_(None))
            .values(released_at=now)
            .returning(PromoRedemption.promo_code_id)
        ).all()
        if released:
            self.session.execute(
                update(PromoCode)
                .where(PromoCode.id.in_(released))
                .values(redemptions=PromoCode.redemptions - 1)
            )

    def released_from(self, invoice_id: int) -> frozenset[int]:
        """The codes whose uses an invoice gave back."""
        return frozenset(
            self.session.scalars(
                select(PromoRedemption.promo_code_id).where(
                    PromoRedemption.invoice_id == invoice_id, PromoRedemption.released_at.is_not(None)
                )
            )
        )


def promo_facts(
    row: PromoCode, *, customer_id: int = 0, redemptions_of_customer: int = 0, customer_has_paid: bool = False
) -> PromoCodeFacts:
    """A stored code as the rules take it; without a customer for what it takes off only."""
    amount = None
    if row.amount_minor is not None and row.currency is not None:
        amount = Money(row.amount_minor, row.currency)
    return PromoCodeFacts(
        code=row.code,
        kind=row.kind,
        percent=row.percent,
        amount=amount,
        duration=row.duration,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        max_redemptions=row.max_redemptions,
        redemptions=row.redemptions,
        max_per_customer=row.max_per_customer,
        redemptions_of_customer=redemptions_of_customer,
        only_connector_ids=frozenset(connector.id for connector in row.connectors),
        only_customer_id=row.customer_id,
        first_order_only=row.first_order_only,
        customer_id=customer_id,
        customer_has_paid=customer_has_paid,
    )
