"""Methods that a provider saves only after their payment, and names later (H3, H6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from app.billing.actors import Actor
from app.billing.payment import SavedMethod
from app.billing.ports import PaymentProvider
from app.models import PaymentMethod
from app.services.provider_answers import Found, provider_of
from app.services.unit_of_work import Transactions

LATE = timedelta(days=7)
"""How long after its payment a method may still be named."""


def keep_late_method(
    transactions: Transactions,
    providers: Mapping[str, PaymentProvider],
    *,
    provider: str,
    token: str,
    now: datetime,
    real_now: datetime,
) -> Found:
    """Keep a method that nobody knows for the customer whose payment saved it.

    The provider is asked about each late payment that named no method: only the one that says this very
    token is it, so that nobody gets another's. Kept it is as if it had been named in time. NOTHING when
    no payment says so, SILENCE when one of them gave no answer.
    """
    gateway = provider_of(providers, provider)
    with transactions.reading() as repositories:
        candidates = repositories.attempts.without_method(provider, real_now - LATE)
    silent = False
    for attempt_id in candidates:
        outcome = gateway.find(str(attempt_id))
        if outcome.method is not None and outcome.method.token == token:
            _keep(transactions, provider, attempt_id, outcome.method, now)
            return Found.OURS
        silent = silent or outcome.amount is None
    return Found.SILENCE if silent else Found.NOTHING


def _keep(
    transactions: Transactions, provider: str, attempt_id: UUID, saved: SavedMethod, now: datetime
) -> None:
    with transactions.begin(Actor.system(f"method:{provider}")) as work:
        ((_, customer_id),) = work.attempts.owners([attempt_id])
        work.customers.get(customer_id, lock=True)
        work.payment_methods.keep(
            PaymentMethod.of(saved, customer_id=customer_id, provider=provider, created_at=now)
        )
        method = work.payment_methods.by_token(provider, saved.token)
        if method is None or method.customer_id != customer_id:
            return
        work.payments.of_attempt(attempt_id).method_label = method.masked
        work.audit("payment_method.add", "payment_method", method.id, customer_id=customer_id, now=now)
