"""Customers of the demo whom the seller's people had to do with, and one with many keys."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.billing.compensation import CompensationFacts, CompensationKind
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.demo.seed.acts import (
    DAY,
    HOUR,
    MINUTE,
    PRODUCTION_KEY,
    account_of,
    arrive,
    bought,
    first_purchase,
    pick,
)
from app.demo.seed.person import Person
from app.demo.seed.staff import (
    asks_to_compensate,
    blocks,
    compensates,
    has_sent_money,
    returns_money,
    switches_key_off,
)
from app.demo.seed.timeline import Story
from app.demo.seed.wishes import asks_for_a_refund, creates_key, names_key, rotates_key

GOODWILL = {"RUB": Money(50_000, "RUB"), "USD": Money(600, "USD"), "EUR": Money(500, "EUR")}


def wants_money_back(person: Person, now: datetime, *, months: int, turns_in: int) -> Story:
    """Has asked for the unused part of a year; finance has not decided yet."""
    yield from arrive(person, bought(now, months=months, turns_in=turns_in), by_day=True)
    (slug,) = pick(person)
    yield from first_purchase(person, slug, interval=BillingInterval.YEAR)
    yield now - 0.8 * DAY
    asks_for_a_refund(person, slug, "Закрыли направление, коннектор больше не нужен")


def refunded(person: Person, now: datetime, *, days: float) -> Story:
    """Asked for the money in the first days and got it; access has ended."""
    yield from arrive(person, now - days * DAY, by_day=True)
    (slug,) = pick(person)
    yield from first_purchase(person, slug)
    yield person.now + 3 * DAY
    refund_id = asks_for_a_refund(person, slug, "Купили по ошибке: нужен другой коннектор")
    yield person.now + 4 * HOUR
    returns_money(person, refund_id)
    yield person.now + DAY
    has_sent_money(person, refund_id)


def given_days(person: Person, now: datetime, *, months: int, turns_in: int) -> Story:
    """Was given five days for an outage: the period ends later."""
    yield from arrive(person, bought(now, months=months, turns_in=turns_in), by_day=True)
    (slug,) = pick(person)
    yield from first_purchase(person, slug)
    yield now - 4 * DAY
    facts = CompensationFacts(
        CompensationKind.EXTRA_DAYS, "Сценарии стояли из-за сбоя на нашей стороне", days=5
    )
    compensation_id = asks_to_compensate(person, facts, slug)
    yield person.now + 2 * HOUR
    compensates(person, compensation_id)


def given_goodwill(person: Person, now: datetime, *, months: int, turns_in: int) -> Story:
    """Was given goodwill that the next invoice will be lower by."""
    yield from arrive(person, bought(now, months=months, turns_in=turns_in), by_day=True)
    yield from first_purchase(person, *pick(person))
    yield now - 3 * DAY
    amount = GOODWILL[person.subscriptions()[0].currency]
    facts = CompensationFacts(CompensationKind.BALANCE, "Долго отвечали на обращение", amount=amount)
    compensation_id = asks_to_compensate(person, facts)
    yield person.now + 5 * HOUR
    compensates(person, compensation_id)


def with_many_keys(person: Person, now: datetime, *, months: int, turns_in: int) -> Story:
    """A key for each department; one is being replaced, and the old one still works."""
    yield from arrive(person, bought(now, months=months, turns_in=turns_in), by_day=True)
    sales, stock = pick(person, 2)
    yield from first_purchase(person, sales, stock, interval=BillingInterval.YEAR)
    names_key(person, "Основной сценарий", "Продажи")
    yield person.now + DAY
    creates_key(person, "Отчёты по остаткам", "Склад")
    yield person.now + 10 * MINUTE
    person.reveal(PRODUCTION_KEY)
    yield person.now + HOUR
    person.use(PRODUCTION_KEY, stock, account_of(person))
    yield now - 3 * DAY
    creates_key(person, "Проба новых сценариев", "Склад")
    rotates_key(person, "Основной сценарий", timedelta(days=7))
    yield person.now + 10 * MINUTE
    person.reveal(PRODUCTION_KEY)


def blocked(person: Person, now: datetime, *, days: float) -> Story:
    """Paid, then blocked by an administrator."""
    yield from arrive(person, now - days * DAY, by_day=True)
    yield from first_purchase(person, *pick(person))
    yield now - 6 * DAY
    blocks(person, "Ключ опубликован в открытом репозитории, владелец не отвечает")


def with_lost_key(person: Person, now: datetime, *, months: int, turns_in: int) -> Story:
    """Support has deactivated the key at the owner's wish."""
    yield from arrive(person, bought(now, months=months, turns_in=turns_in), by_day=True)
    yield from first_purchase(person, *pick(person), interval=BillingInterval.YEAR)
    yield now - 9 * DAY
    switches_key_off(person, PRODUCTION_KEY, "Просьба клиента: ключ попал на снимок экрана в чате")
