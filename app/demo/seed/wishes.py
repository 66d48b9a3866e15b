"""What a customer of the demo wants of subscriptions and keys that they have, by the same use cases as in
the portal.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.billing.actors import Actor
from app.billing.api_key import ApiKeyKind, KeyLabel
from app.billing.periods import BillingInterval
from app.billing.subscription import SubscriptionStatus
from app.demo.seed.person import Person
from app.models import SubscriptionPeriod
from app.services.api_keys import create_key, label_key
from app.services.key_rotation import rotate_key
from app.services.metered_subscriptions import start_metered
from app.services.refunds import RefundRequest, request_refund
from app.services.resuming import resume_subscription
from app.services.subscriptions import (
    Asked,
    cancel_subscription,
    change_make_account,
    switch_auto_renewal,
    switch_interval,
)
from app.services.trial_continuation import continue_trial


def asks(person: Person, slug: str, reason: str = "") -> Asked:
    """The customer's own wish about the newest subscription to a connector."""
    return Asked.by_customer(person.customer_id, person.subscription(slug).id, person.now, reason)


def cancels(person: Person, slug: str, reason: str) -> None:
    """Cancel the subscription to a connector."""
    cancel_subscription(person.stage.transactions, asks(person, slug, reason))


def switches_renewal_off(person: Person) -> None:
    """Let every running subscription end with its paid period."""
    for row in person.subscriptions():
        if row.status is SubscriptionStatus.ACTIVE and row.auto_renew:
            asked = Asked.by_customer(person.customer_id, row.id, person.now)
            switch_auto_renewal(person.stage.transactions, asked, enabled=False)


def continues_after_trial(person: Person, slug: str) -> None:
    """Let the trial of a connector continue as a paid subscription; a card must be saved."""
    continue_trial(person.stage.transactions, asks(person, slug), wanted=True)


def pays_by_the_year(person: Person, slug: str) -> None:
    """Pay by the year from the next renewal on."""
    switch_interval(person.stage.transactions, asks(person, slug), interval=BillingInterval.YEAR)


def moves_to(person: Person, slug: str, make_account: str) -> None:
    """Move the subscription to another Make account."""
    change_make_account(person.stage.transactions, asks(person, slug), make_account=make_account)


def resumes(person: Person, slug: str) -> None:
    """Order a new period of what has ended, and pay it."""
    person.pay(resume_subscription(person.stage.transactions, asks(person, slug)))


def asks_for_a_refund(person: Person, slug: str, reason: str) -> int:
    """Ask for the money of the last paid period of a connector; the refund's id."""
    with person.stage.transactions.reading() as repositories:
        line_id = repositories.session.scalars(
            select(SubscriptionPeriod.invoice_line_id)
            .where(SubscriptionPeriod.subscription_id == person.subscription(slug).id)
            .order_by(SubscriptionPeriod.starts_at.desc())
            .limit(1)
        ).one()
    return request_refund(
        person.stage.transactions,
        actor=Actor.customer(person.customer_id),
        request=RefundRequest(person.customer_id, line_id, reason),
        now=person.now,
    )


def starts_paying_per_operation(person: Person, slug: str, make_account: str) -> None:
    """Open a connector that is priced per operation; a card must be saved."""
    start_metered(
        person.stage.transactions,
        customer_id=person.customer_id,
        slug=slug,
        make_account=make_account,
        now=person.now,
    )


def names_key(person: Person, name: str, group: str) -> None:
    """Give the newest permanent key a name and a group."""
    label_key(
        person.stage.transactions,
        actor=Actor.customer(person.customer_id),
        customer_id=person.customer_id,
        api_key_id=person.api_keys(ApiKeyKind.PRODUCTION)[0].id,
        label=KeyLabel.of(name, group),
        now=person.now,
    )


def creates_key(person: Person, name: str, group: str) -> None:
    """Create another permanent key; it waits to be shown."""
    create_key(
        person.stage.transactions,
        actor=Actor.customer(person.customer_id),
        customer_id=person.customer_id,
        label=KeyLabel.of(name, group),
        now=person.now,
    )


def rotates_key(person: Person, name: str, overlap: timedelta) -> None:
    """Give the key of this name a successor, which waits to be shown."""
    (key,) = (each for each in person.api_keys(ApiKeyKind.PRODUCTION) if each.name == name)
    rotate_key(
        person.stage.transactions,
        actor=Actor.customer(person.customer_id),
        customer_id=person.customer_id,
        api_key_id=key.id,
        overlap=overlap,
        now=person.now,
    )
