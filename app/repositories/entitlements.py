"""The loader of the check: everything about the holder of a key in one statement, without the ORM."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from app.billing.api_key import ApiKeyKind, ApiKeyStatus, KeyFacts, closing_time
from app.billing.check import CheckFacts, key_refusal
from app.billing.entitlement import SubscriptionFacts
from app.models import ApiKey, Connector, Customer, CustomerStatus, Subscription


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """A stored key, its customer and what the decision needs to know about them."""

    api_key_id: int
    customer_id: int
    language: str
    scopes: tuple[str, ...]
    bcrypt_hash: str | None
    verified: bool
    facts: CheckFacts

    def usable(self, now: datetime) -> bool:
        """Whether the key itself, apart from any subscription, may be used now."""
        return key_refusal(self.facts, now) is None


OTHER_KEY = ApiKey.__table__.alias("production_key")
PRODUCTION_KEY_SHOWN_AT = (
    select(func.min(OTHER_KEY.c.claimed_at))
    .where(OTHER_KEY.c.customer_id == ApiKey.customer_id, OTHER_KEY.c.kind == ApiKeyKind.PRODUCTION)
    .correlate(ApiKey)
    .scalar_subquery()
)
SUCCESSOR = ApiKey.__table__.alias("successor")
SUCCESSOR_SHOWN_AT = (
    select(SUCCESSOR.c.claimed_at)
    .where(SUCCESSOR.c.id == ApiKey.replaced_by_id)
    .correlate(ApiKey)
    .scalar_subquery()
)
HOLDER = (
    select(
        ApiKey.id.label("api_key_id"),
        ApiKey.customer_id,
        ApiKey.kind,
        ApiKey.status.label("key_status"),
        ApiKey.expires_at,
        ApiKey.scopes,
        ApiKey.bcrypt_hash,
        ApiKey.verified_at,
        PRODUCTION_KEY_SHOWN_AT.label("production_key_shown_at"),
        SUCCESSOR_SHOWN_AT.label("successor_shown_at"),
        ApiKey.rotation_overlap,
        Customer.language,
        Customer.status.label("customer_status"),
        Customer.billing_parked_at,
        Subscription.id.label("subscription_id"),
        Connector.slug,
        Subscription.status,
        Subscription.make_account,
        Subscription.previous_make_account,
        Subscription.auto_renew,
        Subscription.trial_ends_at,
        Subscription.first_paid_at,
        Subscription.period_end,
        Subscription.first_failed_at,
        Subscription.canceled_at,
        Subscription.metered,
    )
    .join(Customer, Customer.id == ApiKey.customer_id)
    .outerjoin(Subscription, Subscription.customer_id == Customer.id)
    .outerjoin(Connector, Connector.id == Subscription.connector_id)
    .where(ApiKey.fingerprint == bindparam("fingerprint"))
    .order_by(Subscription.id)
)
"""Built once: building a statement costs more than running it."""


def load_key_holder(connection: Connection, fingerprint: bytes) -> KeyHolder | None:
    """The holder of the key with this fingerprint, or None."""
    rows = connection.execute(HOLDER, {"fingerprint": fingerprint}).all()
    if not rows:
        return None
    first = rows[0]
    key = KeyFacts(
        kind=first.kind,
        status=ApiKeyStatus(first.key_status),
        expires_at=first.expires_at,
        production_key_shown_at=first.production_key_shown_at,
        closes_at=closing_time(first.successor_shown_at, first.rotation_overlap),
    )
    return KeyHolder(
        api_key_id=first.api_key_id,
        customer_id=first.customer_id,
        language=first.language,
        scopes=tuple(first.scopes),
        bcrypt_hash=first.bcrypt_hash,
        verified=first.verified_at is not None,
        facts=CheckFacts(
            key=key,
            customer_blocked=first.customer_status is not CustomerStatus.ACTIVE,
            subscriptions=tuple(_facts(row) for row in rows if row.subscription_id is not None),
        ),
    )


def mark_key_verified(connection: Connection, api_key_id: int, now: datetime) -> None:
    """Remember that bcrypt confirmed the key, so that it is never asked again."""
    connection.execute(
        update(ApiKey).where(ApiKey.id == api_key_id, ApiKey.verified_at.is_(None)).values(verified_at=now)
    )


def bind_subscription(connection: Connection, subscription_id: int, account: str, now: datetime) -> bool:
    """Bind an unbound subscription to a Make account; False when somebody was faster (D3).

    Raises IntegrityError when another live subscription to the connector has this account.
    """
    result = connection.execute(
        update(Subscription)
        .where(Subscription.id == subscription_id, Subscription.make_account.is_(None))
        .values(make_account=account, make_account_changed_at=now)
    )
    return result.rowcount == 1


def _facts(row: Row[Any]) -> SubscriptionFacts:
    return SubscriptionFacts(
        subscription_id=row.subscription_id,
        connector=row.slug,
        status=row.status,
        make_account=row.make_account,
        previous_make_account=row.previous_make_account,
        auto_renew=row.auto_renew,
        trial_ends_at=row.trial_ends_at,
        first_paid_at=row.first_paid_at,
        period_end=row.period_end,
        first_failed_at=row.first_failed_at,
        canceled_at=row.canceled_at,
        billing_parked=row.billing_parked_at is not None,
        metered=row.metered,
    )
