"""How customers of the demo come: they look, try, order, buy, and some of them stop.

A story yields the instant at which it goes on. What it would do after the present never happens: what was
bought goes on renewing by itself.
"""

from __future__ import annotations

from datetime import datetime

from app.billing.invoice import PaymentMethodKind
from app.billing.periods import BillingInterval
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
    first_purchase,
    months_before,
    pick,
)
from app.demo.seed.person import Person
from app.demo.seed.timeline import Story
from app.demo.seed.wishes import cancels, switches_renewal_off

DEMO_CONNECTOR, DEMO_EXPIRED, DEMO_NOT_BOUGHT = "crm-connector", "cdek", "wildberries"
DEMO_RENEWING = "moysklad"
DEMO_ACCOUNT = "1043211"
REASONS = ("Проект закрыт", "Не хватает возможностей", "Перешли на другую CRM")
"""Why customers cancel."""


def newcomer(person: Person, now: datetime, *, days: float) -> Story:
    """Registered and never followed the link."""
    yield now - days * DAY
    person.register()


def onlooker(person: Person, now: datetime, *, days: float) -> Story:
    """Registered, confirmed and has done nothing since."""
    yield from arrive(person, now - days * DAY)


def on_trial(person: Person, now: datetime, *, days: float, connectors: int = 2, uses: bool = True) -> Story:
    """Tries connectors since `days`; after seven days the trial has ended."""
    yield from arrive(person, now - days * DAY - HOUR)
    yield now - days * DAY
    chosen = person.dice.sample(TRIAL_CHOICES, connectors)
    person.start_trial(*chosen)
    if not uses:
        return
    yield person.now + 5 * MINUTE
    person.reveal(TRIAL_KEY)
    yield person.now + 40 * MINUTE
    person.use(TRIAL_KEY, chosen[0], account_of(person))


def with_open_order(
    person: Person,
    now: datetime,
    *,
    days: float,
    at_the_page: bool = False,
    method: PaymentMethodKind = PaymentMethodKind.CARD,
) -> Story:
    """Has ordered and not paid; after seven days the order has lapsed."""
    yield from arrive(person, now - days * DAY - 2 * HOUR)
    yield now - days * DAY
    person.fill_in_payer()
    invoice_id = person.order(*pick(person, 2), method=method)
    if at_the_page:
        yield person.now + 3 * MINUTE
        person.leave_the_page(invoice_id)


def declined_later(person: Person, now: datetime, *, days: float) -> Story:
    """A card that paid once is declined for the second connector."""
    yield from arrive(person, now - days * DAY)
    first, second = pick(person, 2)
    yield from first_purchase(person, first, token=DECLINED_LATER)
    yield now - 1.5 * DAY
    invoice_id = person.order(second)
    yield person.now + 2 * MINUTE
    person.pay_by_saved_card(invoice_id)


def with_a_year(person: Person, now: datetime, *, months: int, turns_in: int, connectors: int = 2) -> Story:
    """Has bought a year."""
    yield from arrive(person, bought(now, months=months, turns_in=turns_in), by_day=True)
    yield from first_purchase(person, *pick(person, connectors), interval=BillingInterval.YEAR)


def bought_on_trial(person: Person, now: datetime, *, days: float) -> Story:
    """Tried and bought before the trial ended; the subscription keeps its Make account."""
    yield from on_trial(person, now, days=days, connectors=1)
    yield now - days * DAY + 4 * DAY
    (slug,) = [row.connector.slug for row in person.subscriptions()]
    yield from first_purchase(person, slug)


def with_a_promo_code(person: Person, now: datetime, *, days: float, code: str) -> Story:
    """Has bought for the first time with a promo code."""
    yield from arrive(person, now - days * DAY, by_day=True)
    yield from first_purchase(person, *pick(person, 2), promo_code=code)


def canceled(person: Person, now: datetime, *, days: float, after: float) -> Story:
    """Bought a month and cancelled `after` days; access stays to the end of the month."""
    yield from arrive(person, now - days * DAY, by_day=True)
    (slug,) = pick(person)
    yield from first_purchase(person, slug)
    yield now - days * DAY + after * DAY
    cancels(
        person,
        slug,
        person.dice.choice(("Проект закрыт", "Не хватает возможностей", "Перешли на другую CRM")),
    )


def with_waiting_key(person: Person, now: datetime, *, days: float) -> Story:
    """Paid and never opened the page with the key; the subscription is bound to no account."""
    yield from arrive(person, now - days * DAY)
    yield person.now + 2 * HOUR
    person.fill_in_payer()
    person.buy(*pick(person))


def with_two_accounts(person: Person, now: datetime, *, months: int, turns_in: int) -> Story:
    """Two subscriptions to one connector, each for a Make account of its own."""
    yield from arrive(person, bought(now, months=months, turns_in=turns_in), by_day=True)
    (slug,) = pick(person)
    yield from first_purchase(person, slug, interval=BillingInterval.YEAR)
    yield person.now + 3 * DAY
    person.buy(slug, interval=BillingInterval.YEAR, make_account=f"{account_of(person)}-branch")


def demo(person: Person, now: datetime) -> Story:
    """The visitor's own account: a year of a connector that was on trial, one that has expired, and one
    that was renewed and is about to be renewed again.
    """
    yield from arrive(person, now - 96 * DAY)
    yield person.now + HOUR
    person.start_trial(DEMO_CONNECTOR, DEMO_EXPIRED)
    yield person.now + 5 * MINUTE
    person.reveal(TRIAL_KEY)
    yield person.now + 30 * MINUTE
    for slug in (DEMO_CONNECTOR, DEMO_EXPIRED):
        person.use(TRIAL_KEY, slug, DEMO_ACCOUNT)
    yield person.now + 5 * DAY
    person.fill_in_payer()
    person.buy(DEMO_EXPIRED)
    person.reveal(PRODUCTION_KEY)
    yield person.now + HOUR
    person.use(PRODUCTION_KEY, DEMO_EXPIRED, DEMO_ACCOUNT)
    switches_renewal_off(person)
    yield person.now + 12 * HOUR
    person.buy(DEMO_CONNECTOR, interval=BillingInterval.YEAR)
    yield person.now + HOUR
    person.use(PRODUCTION_KEY, DEMO_CONNECTOR, DEMO_ACCOUNT)
    yield months_before(now + 5 * DAY, 2)
    person.buy(DEMO_RENEWING)
    yield person.now + HOUR
    person.use(PRODUCTION_KEY, DEMO_RENEWING, DEMO_ACCOUNT)
