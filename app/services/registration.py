"""Registration and activation of customers (A1, A5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from app.billing.actors import Actor
from app.billing.errors import NotFound
from app.billing.mail import MailKind
from app.billing.trial import canonical_email
from app.models import Customer, CustomerStatus, OneTimeToken
from app.services.passwords import PasswordHasher
from app.services.unit_of_work import Transactions, UnitOfWork

ACTIVATION = "activation"
ACTIVATION_TERM = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Registration:
    """What a newcomer typed, checked at the edge."""

    email: str
    password: str
    name: str
    language: str
    country: str
    terms_version_id: int


def register(
    transactions: Transactions,
    hasher: PasswordHasher,
    *,
    registration: Registration,
    now: datetime,
    real_now: datetime,
) -> None:
    """Create an account that works only after activation, and promise the mail with the link.

    The answer is the same for a known address, so that nobody learns who has an account: its owner
    gets a mail instead. An unconfirmed one starts anew: with what was typed last and a new link.
    """
    password_hash = hasher.hash(registration.password)
    try:
        _register(transactions, registration, password_hash, now, real_now)
    except IntegrityError:  # the address came twice at once: by now it is known
        _register(transactions, registration, password_hash, now, real_now)


def activate(transactions: Transactions, *, token_id: int, now: datetime, real_now: datetime) -> int:
    """Confirm the address behind a one-time link; returns the customer's id.

    Raises NotFound for a link that was used, has run out or never was.
    """
    with transactions.begin(Actor.system("activation")) as work:
        token = work.one_time_tokens.usable(token_id, ACTIVATION, real_now)
        token.used_at = real_now
        customer = work.customers.get(token.customer_id, lock=True)
        if customer.status is not CustomerStatus.UNCONFIRMED:
            raise NotFound("activation link")
        customer.status = CustomerStatus.ACTIVE
        customer.activated_at = now
        work.record_status(
            "customer",
            customer.id,
            CustomerStatus.UNCONFIRMED,
            CustomerStatus.ACTIVE,
            "address confirmed",
            now,
        )
        return customer.id


def _register(
    transactions: Transactions,
    registration: Registration,
    password_hash: str,
    now: datetime,
    real_now: datetime,
) -> None:
    with transactions.begin(Actor.system("registration")) as work:
        known = work.customers.by_email(registration.email, lock=True)
        if known is None:
            known = _create(work, registration, password_hash, now)
        elif known.status is CustomerStatus.UNCONFIRMED:
            _start_anew(work, known, registration, password_hash, now)
        else:
            work.promise_mail(MailKind.ALREADY_REGISTERED, known.id)
            return
        _promise_activation(work, known, real_now)


def _start_anew(
    work: UnitOfWork, customer: Customer, registration: Registration, password_hash: str, now: datetime
) -> None:
    """Nobody has proved yet that the address is theirs, so what was typed before counts for nothing."""
    customer.password_hash = password_hash
    customer.name = registration.name
    customer.country = registration.country
    customer.currency = currency_of(registration.country)
    customer.language = registration.language
    work.terms.accept(customer.id, registration.terms_version_id, now)


def currency_of(country: str) -> str:
    """The currency that customers of a country pay in (design §2.1)."""
    return "RUB" if country == "RU" else "USD"


def _create(work: UnitOfWork, registration: Registration, password_hash: str, now: datetime) -> Customer:
    customer = work.customers.add(
        Customer(
            email=registration.email,
            canonical_email=canonical_email(registration.email),
            password_hash=password_hash,
            name=registration.name,
            country=registration.country,
            currency=currency_of(registration.country),
            language=registration.language,
            status=CustomerStatus.UNCONFIRMED,
            created_at=now,
        )
    )
    work.record_status("customer", customer.id, None, CustomerStatus.UNCONFIRMED, "registered", now)
    work.terms.accept(customer.id, registration.terms_version_id, now)
    return customer


def _promise_activation(work: UnitOfWork, customer: Customer, real_now: datetime) -> None:
    work.one_time_tokens.withdraw(customer.id, ACTIVATION, real_now)
    token = work.one_time_tokens.add(
        OneTimeToken(
            customer_id=customer.id,
            purpose=ACTIVATION,
            created_at=real_now,
            expires_at=real_now + ACTIVATION_TERM,
        )
    )
    work.promise_mail(MailKind.ACTIVATION, customer.id, token_id=token.id)
