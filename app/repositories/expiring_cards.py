"""Saved cards that run out before their next charge (H6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Date, ScalarSelect, and_, cast, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.billing.card_expiry import CARD_NOTICES
from app.billing.invoice import CHARGED
from app.billing.periods import SELLER_ZONE
from app.billing.subscription import SubscriptionStatus
from app.models import PaymentMethod, Subscription
from app.repositories.customers import is_billed

OTHER = aliased(PaymentMethod)
CAN_BE_CHARGED = (OTHER.deleted_at.is_(None), OTHER.unusable_since.is_(None))


def running_out(session: Session, today: date) -> Sequence[tuple[int, int]]:
    """Cards whose owners are to be told today, as `card_notice_due` says, with the customers, by customer.

    Only those that a renewal after their last day would be charged to.
    """
    early, late = CARD_NOTICES
    told_on = _day(PaymentMethod.expiry_noticed_at)
    rows = session.execute(
        select(PaymentMethod.id, PaymentMethod.customer_id)
        .where(
            PaymentMethod.deleted_at.is_(None),
            PaymentMethod.unusable_since.is_(None),
            PaymentMethod.valid_until.between(today, today + early),
            or_(
                told_on.is_(None),
                and_(
                    PaymentMethod.valid_until <= today + late, told_on < PaymentMethod.valid_until - late.days
                ),
            ),
            _pays_a_later_renewal(),
            is_billed(PaymentMethod.customer_id),
        )
        .order_by(PaymentMethod.customer_id, PaymentMethod.id)
    )
    return [(row[0], row[1]) for row in rows]


def _pays_a_later_renewal() -> ColumnElement[bool]:
    ends_at = _day(func.coalesce(Subscription.period_end, Subscription.trial_ends_at))
    continues = (Subscription.status == SubscriptionStatus.TRIAL) & Subscription.continues_after_trial
    return exists().where(
        Subscription.customer_id == PaymentMethod.customer_id,
        Subscription.auto_renew,
        Subscription.method.in_(CHARGED),
        (Subscription.status == SubscriptionStatus.ACTIVE) | continues,
        ends_at > PaymentMethod.valid_until,
        func.coalesce(_named(), _default()) == PaymentMethod.id,
    )


def _named() -> ScalarSelect[int]:
    """The method that the subscription names, if it can be charged."""
    return (
        select(OTHER.id).where(OTHER.id == Subscription.payment_method_id, *CAN_BE_CHARGED).scalar_subquery()
    )


def _default() -> ScalarSelect[int]:
    """The customer's default method."""
    return (
        select(OTHER.id)
        .where(OTHER.customer_id == Subscription.customer_id, *CAN_BE_CHARGED)
        .order_by(OTHER.preferred_at.desc().nulls_last(), OTHER.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _day(instant: ColumnElement[object] | InstrumentedAttribute[object]) -> ColumnElement[date]:
    """The local day of an instant."""
    return cast(func.timezone(SELLER_ZONE.key, instant), Date)
