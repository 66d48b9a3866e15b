"""API keys: waiting for their owner, shown once, named, deactivated, deleted (E1-E3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import bcrypt

from app.billing.actors import Actor
from app.billing.api_key import (
    CONNECTOR_SCOPES,
    LIVE_KEYS,
    ApiKeyKind,
    ApiKeyStatus,
    KeyLabel,
    check_room,
    fingerprint,
    mint_key,
    without_keys,
)
from app.billing.errors import Conflict, InvalidInput
from app.billing.mail import MailKind
from app.models import ApiKey, Customer
from app.services.key_overview import end_of_key
from app.services.unit_of_work import Transactions, UnitOfWork

AUTOMATIC_NAME = {
    ("ru", ApiKeyKind.PRODUCTION): "Автоматически созданный ключ",
    ("en", ApiKeyKind.PRODUCTION): "Automatically created key",
    ("ru", ApiKeyKind.TRIAL): "Ключ пробного периода",
    ("en", ApiKeyKind.TRIAL): "Trial key",
}
LONGEST_REASON = 500


class AlreadyShown(Conflict):
    """The secret of this key was shown before; nobody can see it again."""

    code = "KEY_ALREADY_SHOWN"


def add_waiting_key(
    work: UnitOfWork, customer: Customer, kind: ApiKeyKind, now: datetime, expires_at: datetime | None = None
) -> ApiKey:
    """Create the key that comes by itself, with the trial or the first payment, and tell its owner.

    It has no secret: its owner mints one by opening the page that shows it once.
    """
    label = KeyLabel(AUTOMATIC_NAME[customer.language, kind])
    key = store_waiting_key(
        work, customer_id=customer.id, kind=kind, label=label, expires_at=expires_at, now=now
    )
    if kind is not ApiKeyKind.TRIAL:  # the mail about the trial tells of its key
        work.promise_mail(MailKind.API_KEY_WAITING, customer.id, api_key_id=key.id)
    return key


def store_waiting_key(
    work: UnitOfWork,
    *,
    customer_id: int,
    kind: ApiKeyKind,
    label: KeyLabel,
    scopes: Iterable[str] = CONNECTOR_SCOPES,
    expires_at: datetime | None = None,
    reason: str = "created",
    now: datetime,
) -> ApiKey:
    """Store a key without a secret, with the first row of its history. Tells nobody."""
    key = work.api_keys.add(
        ApiKey(
            customer_id=customer_id,
            kind=kind,
            scopes=[str(scope) for scope in scopes],
            name=label.name,
            group_name=label.group,
            status=ApiKeyStatus.UNCLAIMED,
            created_at=now,
            expires_at=expires_at,
        )
    )
    work.record_status("api_key", key.id, None, ApiKeyStatus.UNCLAIMED, reason, now)
    return key


def create_key(
    transactions: Transactions, *, actor: Actor, customer_id: int, label: KeyLabel, now: datetime
) -> int:
    """Create another waiting production key; returns its id.

    Raises TooManyKeys when the customer has as many live keys as are allowed.
    """
    with transactions.begin(actor) as work:
        work.customers.get(customer_id, lock=True)  # two who create at once are counted one after the other
        check_room(work.api_keys.live_count(customer_id))
        key = store_waiting_key(
            work, customer_id=customer_id, kind=ApiKeyKind.PRODUCTION, label=label, now=now
        )
        work.audit("api_key.create", "api_key", key.id, customer_id=customer_id, now=now)
        work.promise_mail(MailKind.API_KEY_WAITING, customer_id, api_key_id=key.id)
        return key.id


def reveal_key(
    transactions: Transactions,
    *,
    customer_id: int,
    api_key_id: int,
    pepper: bytes,
    bcrypt_cost: int,
    now: datetime,
) -> str:
    """Mint the secret of a waiting key and return it: the only moment at which it exists in plain text.

    From this moment the overlap with the key that it replaces runs, and a mail says until when.
    Raises NotFound for another customer's key and AlreadyShown the second time.
    """
    with transactions.begin(Actor.customer(customer_id)) as work:
        key, predecessor = work.api_keys.locked_with_predecessor(customer_id, api_key_id)
        if key.status is not ApiKeyStatus.UNCLAIMED:
            raise AlreadyShown(f"api key {api_key_id}")
        first_production_key = (
            key.kind is ApiKeyKind.PRODUCTION and work.api_keys.production_key_shown_at(customer_id) is None
        )
        secret = mint_key(key.kind)
        key.fingerprint = fingerprint(secret, pepper)
        key.bcrypt_hash = bcrypt.hashpw(secret.encode(), bcrypt.gensalt(bcrypt_cost)).decode()
        key.last4 = secret[-4:]
        key.claimed_at = now
        key.status = ApiKeyStatus.ACTIVE
        work.record_status(
            "api_key", key.id, ApiKeyStatus.UNCLAIMED, ApiKeyStatus.ACTIVE, "shown to its owner", now
        )
        work.audit("api_key.reveal", "api_key", key.id, customer_id=customer_id, now=now)
        if first_production_key and work.api_keys.has_kind(customer_id, ApiKeyKind.TRIAL):
            work.promise_mail(MailKind.SWITCH_TO_PRODUCTION_KEY, customer_id, dedupe_key=str(customer_id))
        if predecessor is not None and predecessor.status in LIVE_KEYS:
            _hand_over(work, predecessor, now)
        return secret


def label_key(
    transactions: Transactions,
    *,
    actor: Actor,
    customer_id: int,
    api_key_id: int,
    label: KeyLabel,
    now: datetime,
) -> None:
    """Give a key another name and group. Raises NotFound for another customer's key."""
    with transactions.begin(actor) as work:
        key = work.api_keys.one_of_customer(customer_id, api_key_id, lock=True)
        if KeyLabel(key.name, key.group_name) == label:
            return
        key.name, key.group_name = label.name, label.group
        work.audit("api_key.label", "api_key", key.id, customer_id=customer_id, now=now)


def deactivate_key(
    transactions: Transactions, *, actor: Actor, customer_id: int, api_key_id: int, reason: str, now: datetime
) -> None:
    """Switch a key off for good: the very next check refuses it. Doing it twice changes nothing.

    Switching off a successor that was not shown yet takes the rotation back: the old key stays.
    Raises NotFound for another customer's key and InvalidInput without a reason.
    """
    reason = _reason(reason)
    with transactions.begin(actor) as work:
        key, predecessor = work.api_keys.locked_with_predecessor(customer_id, api_key_id)
        if key.status is not ApiKeyStatus.DEACTIVATED:
            _switch_off(work, key, predecessor, reason, now)


def delete_key(
    transactions: Transactions, *, actor: Actor, customer_id: int, api_key_id: int, reason: str, now: datetime
) -> None:
    """Take a key off the owner's list; a live one is switched off first, for which a reason is needed.

    The row, its history and its statistics stay, and the check answers that the key was revoked.
    Raises NotFound for another customer's key or a deleted one, and InvalidInput without a needed reason.
    """
    with transactions.begin(actor) as work:
        key, predecessor = work.api_keys.locked_with_predecessor(customer_id, api_key_id)
        if key.status in LIVE_KEYS:
            reason = _reason(reason)
        if key.status is not ApiKeyStatus.DEACTIVATED:
            _switch_off(work, key, predecessor, reason or "deleted after its end", now)
        key.deleted_at = now
        work.audit("api_key.delete", "api_key", key.id, customer_id=customer_id, now=now)


def _reason(text: str) -> str:
    reason = without_keys(text.strip())
    if not reason or len(reason) > LONGEST_REASON:
        raise InvalidInput("a reason of 1 to 500 characters is needed", code="REASON_REQUIRED")
    return reason


def _switch_off(
    work: UnitOfWork, key: ApiKey, predecessor: ApiKey | None, reason: str, now: datetime
) -> None:
    was_live = key.status in LIVE_KEYS
    work.record_status("api_key", key.id, key.status, ApiKeyStatus.DEACTIVATED, reason, now)
    key.status = ApiKeyStatus.DEACTIVATED
    key.deactivated_at = now
    work.audit("api_key.deactivate", "api_key", key.id, customer_id=key.customer_id, reason=reason, now=now)
    if was_live:
        work.promise_mail(MailKind.KEY_DEACTIVATED, key.customer_id, api_key_id=key.id)
    if predecessor is not None and key.claimed_at is None:
        _take_rotation_back(work, predecessor, now)


def _take_rotation_back(work: UnitOfWork, key: ApiKey, now: datetime) -> None:
    key.replaced_by_id = None
    key.rotation_overlap = None
    work.audit("api_key.rotation_taken_back", "api_key", key.id, customer_id=key.customer_id, now=now)


def _hand_over(work: UnitOfWork, key: ApiKey, now: datetime) -> None:
    """Tell until when the old key works, its successor having been shown; without an overlap it is over."""
    end = end_of_key(work, key, now)
    assert end is not None, "a rotated key has an end as soon as its successor was shown"
    if now >= end:
        work.record_status("api_key", key.id, key.status, ApiKeyStatus.EXPIRED, "was replaced", now)
        key.status = ApiKeyStatus.EXPIRED
    work.promise_mail(MailKind.KEY_ROTATED, key.customer_id, api_key_id=key.id, works_until=end.isoformat())
