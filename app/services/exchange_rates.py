"""Exchange rates: import by staff and by the daily job, and which one is in force (J4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.billing.actors import Actor
from app.billing.errors import Conflict, InvalidInput
from app.billing.exchange_rates import (
    FOREIGN_CURRENCIES,
    LONGEST_FORCE,
    ExchangeRate,
    MissingRate,
    RateFile,
    RateImport,
    compare,
    days_between,
)
from app.billing.money import Money
from app.billing.periods import local_date
from app.billing.ports import RateSource
from app.models import ExchangeRateDay
from app.services.sign_off import require_staff, signature
from app.services.unit_of_work import Repositories, Transactions, UnitOfWork

JOB = Actor.system("exchange_rates")
PATIENCE = timedelta(days=1)
"""For how long a day may stay without rates before a person is asked to look."""


@dataclass(frozen=True, slots=True)
class Imported:
    """How much was new in a file."""

    rates: int
    days: int


@dataclass(frozen=True, slots=True)
class RatesOfDay:
    """A day of the back-office's list: the rates in force on it, by currency, or why there is none."""

    day: date
    published_on: date | None
    rates: dict[str, ExchangeRate | MissingRate]

    @property
    def is_missing(self) -> bool:
        """Whether a document of this day could not be issued in some currency."""
        return any(isinstance(rate, MissingRate) for rate in self.rates.values())


def upload_rates(transactions: Transactions, *, actor: Actor, file: RateFile, now: datetime) -> Imported:
    """Store what is new in a file that an employee gave. The same file again changes nothing.

    Raises NotPermitted for anybody but staff, and as `import_rates`.
    """
    require_staff(actor)
    return import_rates(transactions, actor=actor, file=file, now=now)


def import_rates(transactions: Transactions, *, actor: Actor, file: RateFile, now: datetime) -> Imported:
    """Store what is new in the file, all of it or nothing.

    A published rate never changes silently: Conflict RATE_DIFFERS when the file contradicts what is known,
    and then nothing but a task for staff is stored for each difference. Raises InvalidInput
    (RATES_IN_FUTURE).
    """
    days = {*file.published_on, *(rate.published_on for rate in file.rates)}
    with transactions.begin(actor) as work:
        work.exchange_rates.lock()
        found = compare(work.exchange_rates.known_of(days), file, local_date(now))
        if found.differences:
            _ask_about(work, found, now)
        else:
            _store(work, found, now)
    if found.differences:
        raise Conflict(f"{len(found.differences)} differences", code="RATE_DIFFERS")
    return Imported(len(found.rates), len(found.published_on))


def fetch_rates(transactions: Transactions, source: RateSource, *, now: datetime) -> int:
    """Ask the source for every day up to today that lacks rates, within the longest holidays; how many came.

    `now` is real time: the source knows nothing of a clock that was moved. A source that gives no answer
    is left alone until the next time. A person is told once of each day that is over and still lacks rates.
    """
    today = local_date(now)
    missing = _missing_days(transactions, today)
    came = 0
    for day in missing:
        with suppress(InvalidInput, Conflict):  # the day stays missing, or has its task
            file = source.rates_of(day)
            if file is None:
                break
            import_rates(transactions, actor=JOB, file=file, now=now)
            came += 1
    if came < len(missing):
        _tell_of_missing(transactions, today, now)
    return came


def _missing_days(transactions: Transactions, today: date) -> list[date]:
    first = today - LONGEST_FORCE
    with transactions.reading() as repositories:
        return repositories.exchange_rates.known(first, today).missing_days(first, today)


def _tell_of_missing(transactions: Transactions, today: date, now: datetime) -> None:
    with transactions.begin(JOB) as work:
        for day in _missing_days(transactions, today):
            if day <= today - PATIENCE:
                work.ask_staff("exchange_rate_missing", "exchange_rate", day.isoformat(), None, now)


def rates_by_day(transactions: Transactions, *, first: date, last: date) -> list[RatesOfDay]:
    """Every day of the stretch, newest first, with its rates; in two queries."""
    with transactions.reading() as repositories:
        known = repositories.exchange_rates.known(first, last)
    return [
        RatesOfDay(
            day,
            known.published_on.get(day),
            {currency: known.in_force(currency, day) for currency in FOREIGN_CURRENCIES},
        )
        for day in reversed(days_between(first, last))
    ]


def rouble_value(repositories: Repositories, *, amount: Money, day: date) -> Money | MissingRate:
    """What the sum is worth in roubles at the rate of the legal date, or why that is not known (J4)."""
    return repositories.exchange_rates.known_of([day]).roubles(amount, day)


def _store(work: UnitOfWork, found: RateImport, now: datetime) -> None:
    work.exchange_rates.keep(found.rates, imported_by=signature(work.actor), now=now)
    for day, published_on in found.published_on.items():
        work.write(ExchangeRateDay, day=day, published_on=published_on, imported_at=now)
    if found.rates or found.published_on:
        work.audit("exchange_rate.import", "exchange_rate", _stretch(found), now=now, details=_counts(found))


def _stretch(found: RateImport) -> str:
    days = sorted({*found.published_on, *(rate.published_on for rate in found.rates)})
    return f"{days[0]}/{days[-1]}"


def _counts(found: RateImport) -> dict[str, int]:
    return {"rates": len(found.rates), "days": len(found.published_on)}


def _ask_about(work: UnitOfWork, found: RateImport, now: datetime) -> None:
    for identity in sorted(set(_identities(found))):
        work.ask_staff("exchange_rate_differs", "exchange_rate", identity, None, now)


def _identities(found: RateImport) -> Iterator[str]:
    for difference in found.differences:
        yield " ".join(filter(None, (difference.currency, difference.day.isoformat())))
