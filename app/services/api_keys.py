"""API keys: waiting for their owner, shown once, deactivated (E1, E2)."""

from __future__ import annotations

from datetime import datetime

import bcrypt

from app.billing.actors import Actor
from app.billing.api_key import CONNECTOR_SCOPES, ApiKeyKind, ApiKeyStatus, fingerprint, mint_key
from app.billing.errors import Conflict, InvalidInput
from app.billing.mail import MailKind
from app.models import ApiKey, Customer
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
    """Create a key without a secret, which its owner mints by opening the page that shows it once."""
    key = work.api_keys.add(
        ApiKey(
            customer_id=customer.id,
            kind=kind,
            scopes=[scope.value for scope in CONNECTOR_SCOPES],
            name=AUTOMATIC_NAME[customer.language, kind],
            status=ApiKeyStatus.UNCLAIMED,
            created_at=now,
            expires_at=expires_at,
        )
    )
    work.record_status("api_key", key.id, None, ApiKeyStatus.UNCLAIMED, "created", now)
    if kind is not ApiKeyKind.TRIAL:  # the mail about the trial tells of its key
        work.promise_mail(MailKind.API_KEY_WAITING, customer.id, api_key_id=key.id)
    return key


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

    Raises NotFound for another customer's key and AlreadyShown the second time.
    """
    with transactions.begin(Actor.customer(customer_id)) as work:
        key = work.api_keys.one_of_customer(customer_id, api_key_id, lock=True)
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
        return secret


def deactivate_key(
    transactions: Transactions, *, actor: Actor, customer_id: int, api_key_id: int, reason: str, now: datetime
) -> None:
    """Switch a key off for good: the very next check refuses it. Doing it twice changes nothing.

    Raises NotFound for another customer's key and InvalidInput without a reason.
    """
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise InvalidInput("a reason of 1 to 500 characters is needed", code="REASON_REQUIRED")
    with transactions.begin(actor) as work:
        key = work.api_keys.one_of_customer(customer_id, api_key_id, lock=True)
        if key.status is ApiKeyStatus.DEACTIVATED:
            return
        work.record_status("api_key", key.id, key.status, ApiKeyStatus.DEACTIVATED, reason, now)
        key.status = ApiKeyStatus.DEACTIVATED
        key.deactivated_at = now
        work.audit("api_key.deactivate", "api_key", key.id, customer_id=customer_id, reason=reason, now=now)
        work.promise_mail(MailKind.KEY_DEACTIVATED, customer_id, api_key_id=key.id)


def create_key(transactions: Transactions, *, customer_id: int, name: str, now: datetime) -> int:
    """Create another waiting production key, such as after a missed reveal; returns its id."""
    with transactions.begin(Actor.customer(customer_id)) as work:
        customer = work.customers.get(customer_id, lock=True)
        key = add_waiting_key(work, customer, ApiKeyKind.PRODUCTION, now)
        key.name = name
        work.audit("api_key.create", "api_key", key.id, customer_id=customer_id, now=now)
        return key.id
