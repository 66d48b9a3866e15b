"""Refunds in a story: asked for by customers, decided by staff; providers send them, or finance does."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.billing.actors import Actor
from app.models import Subscription, SubscriptionPeriod
from app.services.refunds import RefundRequest, approve_refund, reject_refund, request_refund
from app.simulation.customers import SimulatedCustomer
from app.simulation.finance import FINANCE
from app.simulation.life import Life

THINKING = (timedelta(hours=2), timedelta(days=4))


def ask_for_last_refund(life: Life, customer: SimulatedCustomer) -> None:
    """Ask for the money of what was bought last."""
    bought = [row for row in life.look(customer).subscriptions if row.first_paid_at is not None]
    if bought:
        ask_for_refund(life, customer, max(bought, key=lambda row: (row.first_paid_at, row.created_at)))


def ask_for_refund(life: Life, customer: SimulatedCustomer, row: Subscription) -> None:
    """Ask for the money of the last paid period."""
    last = _last_paid_period(life, row)
    if last is None:
        return
    request = RefundRequest(customer.id, last.invoice_line_id, "It is not what I need.")
    asked: list[int] = []
    life.ask(
        customer,
        "ask for a refund",
        lambda: asked.append(
            request_refund(
                life.world.transactions, actor=Actor.customer(customer.id), request=request, now=life.now
            )
        ),
    )
    if asked:
        life.world.agenda.after(
            customer.dice.span(*THINKING), lambda: _decide(life, customer, last, asked[0])
        )


def _decide(life: Life, customer: SimulatedCustomer, last: SubscriptionPeriod, refund_id: int) -> None:
    decide = reject_refund if customer.dice.chance(0.2) else approve_refund
    done = life.ask(
        customer,
        "decide a refund",
        lambda: decide(
            life.world.transactions,
            actor=FINANCE,
            refund_id=refund_id,
            reason="as the policy says",
            now=life.now,
        ),
    )
    if done and decide is approve_refund:
        wish = customer.wish(last.subscription_id)
        wish.leaving_since = life.now
        if last.starts_at <= life.now:  # what was paid before a period that has not begun stays
            wish.closed_since = life.now


def _last_paid_period(life: Life, row: Subscription) -> SubscriptionPeriod | None:
    with life.world.transactions.reading() as repositories:
        return repositories.session.scalar(
            select(SubscriptionPeriod)
            .where(SubscriptionPeriod.subscription_id == row.id)
            .order_by(SubscriptionPeriod.starts_at.desc())
            .limit(1)
        )
