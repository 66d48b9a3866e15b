"""Exchange rates of the Bank of Russia."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.billing.exchange_rates import LONGEST_FORCE, ExchangeRate, KnownRates, MissingRate
from app.models import ExchangeRateDay, ExchangeRateRow
from app.repositories.base import one_of

IMPORT_LOCK = 7_120_007
"""Two imports at once wait for each other, so that each compares with what the other has stored."""


class ExchangeRateRepository:
    """Rates, and the Bank's word of days."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def lock(self) -> None:
        """Wait for any other import, until this transaction ends."""
        self.session.execute(select(func.pg_advisory_xact_lock(IMPORT_LOCK)))

    def known(self, first: date, last: date) -> KnownRates:
        """What is known of these days, both included, in two queries."""
        days = self.session.execute(
            select(ExchangeRateDay.day, ExchangeRateDay.published_on).where(
                ExchangeRateDay.day.between(first, last)
            )
        )
        rates = self.session.scalars(
            select(ExchangeRateRow).where(ExchangeRateRow.published_on.between(first - LONGEST_FORCE, last))
        )
        return KnownRates({row.day: row.published_on for row in days}, _by_key(row.rate for row in rates))

    def known_of(self, days: Collection[date]) -> KnownRates:
        """What is known of just these days, as `known`; of long stretches with few days in them."""
        told = self.session.execute(
            select(ExchangeRateDay.day, ExchangeRateDay.published_on).where(one_of(ExchangeRateDay.day, days))
        )
        published_on = {row.day: row.published_on for row in told}
        rates = self.session.scalars(
            select(ExchangeRateRow).where(
                one_of(ExchangeRateRow.published_on, {*published_on.values(), *days})
            )
        )
        return KnownRates(published_on, _by_key(row.rate for row in rates))

    def keep(self, rates: Iterable[ExchangeRate], *, imported_by: str, now: datetime) -> None:
        """Store rates that are not known yet."""
        self.session.add_all(
            ExchangeRateRow(
                currency=rate.currency,
                published_on=rate.published_on,
                nominal=rate.nominal,
                value=rate.value,
                imported_at=now,
                imported_by=imported_by,
            )
            for rate in rates
        )

    def in_force(self, currency: str, day: date) -> ExchangeRate | MissingRate:
        """The rate of the day, or why there is none."""
        return self.known_of([day]).in_force(currency, day)


def _by_key(rates: Iterable[ExchangeRate]) -> dict[tuple[str, date], ExchangeRate]:
    return {(rate.currency, rate.published_on): rate for rate in rates}
