"""Promo codes: made by staff, given with a cart (B5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.billing.actors import Actor
from app.billing.errors import Conflict, InvalidInput, NotFound
from app.billing.money import Money
from app.billing.promotions import (
    PROMO_CODE_PATTERN,
    PromoDuration,
    PromoKind,
    PromoRefused,
    normalised_code,
)
from app.billing.tax import BASIS_POINTS
from app.models import Cart, Connector, PromoCode
from app.services.carts import usable_promo
from app.services.unit_of_work import Transactions, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPromoCode:
    """A code to be made: either a percentage in basis points or an amount; limits are None for none."""

    code: str
    percent: int | None = None
    amount: Money | None = None
    duration: PromoDuration = PromoDuration.FIRST
    valid_from: datetime
    valid_until: datetime | None = None
    max_redemptions: int | None = None
    max_per_customer: int | None = 1
    customer_id: int | None = None
    first_order_only: bool = False
    connector_ids: frozenset[int] = frozenset()


def create_promo_code(transactions: Transactions, *, actor: Actor, new: NewPromoCode, now: datetime) -> int:
    """Make a code; answers its id. Raises InvalidInput (PROMO_CODE_FORM, PROMO_DISCOUNT, PROMO_LIMITS,
    PROMO_DATES), Conflict (PROMO_EXISTS), NotFound for an unknown connector or customer.
    """
    require_sound(new)
    try:
        with transactions.begin(actor) as work:
            row = work.promo_codes.add(_row(work, new, now))
            work.audit("promo_code.create", "promo_code", row.id, customer_id=new.customer_id, now=now)
            return row.id
    except IntegrityError as error:
        raise Conflict(f"promo code {normalised_code(new.code)} exists", code="PROMO_EXISTS") from error


def require_sound(new: NewPromoCode) -> None:
    """Refuse what can't be a code; see `create_promo_code` for the errors."""
    if PROMO_CODE_PATTERN.fullmatch(normalised_code(new.code)) is None:
        raise InvalidInput("3 to 32 Latin letters, digits and hyphens", code="PROMO_CODE_FORM")
    gives_percent = new.percent is not None and 0 < new.percent <= BASIS_POINTS
    gives_amount = new.amount is not None and new.amount.minor > 0
    if gives_percent == gives_amount or (new.percent is not None and new.amount is not None):
        raise InvalidInput("a percentage up to 100 or an amount", code="PROMO_DISCOUNT")
    limits = (new.max_redemptions, new.max_per_customer)
    if any(limit is not None and limit <= 0 for limit in limits):
        raise InvalidInput("a limit is positive", code="PROMO_LIMITS")
    if new.valid_until is not None and new.valid_until <= new.valid_from:
        raise InvalidInput("a code ends after it starts", code="PROMO_DATES")


def apply_promo_code(transactions: Transactions, *, customer_id: int, code: str, now: datetime) -> None:
    """Give a code with the open cart; another one before it is replaced.

    Raises NotFound (CART_EMPTY without an open cart with lines), PromoRefused with the reason's code;
    an unknown code is PROMO_UNKNOWN.
    """
    with transactions.begin(Actor.customer(customer_id)) as work:
        cart = _open_cart(work, customer_id)
        promo = work.promo_codes.by_code(normalised_code(code))
        if promo is None:
            raise PromoRefused("no such code", code="PROMO_UNKNOWN")
        usable_promo(work, promo, cart, work.customers.get(customer_id).currency, now)
        cart.promo_code_id = promo.id


def remove_promo_code(transactions: Transactions, *, customer_id: int) -> None:
    """Take the code off the open cart; without one nothing changes."""
    with transactions.begin(Actor.customer(customer_id)) as work:
        cart = work.carts.open_cart(customer_id, lock=True)
        if cart is not None:
            cart.promo_code_id = None


def _open_cart(work: UnitOfWork, customer_id: int) -> Cart:
    cart = work.carts.open_cart(customer_id, lock=True)
    if cart is None or not cart.lines:
        raise NotFound("open cart", code="CART_EMPTY")
    return cart


def _row(work: UnitOfWork, new: NewPromoCode, now: datetime) -> PromoCode:
    if new.customer_id is not None:
        work.customers.get(new.customer_id)
    connectors = work.session.scalars(select(Connector).where(Connector.id.in_(new.connector_ids))).all()
    if len(connectors) != len(new.connector_ids):
        raise NotFound("connector")
    return PromoCode(
        code=normalised_code(new.code),
        kind=PromoKind.AMOUNT if new.amount else PromoKind.PERCENT,
        percent=new.percent,
        amount_minor=new.amount.minor if new.amount else None,
        currency=new.amount.currency if new.amount else None,
        duration=new.duration,
        valid_from=new.valid_from,
        valid_until=new.valid_until,
        max_redemptions=new.max_redemptions,
        max_per_customer=new.max_per_customer,
        customer_id=new.customer_id,
        first_order_only=new.first_order_only,
        created_at=now,
        connectors=list(connectors),
    )
