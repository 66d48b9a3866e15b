"""Official exchange rates of the Bank of Russia: which one is in force on a day, and what it makes of a sum.

The Bank sets rates on working days; each is dated by the day on which it comes into force and holds until
the next one does. So a Sunday has the rate of Saturday, but only the Bank knows on which days it set none:
a day without a rate of its own takes an earlier one only when the Bank said so (J4). A rate that is not
known is a value of its own and never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from app.billing.errors import InvalidInput
from app.billing.money import MINOR_UNITS_PER_MAJOR, Money, round_half_up

ROUBLE = "RUB"
FOREIGN_CURRENCIES = tuple(sorted(set(MINOR_UNITS_PER_MAJOR) - {ROUBLE}))
"""The currencies whose rates are kept: those that the product sells in."""
LONGEST_FORCE = timedelta(days=14)
"""No rate is used later than this after its date: the longest holidays of the country are shorter."""
DAY = timedelta(days=1)


class MissingRate(StrEnum):
    """Why there is no rate; whoever needs one has to wait (J4)."""

    DAY_UNKNOWN = "day_unknown"
    """Nothing of this day was imported."""
    RATE_UNKNOWN = "rate_unknown"
    """The day is known, this currency's rate is not."""
    TOO_OLD = "too_old"
    """The last rate is older than any holidays are long."""


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """`nominal` units of the currency cost `value` roubles from the day `published_on` on."""

    currency: str
    published_on: date
    nominal: int
    value: Decimal

    def __post_init__(self) -> None:
        """Refuse what no rate can be."""
        if self.currency not in FOREIGN_CURRENCIES:
            raise ValueError(f"no rate is kept of {self.currency!r}")
        if self.nominal <= 0 or not self.value.is_finite() or self.value <= 0:
            raise ValueError("a rate is a positive number of roubles for a positive number of units")

    @property
    def per_unit(self) -> Fraction:
        """Roubles for one unit, exactly."""
        return Fraction(self.value) / self.nominal

    def roubles(self, amount: Money) -> Money:
        """What the sum is worth, half-up to the kopeck; ValueError for another currency."""
        if amount.currency != self.currency:
            raise ValueError(f"a rate of {self.currency} says nothing of {amount.currency}")
        scale = Fraction(MINOR_UNITS_PER_MAJOR[ROUBLE], MINOR_UNITS_PER_MAJOR[self.currency])
        return Money(round_half_up(amount.minor * self.per_unit * scale), ROUBLE)


@dataclass(frozen=True, slots=True)
class KnownRates:
    """What was imported so far: of each day when its rates were published, and the rates."""

    published_on: Mapping[date, date] = field(default_factory=dict)
    rates: Mapping[tuple[str, date], ExchangeRate] = field(default_factory=dict)

    def in_force(self, currency: str, day: date) -> ExchangeRate | MissingRate:
        """The rate of the day, or why there is none."""
        published_on = self.published_on.get(day)
        if published_on is None:
            return MissingRate.DAY_UNKNOWN
        if day - published_on > LONGEST_FORCE:
            return MissingRate.TOO_OLD
        return self.rates.get((currency, published_on), MissingRate.RATE_UNKNOWN)

    def roubles(self, amount: Money, day: date) -> Money | MissingRate:
        """What the sum is worth in roubles on the day; a sum in roubles needs no rate."""
        if amount.currency == ROUBLE:
            return amount
        rate = self.in_force(amount.currency, day)
        return rate if isinstance(rate, MissingRate) else rate.roubles(amount)

    def missing_days(self, first: date, last: date) -> list[date]:
        """The days of the stretch, both included, on which some currency has no rate."""
        return [
            day
            for day in days_between(first, last)
            if any(isinstance(self.in_force(each, day), MissingRate) for each in FOREIGN_CURRENCIES)
        ]


@dataclass(frozen=True, slots=True)
class RateFile:
    """What a file of the Bank says: rates, and of each day when the rates in force on it were published."""

    rates: tuple[ExchangeRate, ...]
    published_on: Mapping[date, date]


def daily_file(rates: Iterable[ExchangeRate], published_on: date, asked_for: date | None) -> RateFile:
    """The daily file as it was answered for a day: every day since its date has had no rates of its own.

    Without the day that was asked for it speaks of its own date only. Raises InvalidInput RATES_INCOMPLETE
    when a currency lacks, RATES_OF_ANOTHER_DAY when the file can't be the answer for that day.
    """
    found = tuple(rates)
    if {rate.currency for rate in found} != set(FOREIGN_CURRENCIES):
        raise InvalidInput("a currency lacks", code="RATES_INCOMPLETE")
    last = asked_for or published_on
    if not timedelta() <= last - published_on <= LONGEST_FORCE:
        raise InvalidInput(f"{published_on} can't be in force on {last}", code="RATES_OF_ANOTHER_DAY")
    return RateFile(found, dict.fromkeys(days_between(published_on, last), published_on))


def history_file(rates: Iterable[ExchangeRate]) -> RateFile:
    """The history of one currency: a day between two rates has had none of its own.

    What stands after the last rate, and gaps longer than any holidays, are left unknown.
    """
    found = tuple(sorted(rates, key=lambda rate: rate.published_on))
    published_on = {rate.published_on: rate.published_on for rate in found}
    for earlier, later in pairwise(found):
        if later.published_on - earlier.published_on <= LONGEST_FORCE:
            quiet = days_between(earlier.published_on + DAY, later.published_on - DAY)
            published_on |= dict.fromkeys(quiet, earlier.published_on)
    return RateFile(found, published_on)


@dataclass(frozen=True, slots=True)
class Difference:
    """The Bank's word of a day has changed: of a currency's rate, or of when its rates were published."""

    day: date
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class RateImport:
    """What a file adds to what is known, and where it contradicts it."""

    rates: tuple[ExchangeRate, ...]
    published_on: Mapping[date, date]
    differences: tuple[Difference, ...]


def compare(known: KnownRates, file: RateFile, today: date) -> RateImport:
    """What is new in the file. What is known already is left alone, so that a file twice is a file once.

    Raises InvalidInput RATES_IN_FUTURE: rates are set for the next day at most, and nobody can say of a
    later day yet that it has none of its own.
    """
    if any(rate.published_on > today + DAY for rate in file.rates) or any(
        day > max(today, published_on) for day, published_on in file.published_on.items()
    ):
        raise InvalidInput("rates of a day to come", code="RATES_IN_FUTURE")
    return RateImport(
        tuple(rate for rate in file.rates if (rate.currency, rate.published_on) not in known.rates),
        {day: of for day, of in file.published_on.items() if day not in known.published_on},
        tuple(_differences(known, file)),
    )


def _differences(known: KnownRates, file: RateFile) -> Iterator[Difference]:
    for rate in file.rates:
        before = known.rates.get((rate.currency, rate.published_on))
        if before is not None and before.per_unit != rate.per_unit:
            yield Difference(rate.published_on, rate.currency)
    for day, published_on in file.published_on.items():
        if known.published_on.get(day, published_on) != published_on:
            yield Difference(day)


def days_between(first: date, last: date) -> list[date]:
    """Every day of the stretch, both included; none when the last is before the first."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
