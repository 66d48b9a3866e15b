"""Logins of staff: opened, looked up at every request, ended. They keep real time, never the moved one."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from app.billing.actors import Actor
from app.models import StaffSession
from app.repositories.staff import StaffSessionRepository
from app.services.unit_of_work import Transactions

STAFF_SESSION_TERM = timedelta(hours=8)
TOUCH_EVERY = timedelta(minutes=5)
"""How exact `last_seen_at` is: a write per request would tell no more."""


def open_staff_session(
    transactions: Transactions, *, staff_user_id: int, username: str, now: datetime, real_now: datetime
) -> str:
    """Open a session for an employee who has proved who they are; returns the cookie's token.

    Only the hash of the token is stored. The session ends after 8 hours whatever happens.
    """
    token = secrets.token_urlsafe(32)
    with transactions.begin(Actor.staff(username)) as work:
        StaffSessionRepository(work.session).add(
            StaffSession(
                staff_user_id=staff_user_id,
                token_hash=_token_hash(token),
                created_at=real_now,
                last_seen_at=real_now,
                expires_at=real_now + STAFF_SESSION_TERM,
            )
        )
        work.audit("staff.login", "staff", staff_user_id, now=now)
    return token


def is_staff_session_live(
    transactions: Transactions, *, token: str, staff_user_id: int, real_now: datetime
) -> bool:
    """Whether this token still opens the back-office for this employee."""
    with transactions.reading() as repositories:
        session = StaffSessionRepository(repositories.session).live(_token_hash(token), real_now)
    if session is None or session.staff_user_id != staff_user_id:
        return False
    if real_now - session.last_seen_at >= TOUCH_EVERY:
        with transactions.begin(Actor.system("staff session")) as work:
            StaffSessionRepository(work.session).touch(session.id, real_now)
    return True


def end_staff_session(
    transactions: Transactions,
    *,
    token: str,
    staff_user_id: int,
    username: str,
    now: datetime,
    real_now: datetime,
) -> None:
    """End this session: a copy of its cookie is worth nothing from now on."""
    with transactions.begin(Actor.staff(username)) as work:
        StaffSessionRepository(work.session).revoke(_token_hash(token), real_now)
        work.audit("staff.logout", "staff", staff_user_id, now=now)


def record_failed_login(transactions: Transactions, *, staff_user_id: int, now: datetime) -> None:
    """Leave a trace of a wrong password for an existing account."""
    with transactions.begin(Actor.system("login")) as work:
        work.audit("staff.login_failed", "staff", staff_user_id, now=now)


def _token_hash(token: str) -> bytes:
    # 256 random bits need no slow hash.
    return hashlib.sha256(token.encode()).digest()
