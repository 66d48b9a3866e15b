"""Two schedulers, ten, and one that is late (faults 26 and 27)."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from subprocess import PIPE, Popen

import psutil
import pytest

from app.billing.invoice import InvoiceStatus
from app.billing.payment import AttemptState
from app.bootstrap import Container
from app.models import SchedulerTick
from app.services.charging import janitor
from app.services.clock import move_clock
from app.services.fault_points import AFTER_CLAIM_BEFORE_CHARGE
from app.services.sweep import sweep
from tests.embedded.processes import PROJECT, wait_until
from tests.factories import FACTORY, mails, rows
from tests.faults.books import assert_books_agree
from tests.faults.moments import MINUTES, minutes_pass
from tests.faults.subscribers import PRICE, Subscriber, due_subscribers, invoices, renewal_charges
from tests.role_processes import role_environment, running_role
from tests.services.charges import states

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shop")]

SECONDS = 60.0
SWEEPERS = """
import os, sys
from datetime import UTC, datetime
from app.bootstrap import build_container
from app.services.sweep import sweep
from config import load_settings

container = build_container(load_settings())
sweep(container.billing_run(datetime(2020, 1, 1, tzinfo=UTC)))  # nothing is due then: every module is loaded
container.engine.dispose()
for _ in range(int(sys.argv[1]) - 1):
    if os.fork() == 0:
        break
run = container.billing_run()
os.write(1, b"ready\\n")
os.read(0, 1)
sweep(run)
failed = False
try:
    while True:
        failed |= os.wait()[1] != 0
except ChildProcessError:
    os._exit(failed)  # taking an interpreter apart costs a second
"""
"""So many processes, each with connections of its own; all sweep when their standard input ends."""


@pytest.fixture
def clock() -> None:
    """Business time is what the processes read as well: real time and the offset row."""


def assert_renewed_once(container: Container, several: list[Subscriber]) -> None:
    for who in several:
        assert renewal_charges(container, who) == [PRICE]
        assert len(invoices(container, who)) == 2
    assert mails(container).count("subscription_renewed") == len(several)
    assert_books_agree(container)


@pytest.mark.parametrize("count", [2, 10])
def test_processes_that_sweep_at_once_renew_each_period_once(container: Container, count: int) -> None:
    """Fault 26."""
    several = due_subscribers(container, 5)
    command = [sys.executable, "-c", SWEEPERS, str(count)]
    environment = role_environment(container.settings)
    with Popen(command, cwd=PROJECT, env=environment, stdin=PIPE, stdout=PIPE) as sweepers:
        assert sweepers.stdin is not None
        assert sweepers.stdout is not None
        assert [sweepers.stdout.readline() for _ in range(count)] == [b"ready\n"] * count
        sweepers.stdin.close()

    assert sweepers.returncode == 0
    assert_renewed_once(container, several)


def test_two_schedulers_renew_each_period_once(container: Container, tmp_path: Path) -> None:
    """Fault 26: `run.py scheduler` twice."""
    several = due_subscribers(container, 5)
    log = tmp_path / "schedulers.log"
    with (
        running_role("scheduler", container.settings, log),
        running_role("scheduler", container.settings, log),
    ):
        wait_until(partial(are_paid, container, several), SECONDS)

    assert_renewed_once(container, several)


def are_paid(container: Container, several: list[Subscriber]) -> bool:
    held = [invoices(container, who) for who in several]
    return all(len(each) == 2 and each[-1].status is InvoiceStatus.PAID for each in held)


def test_a_scheduler_that_ends_its_turn_three_turns_later_charges_nobody_again(
    container: Container, tmp_path: Path
) -> None:
    """Fault 27: stopped in the middle of a renewal; meanwhile others sweep and the janitor settles."""
    several = due_subscribers(container, 3)
    with running_role(
        "scheduler", container.settings, tmp_path / "late.log", FAULT_POINT=AFTER_CLAIM_BEFORE_CHARGE
    ) as late:
        wait_until(lambda: late.status() == psutil.STATUS_STOPPED, SECONDS)
        for _ in range(3):
            ten_minutes_later(container)
            sweep(container.billing_run())
        assert [renewal_charges(container, who) for who in several] == [[], [], []]
        janitor(container.charging, now=container.clock.now(), real_now=container.wall_clock.now())
        assert_renewed_once(container, several)

        resumed_at = container.wall_clock.now()
        late.resume()
        wait_until(lambda: rows(container, SchedulerTick, task="relay")[0].ran_at > resumed_at, SECONDS)

    for who in several:
        assert states(container, invoices(container, who)[-1].id) == [AttemptState.SUCCEEDED]
    assert_renewed_once(container, several)


def ten_minutes_later(container: Container) -> None:
    minutes_pass(container)
    move_clock(container.transactions, actor=FACTORY, ahead=MINUTES, now=container.clock.now())
