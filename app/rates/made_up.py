"""Made-up exchange rates for the demo and for stories: from Tuesday to Saturday, as the Bank of Russia."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from app.billing.exchange_rates import FOREIGN_CURRENCIES, ExchangeRate, RateFile, daily_file, days_between

MONDAY, SUNDAY = 0, 6


class MadeUpRates:
    """Answers for any day, always the same; of no use where money is real."""

    def rates_of(self, day: date) -> RateFile | None:
        """The rates in force on the day."""
        published_on = _published_on(day)
        return daily_file(_rates(published_on), published_on, day)


def rates_of_days(first: date, last: date) -> RateFile:
    """The rates of a stretch of days as one file."""
    published_on = {day: _published_on(day) for day in days_between(first, last)}
    days = sorted(set(published_on.values()))
    return RateFile(tuple(rate for day in days for rate in _rates(day)), published_on)


def _published_on(day: date) -> date:
    while day.weekday() in (SUNDAY, MONDAY):
        day -= timedelta(days=1)
    return day


def _rates(published_on: date) -> list[ExchangeRate]:
    return [
        ExchangeRate(currency, published_on, 1, Decimal(80 + place + published_on.day))
        for place, currency in enumerate(FOREIGN_CURRENCIES)
    ]
