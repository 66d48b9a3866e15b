"""Logging in and out, and the forgotten password (A3). Sessions keep real time, never the moved one."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.billing.actors import Actor
from app.billing.errors import NotPermitted
from app.billing.mail import MailKind
from app.models import CustomerSession, CustomerStatus, OneTimeToken
from app.services.passwords import PasswordHasher
from app.services.unit_of_work import Transactions, UnitOfWork

SESSION_TERM = timedelta(days=14)
PASSWORD_RESET = "password_reset"  # noqa: S105 - the purpose of a link, not a password
PASSWORD_RESET_TERM = timedelta(hours=1)


class LoginRefused(NotPermitted):
    """Wrong address or password (BAD_CREDENTIALS), not activated yet, or blocked."""

    code = "BAD_CREDENTIALS"


@dataclass(frozen=True, slots=True)
class SignedInCustomer:
    """Who is behind a portal cookie."""

    customer_id: int
    session_id: int
    email: str
    name: str
    language: str
    currency: str


def log_in(
    transactions: Transactions, hasher: PasswordHasher, *, email: str, password: str, real_now: datetime
) -> str:
    """Open a session; returns the cookie's token, of which only the hash is stored.

    Raises LoginRefused. An unknown address takes as long as a wrong password; an account that can't
    log in yet says so only to somebody who knows its password.
    """
    with transactions.reading() as repositories:
        customer = repositories.customers.by_email(email)
    if not hasher.verify(password, customer.password_hash if customer else None) or customer is None:
        raise LoginRefused()
    if customer.status is CustomerStatus.UNCONFIRMED:
        raise LoginRefused(code="NOT_ACTIVATED")
    if customer.status is CustomerStatus.BLOCKED:
        raise LoginRefused(code="CUSTOMER_BLOCKED")
    return open_session(transactions, customer_id=customer.id, real_now=real_now)


def open_session(transactions: Transactions, *, customer_id: int, real_now: datetime) -> str:
    """Open a session for somebody who has proved who they are; returns the cookie's token."""
    token = secrets.token_urlsafe(32)
    with transactions.begin(Actor.customer(customer_id)) as work:
        work.customer_sessions.add(
            CustomerSession(
                customer_id=customer_id,
                token_hash=token_hash(token),
                created_at=real_now,
                last_seen_at=real_now,
                expires_at=real_now + SESSION_TERM,
            )
        )
    return token


def signed_in(transactions: Transactions, *, token: str, real_now: datetime) -> SignedInCustomer | None:
    """The active customer behind a cookie, or None when the session is over."""
    with transactions.reading() as repositories:
        session = repositories.customer_sessions.live(token_hash(token), real_now)
        if session is None:
            return None
        customer = repositories.customers.get(session.customer_id)
        if customer.status is not CustomerStatus.ACTIVE:
            return None
        return SignedInCustomer(
            customer_id=customer.id,
            session_id=session.id,
            email=customer.email,
            name=customer.name,
            language=customer.language,
            currency=customer.currency,
        )


def log_out(transactions: Transactions, *, customer_id: int, session_id: int, real_now: datetime) -> None:
    """End this session: a copy of its cookie is worth nothing from now on."""
    with transactions.begin(Actor.customer(customer_id)) as work:
        session = work.customer_sessions.get(session_id, lock=True)
        session.revoked_at = real_now


def end_other_sessions(
    transactions: Transactions, *, customer_id: int, session_id: int, now: datetime, real_now: datetime
) -> None:
    """Log the customer out everywhere but in this session."""
    with transactions.begin(Actor.customer(customer_id)) as work:
        work.customer_sessions.revoke_all(customer_id, real_now, spare=session_id)
        work.audit("customer.sessions_end", "customer", customer_id, customer_id=customer_id, now=now)


def request_password_reset(transactions: Transactions, *, email: str, real_now: datetime) -> None:
    """Promise a reset link to an active account; an unknown address gets the same silent answer."""
    with transactions.begin(Actor.system("password reset")) as work:
        customer = work.customers.by_email(email)
        if customer is None or customer.status is not CustomerStatus.ACTIVE:
            return
        work.one_time_tokens.withdraw(customer.id, PASSWORD_RESET, real_now)
        token = work.one_time_tokens.add(
            OneTimeToken(
                customer_id=customer.id,
                purpose=PASSWORD_RESET,
                created_at=real_now,
                expires_at=real_now + PASSWORD_RESET_TERM,
            )
        )
        work.promise_mail(MailKind.PASSWORD_RESET, customer.id, token_id=token.id)


def reset_password(
    transactions: Transactions,
    hasher: PasswordHasher,
    *,
    token_id: int,
    password: str,
    now: datetime,
    real_now: datetime,
) -> None:
    """Set a new password and end all sessions. Raises NotFound for a used or expired link."""
    password_hash = hasher.hash(password)
    with transactions.begin(Actor.system("password reset")) as work:
        token = work.one_time_tokens.usable(token_id, PASSWORD_RESET, real_now)
        token.used_at = real_now
        customer = work.customers.get(token.customer_id, lock=True)
        customer.password_hash = password_hash
        _end_all(work, customer.id, now, real_now)


def _end_all(work: UnitOfWork, customer_id: int, now: datetime, real_now: datetime) -> None:
    work.customer_sessions.revoke_all(customer_id, real_now)
    work.audit("customer.password_reset", "customer", customer_id, customer_id=customer_id, now=now)
    work.promise_mail(MailKind.PASSWORD_CHANGED, customer_id, changed_at=now.isoformat())


def token_hash(token: str) -> bytes:
    """What is stored of a cookie's token; it has 256 random bits, so a plain digest is enough."""
    return hashlib.sha256(token.encode()).digest()
