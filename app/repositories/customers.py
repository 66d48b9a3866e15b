"""Customers, their payers, sessions and one-time tokens."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from app.billing.errors import NotFound
from app.models import Customer, CustomerSession, OneTimeToken, Payer, PaymentMethod
from app.repositories.base import Repository, one_of

TRIAL_LOCK = zlib.crc32(b"trial")
"""The advisory lock under which trials start."""


def is_billed(customer_id: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """True where the customer's billing is not parked; the few who are parked are read, not everybody."""
    parked = select(Customer.id).where(Customer.billing_parked_at.is_not(None))
    return customer_id.not_in(parked)


class CustomerRepository(Repository[Customer]):
    """Customers."""

    model = Customer

    def by_email(self, email: str, *, lock: bool = False) -> Customer | None:
        """The customer who registered with this address, whatever its case; locked when asked."""
        query = select(Customer).where(func.lower(Customer.email) == email.lower())
        return self.session.scalar(query.with_for_update(key_share=True) if lock else query)

    def locked_all(self, customer_ids: Collection[int], *, skip_locked: bool = False) -> Sequence[Customer]:
        """These customers, locked in the order of their ids; with `skip_locked` those that are free now."""
        return self.session.scalars(
            select(Customer)
            .where(one_of(Customer.id, customer_ids))
            .order_by(Customer.id)
            .with_for_update(key_share=True, skip_locked=skip_locked)
            .execution_options(populate_existing=True)
        ).all()

    def trial_used(self, customer: Customer) -> bool:
        """Whether this customer, or one with the same address, ИНН or card, has had a trial (C1).

        Trials start one after another from here to the commit: of two aliases at once one sees the other.
        """
        self.session.execute(select(func.pg_advisory_xact_lock(TRIAL_LOCK)))
        other = select(Customer.id).where(Customer.trial_started_at.is_not(None))
        same_address = Customer.canonical_email == customer.canonical_email
        own_inns = select(Payer.inn).where(Payer.customer_id == customer.id, Payer.inn.is_not(None))
        same_inn = exists().where(Payer.customer_id == Customer.id, Payer.inn.in_(own_inns))
        own_cards = select(PaymentMethod.fingerprint).where(PaymentMethod.customer_id == customer.id)
        same_card = exists().where(
            PaymentMethod.customer_id == Customer.id, PaymentMethod.fingerprint.in_(own_cards)
        )
        query = other.where(or_(same_address, same_inn, same_card)).limit(1)
        return self.session.scalar(query) is not None


class PayerRepository(Repository[Payer]):
    """Payers."""

    model = Payer

    def of_customer(self, customer_id: int) -> Payer | None:
        """The payer of the customer; one per customer for now (A2)."""
        return self.session.scalar(
            select(Payer).where(Payer.customer_id == customer_id).order_by(Payer.id).limit(1)
        )

    def of_customers(self, customer_ids: Collection[int]) -> dict[int, Payer]:
        """The payer of each customer, by customer."""
        rows = self.session.scalars(
            select(Payer)
            .where(one_of(Payer.customer_id, customer_ids))
            .distinct(Payer.customer_id)
            .order_by(Payer.customer_id, Payer.id)
        )
        return {row.customer_id: row for row in rows}

    def countries(self, payer_ids: Collection[int]) -> dict[int, str]:
        """Where these payers are, by payer."""
        rows = self.session.execute(select(Payer.id, Payer.country).where(one_of(Payer.id, payer_ids)))
        return {row.id: row.country for row in rows}


class CustomerSessionRepository(Repository[CustomerSession]):
    """Logins of customers."""

    model = CustomerSession

    def live(self, token_hash: bytes, now: datetime) -> CustomerSession | None:
        """The session of this cookie unless it was revoked or has run out; `now` is real time."""
        return self.session.scalar(
            select(CustomerSession).where(
                CustomerSession.token_hash == token_hash,
                CustomerSession.revoked_at.is_(None),
                CustomerSession.expires_at > now,
            )
        )

    def live_of_customer(self, customer_id: int, now: datetime) -> Sequence[CustomerSession]:
        """The customer's open sessions, newest first."""
        return self.session.scalars(
            select(CustomerSession)
            .where(
                CustomerSession.customer_id == customer_id,
                CustomerSession.revoked_at.is_(None),
                CustomerSession.expires_at > now,
            )
            .order_by(CustomerSession.id.desc())
        ).all()

    def revoke_all(self, customer_id: int, now: datetime, *, spare: int | None = None) -> None:
        """End every session of the customer; `spare` is the id of one that stays."""
        self.session.execute(
            update(CustomerSession)
            .where(
                CustomerSession.customer_id == customer_id,
                CustomerSession.revoked_at.is_(None),
                CustomerSession.id.is_distinct_from(spare),
            )
            .values(revoked_at=now)
        )


class OneTimeTokenRepository(Repository[OneTimeToken]):
    """The rights behind links in mails."""

    model = OneTimeToken

    def usable(self, token_id: int, purpose: str, now: datetime) -> OneTimeToken:
        """The unused, unexpired token, locked; raises NotFound. `now` is real time."""
        token = self.session.scalar(
            select(OneTimeToken)
            .where(
                OneTimeToken.id == token_id,
                OneTimeToken.purpose == purpose,
                OneTimeToken.used_at.is_(None),
                OneTimeToken.expires_at > now,
            )
            .with_for_update()
        )
        if token is None:
            raise NotFound("one-time token")
        return token

    def withdraw(self, customer_id: int, purpose: str, now: datetime) -> None:
        """Make every earlier link of this purpose useless."""
        self.session.execute(
            update(OneTimeToken)
            .where(
                OneTimeToken.customer_id == customer_id,
                OneTimeToken.purpose == purpose,
                OneTimeToken.used_at.is_(None),
            )
            .values(used_at=now)
        )
