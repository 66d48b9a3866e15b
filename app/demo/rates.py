"""The demo's exchange rates: made up for every day that it plays, so that documents abroad can be issued."""

from __future__ import annotations

from datetime import datetime

from app.billing.actors import Actor
from app.billing.periods import local_date
from app.bootstrap import Container
from app.rates.made_up import rates_of_days
from app.services.exchange_rates import import_rates

ACTOR = Actor.system("demo")


def make_up_rates(container: Container, first: datetime, last: datetime) -> None:
    """Give every day of a stretch its rates; nothing where rates come from the Bank of Russia.

    Raises Conflict (RATE_DIFFERS) when somebody has uploaded others for one of these days.
    """
    if container.settings.cbr_rates_url is None:
        file = rates_of_days(local_date(first), local_date(last))
        import_rates(container.transactions, actor=ACTOR, file=file, now=last)
