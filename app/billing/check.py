"""The subscription check: one pure decision (D2, D3, design §5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.billing.api_key import ApiKeyStatus, KeyFacts, is_expired
from app.billing.entitlement import (
    SubscriptionFacts,
    access_until,
    effective_status,
    grants_access,
    paid_since,
    promised_until,
)
from app.billing.subscription import SubscriptionStatus


class CheckCode(StrEnum):
    """Every answer that the check can give."""

    OK = "OK"
    TRIAL = "TRIAL"
    GRACE = "GRACE"
    ACCOUNT_MISMATCH = "ACCOUNT_MISMATCH"
    ACCOUNT_CHANGED = "ACCOUNT_CHANGED"
    NOT_SUBSCRIBED = "NOT_SUBSCRIBED"
    EXPIRED = "EXPIRED"
    CANCELED = "CANCELED"
    PAYMENT_REQUIRED = "PAYMENT_REQUIRED"
    PENDING = "PENDING"
    KEY_UNKNOWN = "KEY_UNKNOWN"
    KEY_REVOKED = "KEY_REVOKED"
    KEY_EXPIRED = "KEY_EXPIRED"
    CUSTOMER_BLOCKED = "CUSTOMER_BLOCKED"
    SCOPE_MISSING = "SCOPE_MISSING"


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """All that is stored about the holder of a key: the key, the customer and every subscription."""

    key: KeyFacts
    customer_blocked: bool
    subscriptions: tuple[SubscriptionFacts, ...]


@dataclass(frozen=True, slots=True)
class CheckDecision:
    """The verdict. `bind` names a subscription that must first be bound to the account (D3), `metered` one
    on which the operation must first be counted (I1).
    """

    code: CheckCode
    allowed: bool = False
    active: bool = False
    has_access: bool = False
    account_id: str | None = None
    status: SubscriptionStatus | None = None
    valid_until: datetime | None = None
    grace_until: datetime | None = None
    bind: int | None = None
    metered: int | None = None


KEY_UNKNOWN = CheckDecision(CheckCode.KEY_UNKNOWN)
"""The answer when no stored key has the presented fingerprint."""
SCOPE_MISSING = CheckDecision(CheckCode.SCOPE_MISSING)
"""The answer to a key that was made for other work (E4)."""


def decide(facts: CheckFacts, connector: str, account: str, now: datetime) -> CheckDecision:
    """Whether the holder of the key may use the connector in this Make account now.

    The account is opaque and compared byte for byte. Among the customer's subscriptions to the
    connector the first of these decides (D3): granting and bound here; granting and unbound; granting
    and bound elsewhere; lapsed.
    """
    refusal = key_refusal(facts, now)
    if refusal is not None:
        return CheckDecision(refusal)
    held = [each for each in facts.subscriptions if each.connector == connector]
    granting = [each for each in held if grants_access(each, now)]
    for each in granting:
        if each.make_account == account:
            return _permission(each, account, now)
    for each in granting:
        if each.make_account is None:
            return _permission(each, account, now, bind=each.subscription_id)
    if granting:
        return _bound_elsewhere(granting, account, now)
    if held:
        return _lapsed(held, account, now)
    others_live = any(grants_access(each, now) for each in facts.subscriptions)
    return CheckDecision(CheckCode.NOT_SUBSCRIBED, active=others_live)


def key_refusal(facts: CheckFacts, now: datetime) -> CheckCode | None:
    """Why the key opens nothing at all, whatever is subscribed to; None when it is good."""
    if facts.key.status is ApiKeyStatus.DEACTIVATED:
        return CheckCode.KEY_REVOKED
    if facts.customer_blocked:
        return CheckCode.CUSTOMER_BLOCKED
    if is_expired(facts.key, paid_since(facts.subscriptions, now), now):
        return CheckCode.KEY_EXPIRED
    return None


def _permission(
    facts: SubscriptionFacts, account: str, now: datetime, bind: int | None = None
) -> CheckDecision:
    promised = promised_until(facts)
    in_grace = promised is not None and now >= promised
    if facts.status is SubscriptionStatus.TRIAL:
        code = CheckCode.TRIAL
    else:
        code = CheckCode.GRACE if in_grace else CheckCode.OK
    return CheckDecision(
        code=code,
        allowed=True,
        active=True,
        has_access=True,
        account_id=account,
        status=facts.status,
        valid_until=promised,
        grace_until=access_until(facts) if in_grace else None,
        bind=bind,
        metered=facts.subscription_id if facts.metered else None,
    )


def _bound_elsewhere(granting: list[SubscriptionFacts], account: str, now: datetime) -> CheckDecision:
    moved = [each for each in granting if each.previous_make_account == account]
    facts = (moved or granting)[0]
    permission = _permission(facts, account, now)
    return CheckDecision(
        code=CheckCode.ACCOUNT_CHANGED if moved else CheckCode.ACCOUNT_MISMATCH,
        active=True,
        has_access=True,
        account_id=facts.make_account,
        status=facts.status,
        valid_until=permission.valid_until,
        grace_until=permission.grace_until,
    )


def _lapsed(held: list[SubscriptionFacts], account: str, now: datetime) -> CheckDecision:
    bound_here = [each for each in held if each.make_account == account]
    facts = max(bound_here or held, key=lambda each: each.subscription_id)
    return CheckDecision(
        code=_lapse_code(facts),
        account_id=facts.make_account,
        status=effective_status(facts, now),
        valid_until=promised_until(facts),
    )


def _lapse_code(facts: SubscriptionFacts) -> CheckCode:
    """Why there is no access: the same before and after the sweep has written `expired`."""
    if facts.status is SubscriptionStatus.PENDING:
        return CheckCode.PENDING
    if facts.canceled_at is not None:
        return CheckCode.CANCELED
    renewal_never_charged = facts.first_paid_at is not None and facts.auto_renew
    if facts.first_failed_at is not None or renewal_never_charged:
        return CheckCode.PAYMENT_REQUIRED
    return CheckCode.EXPIRED
