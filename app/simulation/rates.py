"""The Bank of Russia of a story: rates from Tuesday to Saturday, none of their own on the other days."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from app.billing.exchange_rates import FOREIGN_CURRENCIES, ExchangeRate, RateFile, daily_file

MONDAY, SUNDAY = 0, 6


class SimulatedRates:
    """Answers for any day, always the same."""

    def rates_of(self, day: date) -> RateFile | None:
        """The rates in force on the day."""
        published_on = day
        while published_on.weekday() in (SUNDAY, MONDAY):
            published_on -= timedelta(days=1)
        rates = [
            ExchangeRate(currency, published_on, 1, Decimal(80 + place + published_on.day))
            for place, currency in enumerate(FOREIGN_CURRENCIES)
        ]
        return daily_file(rates, published_on, day)
