"""What happens to the demo's customers: every state that exists, with the way that led there.

A story yields the instant at which it goes on. What it would do after the present never happens, so an
endless story of monthly purchases ends in a running subscription by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from app.billing.api_key import ApiKeyKind
from app.billing.periods import BillingInterval
from app.demo.seed.person import Person
from app.demo.seed.timeline import Story

Plot = Callable[[Person, datetime], Story]
"""Makes the story of a person whose present is the given instant."""

TRIAL_KEY, PRODUCTION_KEY = ApiKeyKind.TRIAL, ApiKeyKind.PRODUCTION
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DEMO_CONNECTOR, DEMO_EXPIRED, DEMO_NOT_BOUGHT = "crm-connector", "cdek", "wildberries"
DEMO_ACCOUNT = "1043211"
TRIAL_CHOICES = ("crm-connector", "bitrix24", "amocrm", "ozon-seller", "moysklad", "cdek", "yandex-market")
BOUGHT = (*TRIAL_CHOICES, "wildberries", "1c-enterprise", "yookassa", "cloudpayments", "telephony")


def _account(person: Person) -> str:
    """The Make account of this customer."""
    return f"{400_000 + person.customer_id * 7919}"


def _arrive(person: Person, at: datetime, *, by_day: bool = False) -> Story:
    """Register and follow the link in the mail; `by_day` moves it into the day's working hours."""
    yield _working_hour(person, at) if by_day else at
    person.register()
    yield person.now + person.dice.randint(2, 90) * MINUTE
    person.activate()


def _working_hour(person: Person, at: datetime) -> datetime:
    """Some minute of this day (UTC) between ten and eight in Moscow."""
    return at.replace(hour=7, minute=0) + person.dice.randint(0, 600) * MINUTE


def _pick(person: Person, count: int = 1) -> list[str]:
    return person.dice.sample(BOUGHT, count)


def _first_purchase(
    person: Person,
    *slugs: str,
    interval: BillingInterval = BillingInterval.MONTH,
    token: str | None = None,
) -> Story:
    """Give the payer, buy, reveal the key and connect Make."""
    yield person.now + person.dice.randint(10, 240) * MINUTE
    person.fill_in_payer()
    invoice_id = person.order(*slugs, interval=interval)
    yield person.now + 4 * MINUTE
    person.pay(invoice_id, token)
    yield person.now + 6 * MINUTE
    person.reveal(PRODUCTION_KEY)
    yield person.now + 20 * MINUTE
    for slug in slugs:
        person.use(PRODUCTION_KEY, slug, _account(person))


def newcomer(person: Person, now: datetime, *, days: float) -> Story:
    """Registered and never followed the link."""
    yield now - days * DAY
    person.register()


def onlooker(person: Person, now: datetime, *, days: float) -> Story:
    """Registered, confirmed and has done nothing since."""
    yield from _arrive(person, now - days * DAY)


def on_trial(person: Person, now: datetime, *, days: float, connectors: int = 2, uses: bool = True) -> Story:
    """Tries connectors since `days`; after seven days the trial has ended."""
    yield from _arrive(person, now - days * DAY - HOUR)
    yield now - days * DAY
    chosen = person.dice.sample(TRIAL_CHOICES, connectors)
    person.start_trial(*chosen)
    if not uses:
        return
    yield person.now + 5 * MINUTE
    person.reveal(TRIAL_KEY)
    yield person.now + 40 * MINUTE
    person.use(TRIAL_KEY, chosen[0], _account(person))


def with_open_order(person: Person, now: datetime, *, days: float, at_the_page: bool = False) -> Story:
    """Has ordered and not paid; after seven days the order has lapsed."""
    yield from _arrive(person, now - days * DAY - 2 * HOUR)
    yield now - days * DAY
    person.fill_in_payer()
    invoice_id = person.order(*_pick(person, 2))
    if at_the_page:
        yield person.now + 3 * MINUTE
        person.leave_the_page(invoice_id)


def declined_later(person: Person, now: datetime, *, days: float) -> Story:
    """A card that paid once is declined for the second connector."""
    yield from _arrive(person, now - days * DAY)
    first, second = _pick(person, 2)
    yield from _first_purchase(person, first, token="tok_declined_later")  # noqa: S106 - a test card, no secret
    yield now - 1.5 * DAY
    invoice_id = person.order(second)
    yield person.now + 2 * MINUTE
    person.pay_by_saved_card(invoice_id)


def loyal(person: Person, now: datetime, *, days: float, connectors: int = 1) -> Story:
    """Has bought once; the same connectors renew by card month after month."""
    yield from _arrive(person, now - days * DAY, by_day=True)
    yield from _first_purchase(person, *_pick(person, connectors))


def with_a_year(person: Person, now: datetime, *, days: float, connectors: int = 2) -> Story:
    """Has bought a year."""
    yield from _arrive(person, now - days * DAY, by_day=True)
    yield from _first_purchase(person, *_pick(person, connectors), interval=BillingInterval.YEAR)


def bought_on_trial(person: Person, now: datetime, *, days: float) -> Story:
    """Tried and bought before the trial ended; the subscription keeps its Make account."""
    yield from on_trial(person, now, days=days, connectors=1)
    yield now - days * DAY + 4 * DAY
    (slug,) = [row.connector.slug for row in person.subscriptions()]
    yield from _first_purchase(person, slug)


def canceled(person: Person, now: datetime, *, days: float, after: float) -> Story:
    """Bought a month and cancelled `after` days; access stays to the end of the month."""
    yield from _arrive(person, now - days * DAY, by_day=True)
    (slug,) = _pick(person)
    yield from _first_purchase(person, slug)
    yield now - days * DAY + after * DAY
    person.cancel(
        slug, person.dice.choice(("Проект закрыт", "Не хватает возможностей", "Перешли на другую CRM"))
    )


def without_renewal(person: Person, now: datetime, *, days: float) -> Story:
    """Bought a month and switched the renewal off."""
    yield from _arrive(person, now - days * DAY, by_day=True)
    yield from _first_purchase(person, *_pick(person))
    yield person.now + DAY
    person.switch_auto_renewal(enabled=False)


def unpaid_renewal(person: Person, now: datetime, *, days: float) -> Story:
    """The card that paid once is declined at the renewal: retries, then suspended, then closed."""
    yield from _arrive(person, now - days * DAY, by_day=True)
    yield from _first_purchase(person, *_pick(person), token="tok_declined_later")  # noqa: S106 - a test card


def blocked(person: Person, now: datetime, *, days: float) -> Story:
    """Paid, then blocked by an administrator."""
    yield from _arrive(person, now - days * DAY, by_day=True)
    yield from _first_purchase(person, *_pick(person))
    yield now - 6 * DAY
    person.get_blocked("Ключ опубликован в открытом репозитории, владелец не отвечает")


def with_lost_key(person: Person, now: datetime, *, days: float) -> Story:
    """Support has deactivated the key at the owner's wish."""
    yield from with_a_year(person, now, days=days, connectors=1)
    yield now - 9 * DAY
    person.lose_key(PRODUCTION_KEY, "Просьба клиента: ключ попал на снимок экрана в чате")


def with_waiting_key(person: Person, now: datetime, *, days: float) -> Story:
    """Paid and never opened the page with the key; the subscription is bound to no account."""
    yield from _arrive(person, now - days * DAY)
    yield person.now + 2 * HOUR
    person.fill_in_payer()
    person.buy(*_pick(person))


def with_two_accounts(person: Person, now: datetime, *, days: float) -> Story:
    """Two subscriptions to one connector, each for a Make account of its own."""
    yield from _arrive(person, now - days * DAY, by_day=True)
    (slug,) = _pick(person)
    yield from _first_purchase(person, slug, interval=BillingInterval.YEAR)
    yield person.now + 3 * DAY
    person.buy(slug, interval=BillingInterval.YEAR, make_account=f"{_account(person)}-branch")


def demo(person: Person, now: datetime) -> Story:
    """The visitor's own account: bought a year of one connector on trial; another has expired."""
    yield from _arrive(person, now - 96 * DAY)
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
    person.switch_auto_renewal(enabled=False)
    yield person.now + 12 * HOUR
    person.buy(DEMO_CONNECTOR, interval=BillingInterval.YEAR)
    yield person.now + HOUR
    person.use(PRODUCTION_KEY, DEMO_CONNECTOR, DEMO_ACCOUNT)


PLOTS: tuple[Plot, ...] = (
    demo,
    *(partial(newcomer, days=days) for days in (0.4, 3, 40)),
    *(partial(onlooker, days=days) for days in (1, 12, 85, 200)),
    *(partial(on_trial, days=days) for days in (0.3, 2, 3.5, 6.2)),
    partial(on_trial, days=6.6, connectors=3),
    partial(on_trial, days=1.2, connectors=1, uses=False),
    *(partial(on_trial, days=days) for days in (8, 120)),
    partial(on_trial, days=64, uses=False),
    *(partial(with_open_order, days=days) for days in (0.2, 2)),
    partial(with_open_order, days=5, at_the_page=True),
    *(partial(with_open_order, days=days) for days in (11, 47)),
    partial(with_open_order, days=19, at_the_page=True),
    *(partial(declined_later, days=days) for days in (18, 9)),
    *(partial(loyal, days=days) for days in (358, 341, 310, 276, 233, 190, 150, 111, 78, 45)),
    partial(loyal, days=299, connectors=3),
    *(partial(with_a_year, days=days) for days in (352, 268, 170, 95, 33, 8)),
    *(partial(bought_on_trial, days=days) for days in (21, 16, 12, 6.5)),
    *(partial(canceled, days=days, after=after) for days, after in ((24, 20), (15, 3), (5, 2))),
    *(partial(canceled, days=days, after=after) for days, after in ((90, 10), (210, 25))),
    *(partial(without_renewal, days=days) for days in (20, 133)),
    *(partial(unpaid_renewal, days=days) for days in (33, 39, 60)),
    partial(blocked, days=25),
    partial(with_lost_key, days=140),
    partial(with_waiting_key, days=0.5),
    partial(with_two_accounts, days=72),
)
"""The story of each of the sixty; the first is the visitor's own."""
