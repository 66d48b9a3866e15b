"""Rotation: a key hands over to a successor with the same rights, and both work for a while (E3)."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.billing.actors import Actor
from app.billing.api_key import KeyLabel, check_rotation
from app.billing.mail import MailKind
from app.models import ApiKey
from app.services.api_keys import store_waiting_key
from app.services.key_overview import end_of_key
from app.services.unit_of_work import Transactions, UnitOfWork


def rotate_key(
    transactions: Transactions,
    *,
    actor: Actor,
    customer_id: int,
    api_key_id: int,
    overlap: timedelta,
    now: datetime,
) -> int:
    """Create the successor of a key, waiting to be shown; returns its id.

    The successor has the name, group, kind, scopes and end of the old key. The old key works as before
    until the successor is shown, and then for the overlap more (`closing_time`): nobody is cut off while
    the new secret does not exist. This also answers a reveal that was missed (E1).

    Raises NotFound for another customer's key, InvalidInput for an overlap that is not offered,
    KeyNotLive, KeyNotShown, and KeyRotating for a key that has a successor already.
    """
    with transactions.begin(actor) as work:
        key = work.api_keys.one_of_customer(customer_id, api_key_id, lock=True)
        _check(work, key, overlap, now)
        successor = _successor(work, key, now)
        key.replaced_by_id = successor.id
        key.rotation_overlap = overlap
        work.audit(
            "api_key.rotate",
            "api_key",
            key.id,
            customer_id=customer_id,
            now=now,
            details={"successor": successor.id, "overlap_seconds": int(overlap.total_seconds())},
        )
        work.promise_mail(MailKind.API_KEY_WAITING, customer_id, api_key_id=successor.id)
        return successor.id


def _check(work: UnitOfWork, key: ApiKey, overlap: timedelta, now: datetime) -> None:
    end = end_of_key(work, key, now)
    check_rotation(
        key.status,
        overlap,
        has_successor=key.replaced_by_id is not None,
        expired=end is not None and now >= end,
    )


def _successor(work: UnitOfWork, key: ApiKey, now: datetime) -> ApiKey:
    return store_waiting_key(
        work,
        customer_id=key.customer_id,
        kind=key.kind,
        label=KeyLabel(key.name, key.group_name),
        scopes=key.scopes,
        expires_at=key.expires_at,
        reason=f"replaces key {key.id}",
        now=now,
    )
