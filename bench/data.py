"""Customers, keys and subscriptions for measurements, written in bulk."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, create_engine, insert, text

from app.billing.api_key import CONNECTOR_SCOPES, ApiKeyKind, ApiKeyStatus, fingerprint
from app.billing.periods import BillingInterval
from app.billing.subscription import SubscriptionStatus
from app.models import (
    ApiKey,
    Base,
    Connector,
    ConnectorStatus,
    ConnectorTier,
    Customer,
    CustomerStatus,
    Subscription,
)
from app.repositories.clock import SystemClock

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
CONNECTORS = 20
SUBSCRIPTIONS_EACH = 3
EXPIRED_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Question:
    """One check as a connector asks it."""

    key: str
    connector: str
    account: str


def fill(database_url: str, pepper: bytes, *, customers: int, seed: int) -> list[Question]:
    """Write customers with a verified key and three bound subscriptions each; all the questions they have."""
    source = random.Random(seed)  # noqa: S311 - made-up data
    now = SystemClock().now()
    questions: list[Question] = []
    engine = create_engine(database_url)
    with engine.begin() as connection:
        _insert(connection, Connector, [_connector(number) for number in range(1, CONNECTORS + 1)])
        _insert(connection, Customer, [_customer(number) for number in range(1, customers + 1)])
        keys, subscriptions = [], []
        for customer in range(1, customers + 1):
            key = ApiKeyKind.PRODUCTION.prefix + "".join(source.choices(ALPHABET, k=32))
            keys.append(_key(customer, key, pepper))
            for connector in source.sample(range(1, CONNECTORS + 1), SUBSCRIPTIONS_EACH):
                account = f"organisation-{customer}-{connector}"
                subscriptions.append(_subscription(customer, connector, account, now, source.random()))
                questions.append(Question(key, _slug(connector), account))
        _insert(connection, ApiKey, keys)
        _insert(connection, Subscription, subscriptions)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()
    source.shuffle(questions)
    return questions


def _insert(connection: Connection, model: type[Base], rows: list[dict[str, Any]]) -> None:
    connection.execute(insert(model), rows)


def _slug(number: int) -> str:
    return f"connector-{number}"


def _connector(number: int) -> dict[str, Any]:
    return {
        "slug": _slug(number),
        "name": f"Connector {number}",
        "description_ru": "",
        "description_en": "",
        "category": "crm",
        "tier": ConnectorTier.STANDARD,
        "status": ConnectorStatus.PUBLISHED,
        "version": "1.0.0",
        "created_at": LONG_AGO,
    }


def _customer(number: int) -> dict[str, Any]:
    email = f"customer{number}@example.com"
    return {
        "email": email,
        "canonical_email": email,
        "password_hash": "-",
        "name": f"Customer {number}",
        "status": CustomerStatus.ACTIVE,
        "created_at": LONG_AGO,
        "activated_at": LONG_AGO,
    }


def _key(customer: int, key: str, pepper: bytes) -> dict[str, Any]:
    return {
        "customer_id": customer,
        "kind": ApiKeyKind.PRODUCTION,
        "scopes": [scope.value for scope in CONNECTOR_SCOPES],
        "name": "Measured",
        "status": ApiKeyStatus.ACTIVE,
        "fingerprint": fingerprint(key, pepper),
        "bcrypt_hash": "-",  # never asked: the key counts as verified, as after its first use
        "last4": key[-4:],
        "created_at": LONG_AGO,
        "claimed_at": LONG_AGO,
        "verified_at": LONG_AGO,
    }


def _subscription(
    customer: int, connector: int, account: str, now: datetime, chance: float
) -> dict[str, Any]:
    expired = chance < EXPIRED_SHARE
    return {
        "customer_id": customer,
        "connector_id": connector,
        "make_account": account,
        "status": SubscriptionStatus.EXPIRED if expired else SubscriptionStatus.ACTIVE,
        "interval": BillingInterval.MONTH,
        "currency": "RUB",
        "auto_renew": not expired,
        "anchor_day": 1,
        "first_paid_at": LONG_AGO,
        "period_start": LONG_AGO,
        "period_end": now + timedelta(days=-5 if expired else 20),
        "created_at": LONG_AGO,
    }
