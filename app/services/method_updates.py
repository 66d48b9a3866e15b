"""Saved methods as their providers have them now: cards that were renewed, cards that are gone (H2, H6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.billing.actors import Actor
from app.billing.payment import SavedMethod
from app.billing.ports import PaymentProvider
from app.models import PaymentMethod
from app.services.provider_answers import Found, provider_of
from app.services.unit_of_work import Transactions, UnitOfWork


def look_at_method(
    transactions: Transactions,
    providers: Mapping[str, PaymentProvider],
    *,
    provider: str,
    reference: str,
    now: datetime,
) -> Found:
    """Ask the provider how a saved method stands, and keep that; any order of looks ends the same.

    A renewed card has another number behind the same token. One that the provider can't charge any more is
    charged no more until it says otherwise. A deleted one stays deleted.
    """
    report = provider_of(providers, provider).find_method(reference)
    if report is None:
        return Found.SILENCE
    with transactions.begin(Actor.system(f"method:{provider}")) as work:
        row = work.payment_methods.by_token(provider, report.token)
        if row is None:
            return Found.NOTHING
        if row.deleted_at is None:
            _apply(work, row, report.method, now)
        return Found.OURS


def _apply(work: UnitOfWork, row: PaymentMethod, method: SavedMethod | None, now: datetime) -> None:
    before = _facts(row)
    if method is None:
        row.unusable_since = row.unusable_since or now
    else:
        row.brand, row.last4, row.fingerprint = method.brand, method.last4, method.fingerprint
        if row.valid_until != method.valid_until:
            row.valid_until, row.expiry_noticed_at = method.valid_until, None
        row.unusable_since = None
    if _facts(row) == before:
        return
    work.audit(
        "payment_method.update",
        "payment_method",
        row.id,
        customer_id=row.customer_id,
        now=now,
        details={"masked": row.masked, "chargeable": row.unusable_since is None},
    )


def _facts(row: PaymentMethod) -> tuple[object, ...]:
    return row.brand, row.last4, row.fingerprint, row.valid_until, row.unusable_since is None
