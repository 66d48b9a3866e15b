"""Customers of the demo who stay: what renews by card and by bank transfer, what changes on the way, and
what is not paid.
"""

from __future__ import annotations

from datetime import datetime

from app.billing.invoice import PaymentMethodKind
from app.billing.renewal import RENEWAL_POLICY
from app.demo.seed.acts import (
    DAY,
    DECLINED_LATER,
    HOUR,
    MINUTE,
    PRODUCTION_KEY,
    TRIAL_CHOICES,
    TRIAL_KEY,
    account_of,
    arrive,
    bought,
    connect_make,
    first_purchase,
    months_before,
    pick,
    working_hour,
)
from app.demo.seed.catalogue import PER_OPERATION
from app.demo.seed.person import Person
from app.demo.seed.staff import books_transfer
from app.demo.seed.timeline import Story
from app.demo.seed.wishes import (
    continues_after_trial,
    moves_to,
    pays_by_the_year,
    resumes,
    starts_paying_per_operation,
    switches_renewal_off,
)

TRANSFER_TAKES = 4 * DAY
"""From the invoice of a renewal to the money of a company that pays in time."""


def loyal(person: Person, now: datetime, *, months: int, turns_in: int, connectors: int = 1) -> Story:
    """Has bought once; the same connectors renew by card month after month."""
    yield from arrive(person, bought(now, months=months, turns_in=turns_in), by_day=True)
    yield from first_purchase(person, *pick(person, connectors))


def without_renewal(person: Person, now: datetime, *, days: float) -> Story:
    """Bought a month and switched the renewal off."""
    yield from arrive(person, now - days * DAY, by_day=True)
    yield from first_purchase(person, *pick(person))
    yield person.now + DAY
    switches_renewal_off(person)


def unpaid_renewal(person: Person, now: datetime, *, due: float) -> Story:
    """The card that paid once is declined at the renewal `due` days ago: retries, then suspended, then
    closed.
    """
    yield from arrive(person, months_before((now - due * DAY).replace(hour=7), 1))
    yield from first_purchase(person, *pick(person), token=DECLINED_LATER)


def by_transfer(
    person: Person, now: datetime, *, months: int, ends_in: float, pays: bool = True, overpays: int = 0
) -> Story:
    """Pays invoices by bank transfer, also those of renewals, which go out 14 days ahead; `overpays` minor
    units once. The period that was paid last ends in so many days; without `pays` only the first was paid.
    """
    first_paid = months_before((now + ends_in * DAY).replace(hour=9), months)
    yield from arrive(person, first_paid - 2 * DAY)
    yield first_paid - 2 * DAY + 2 * HOUR
    person.fill_in_payer()
    (slug,) = pick(person)
    invoice_id = person.order(slug, method=PaymentMethodKind.BANK_TRANSFER)
    yield first_paid
    books_transfer(person, invoice_id, overpays)
    yield from connect_make(person, slug)
    while pays:
        yield person.period_end(slug) - RENEWAL_POLICY.transfer_lead + TRANSFER_TAKES
        renewal = person.open_invoice()
        if renewal is not None:  # the balance may have paid it
            books_transfer(person, renewal)


def continuing(person: Person, now: datetime, *, days: float) -> Story:
    """Tries one connector and buys another, so that a card is saved; the trial is to continue."""
    yield from arrive(person, now - days * DAY - HOUR)
    yield now - days * DAY
    tried, bought = person.dice.sample(TRIAL_CHOICES, 2)
    person.start_trial(tried)
    yield person.now + 5 * MINUTE
    person.reveal(TRIAL_KEY)
    yield person.now + 40 * MINUTE
    person.use(TRIAL_KEY, tried, account_of(person))
    yield person.now + DAY
    yield from first_purchase(person, bought)
    yield person.now + 2 * HOUR
    continues_after_trial(person, tried)


def to_the_year(person: Person, now: datetime, *, months: int, turns_in: int) -> Story:
    """Pays by the month and will pay by the year from the next renewal on."""
    yield from arrive(person, bought(now, months=months, turns_in=turns_in), by_day=True)
    (slug,) = pick(person)
    yield from first_purchase(person, slug)
    yield now - 2 * DAY
    pays_by_the_year(person, slug)


def moved(person: Person, now: datetime, *, months: int, turns_in: int) -> Story:
    """Has changed the Make account: the old one is refused, the new one works."""
    yield from arrive(person, bought(now, months=months, turns_in=turns_in), by_day=True)
    (slug,) = pick(person)
    yield from first_purchase(person, slug)
    yield now - 5 * DAY
    moves_to(person, slug, f"{account_of(person)}-new")
    yield person.now + 10 * MINUTE
    person.use(PRODUCTION_KEY, slug, f"{account_of(person)}-new")


def resumed(person: Person, now: datetime, *, days: float) -> Story:
    """Let a month end and came back later: a new period, in the same Make account."""
    (slug,) = pick(person)
    yield from arrive(person, now - days * DAY, by_day=True)
    yield from first_purchase(person, slug)
    yield person.now + DAY
    switches_renewal_off(person)
    yield now - 12 * DAY
    resumes(person, slug)


def per_operation(person: Person, now: datetime, *, months: int, turns_in: int) -> Story:
    """Pays for a connector by operation: some on every working day, billed when the month is over."""
    yield from arrive(person, bought(now, months=months, turns_in=turns_in), by_day=True)
    yield from first_purchase(person, *pick(person))
    yield person.now + DAY
    starts_paying_per_operation(person, PER_OPERATION, account_of(person))
    while True:
        yield working_hour(person, person.now + DAY)
        if person.now.weekday() < 5:
            for _ in range(person.dice.randint(1, 3)):
                person.use(PRODUCTION_KEY, PER_OPERATION, account_of(person))
