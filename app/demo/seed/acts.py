"""What many stories of the demo have in common: arriving, buying, when and what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from app.billing.api_key import ApiKeyKind
from app.billing.periods import BillingInterval, add_months
from app.demo.seed.catalogue import PER_OPERATION
from app.demo.seed.person import Person
from app.demo.seed.timeline import Story

Plot = Callable[[Person, datetime], Story]
"""Makes the story of a person whose present is the given instant."""

TRIAL_KEY, PRODUCTION_KEY = ApiKeyKind.TRIAL, ApiKeyKind.PRODUCTION
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TRIAL_CHOICES = ("crm-connector", "bitrix24", "amocrm", "ozon-seller", "moysklad", "cdek", "yandex-market")
BOUGHT = (*TRIAL_CHOICES, "wildberries", "1c-enterprise", "yookassa", "cloudpayments")
assert PER_OPERATION not in BOUGHT, "what is paid per operation is not bought"
DECLINED_LATER = "tok_declined_later"


def account_of(person: Person) -> str:
    """The Make account of this customer."""
    return f"{400_000 + person.customer_id * 7919}"


def pick(person: Person, count: int = 1) -> list[str]:
    """Connectors that the customer buys."""
    return person.dice.sample(BOUGHT, count)


def months_before(instant: datetime, months: int) -> datetime:
    """The same time of the same day some months earlier: what was bought then renews at the instant."""
    day = add_months(instant.date(), -months, instant.day)
    return instant.replace(year=day.year, month=day.month, day=day.day)


def bought(now: datetime, *, months: int, turns_in: int) -> datetime:
    """The day so many months back whose billing day comes again in so many days. Most of the demo's
    customers share a few of them, so that one sweep renews several.
    """
    return months_before(now + turns_in * DAY, months)


def working_hour(person: Person, at: datetime) -> datetime:
    """Some minute of this day (UTC) between ten and eight in Moscow."""
    return at.replace(hour=7, minute=0) + person.dice.randint(0, 600) * MINUTE


def arrive(person: Person, at: datetime, *, by_day: bool = False) -> Story:
    """Register and follow the link in the mail; `by_day` moves it into the day's working hours."""
    yield working_hour(person, at) if by_day else at
    person.register()
    yield person.now + person.dice.randint(2, 90) * MINUTE
    person.activate()


def first_purchase(
    person: Person,
    *slugs: str,
    interval: BillingInterval = BillingInterval.MONTH,
    token: str | None = None,
    promo_code: str | None = None,
) -> Story:
    """Give the payer, buy, reveal the key and connect Make."""
    yield person.now + person.dice.randint(10, 240) * MINUTE
    person.fill_in_payer()
    invoice_id = person.order(*slugs, interval=interval, promo_code=promo_code)
    yield person.now + 4 * MINUTE
    person.pay(invoice_id, token)
    yield from connect_make(person, *slugs)


def connect_make(person: Person, *slugs: str) -> Story:
    """Have the permanent key shown and let the connectors ask with it."""
    yield person.now + 6 * MINUTE
    person.reveal(PRODUCTION_KEY)
    yield person.now + 20 * MINUTE
    for slug in slugs:
        person.use(PRODUCTION_KEY, slug, account_of(person))
