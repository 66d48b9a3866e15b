"""The subscription check (D1-D6): load, decide, bind and count if the decision says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import bcrypt
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from app.billing.actors import Actor
from app.billing.api_key import Scope, fingerprint
from app.billing.check import KEY_UNKNOWN, SCOPE_MISSING, CheckDecision, decide
from app.billing.errors import BillingError
from app.repositories.entitlements import (
    KeyHolder,
    bind_subscription,
    load_key_holder,
    mark_key_verified,
)
from app.services.closing import close_if_over
from app.services.metering import AllowedOperation, record_operation
from app.services.unit_of_work import Transactions

BINDING_ROUNDS = 4
"""A lost race is decided anew; with each round one more subscription is bound, so few are enough."""
log = structlog.get_logger()


class CheckUndecided(BillingError):
    """The answer can't be known right now; the caller should ask again."""

    code = "TRY_AGAIN"


@dataclass(frozen=True, slots=True)
class Checking:
    """What the check needs. `engine` is in autocommit: reading costs one round trip."""

    engine: Engine
    transactions: Transactions
    peppers: Sequence[bytes]
    """The pepper in use, and during a rotation the one before."""


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """The decision, and whose it is: the ids are None for an unknown key."""

    decision: CheckDecision
    language: str
    api_key_id: int | None = None


def check_subscription(
    checking: Checking,
    *,
    key: str,
    connector: str,
    account: str,
    now: datetime,
    operation_id: str | None = None,
) -> CheckAnswer:
    """Whether the holder of the key may use the connector in this Make account now.

    The first positive answer binds an unbound subscription to the account; of simultaneous first
    checks from two accounts exactly one binds it. Where operations are paid for, one is on disk before
    a yes is answered (I1), once for the same `operation_id` within 24 hours. Raises CheckUndecided when
    races don't end, or the operation could not be counted.
    """
    for _ in range(BINDING_ROUNDS):
        holder = find_key_holder(checking, key, now)
        if holder is None:
            return CheckAnswer(KEY_UNKNOWN, language="ru")
        if Scope.CHECK not in holder.scopes:
            return CheckAnswer(SCOPE_MISSING, holder.language, holder.api_key_id)
        decision = decide(holder.facts, connector, account, now)
        if decision.bind is not None and not _bind(checking, holder, decision.bind, account, now):
            continue
        if decision.metered is not None:
            _count(checking, AllowedOperation(decision.metered, holder.api_key_id, operation_id), now)
        return CheckAnswer(decision, holder.language, holder.api_key_id)
    raise CheckUndecided()


def find_key_holder(checking: Checking, key: str, now: datetime) -> KeyHolder | None:
    """The holder of a presented key, or None for an unknown one.

    The fingerprint finds the row; bcrypt confirms the key once in its life, at its first use. Connections
    are not tried out before their use, so one that a restart of the database has cut is replaced once.
    """
    try:
        return _find_key_holder(checking, key, now)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        return _find_key_holder(checking, key, now)


def _find_key_holder(checking: Checking, key: str, now: datetime) -> KeyHolder | None:
    with checking.engine.connect() as connection:
        found = (load_key_holder(connection, fingerprint(key, pepper)) for pepper in checking.peppers)
        holder = next((each for each in found if each is not None), None)
        if holder is None or holder.verified:
            return holder
        if holder.bcrypt_hash is None or not bcrypt.checkpw(key.encode(), holder.bcrypt_hash.encode()):
            return None
        mark_key_verified(connection, holder.api_key_id, now)
        return holder


def _bind(checking: Checking, holder: KeyHolder, subscription_id: int, account: str, now: datetime) -> bool:
    """Bind the subscription; False when somebody was faster and the facts must be read again.

    A subscription that is over but not swept yet gives its account up first (D6).
    """
    try:
        with checking.transactions.begin(Actor.api_key(holder.api_key_id)) as work:
            work.customers.get(holder.customer_id, lock=True)  # closing a rival may void its open renewal
            for rival in work.subscriptions.holding(subscription_id, account):
                close_if_over(work, rival, now)
            work.session.flush()
            bound = bind_subscription(work.session.connection(), subscription_id, account, now)
            if bound:
                work.audit(
                    "subscription.bind",
                    "subscription",
                    subscription_id,
                    customer_id=holder.customer_id,
                    now=now,
                )
            return bound
    except IntegrityError:
        return False


def _count(checking: Checking, operation: AllowedOperation, now: datetime) -> None:
    """Count the operation; what is not surely on the bill is no yes, and not a no either."""
    try:
        record_operation(checking.transactions, operation=operation, now=now)
    except SQLAlchemyError as error:
        log.warning(
            "operation_not_counted", subscription=operation.subscription_id, error=type(error).__name__
        )
        raise CheckUndecided() from error
