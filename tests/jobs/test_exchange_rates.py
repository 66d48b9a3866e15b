"""The daily job asks the Bank, where the settings name it (J4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app.billing.periods import local_date
from app.bootstrap import Container
from app.jobs.scheduler import TIMETABLE
from app.models import ExchangeRateRow
from tests.clock import ManualClock
from tests.factories import rows
from tests.rates.bank import FakeBank, bank
from tests.rates.samples import daily

__all__ = ["bank"]


def run_job(container: Container) -> None:
    (task,) = [each for each in TIMETABLE if each.name == "exchange_rates"]
    task.run(container)


def test_rates_come_from_the_bank_in_real_time(
    container: Container, clock: ManualClock, bank: FakeBank
) -> None:
    today = local_date(container.wall_clock.now())
    bank.body = daily(today - timedelta(days=14))
    clock.move_to(container.wall_clock.now() + timedelta(days=300))
    settings = container.settings.model_copy(update={"cbr_rates_url": bank.url})
    asking = replace(container, settings=settings)
    run_job(asking)
    assert f"{today:%d/%m/%Y}" in bank.asked[-1]
    assert {row.published_on for row in rows(container, ExchangeRateRow)} == {today - timedelta(days=14)}
    asked = len(bank.asked)
    run_job(asking)
    assert len(bank.asked) == asked, "nothing is missing any more"
    asking.engine.dispose()
    asking.reading_engine.dispose()


def test_without_an_address_nobody_is_asked(container: Container) -> None:
    assert container.rate_source is None
    run_job(container)
    assert rows(container, ExchangeRateRow) == []
