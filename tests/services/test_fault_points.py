"""Fault points: for tests only."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psutil
import pytest

from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import Customer, Subscription
from app.services.fault_points import (
    AFTER_COMMIT,
    ASKED_FOR,
    BEFORE_COMMIT,
    BETWEEN_SWEEP_STEPS,
    asked_for,
    fault_point,
    installed,
)
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import create_customer, rows, trial_key

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, None),
        ({"FAULT_POINT": "here"}, None),
        ({"FAULT_POINT": "here", "ENVIRONMENT": "production"}, None),
        ({"FAULT_POINT": "here", "ENVIRONMENT": "Test"}, None),
        ({"ENVIRONMENT": "test"}, None),
        ({"FAULT_POINT": "here", "ENVIRONMENT": "test"}, "here"),
        ({"FAULT_POINT": "here", "ENVIRONMENT": "demo"}, "here"),
    ],
)
def test_only_demo_and_test_have_them(environ: dict[str, str], name: str | None) -> None:
    assert asked_for(environ) == name


def test_nothing_happens_unless_asked_for() -> None:
    assert ASKED_FOR is None
    fault_point("here")


def test_an_installed_handler_is_called_at_every_point_while_it_stands() -> None:
    seen: list[str] = []

    with installed(seen.append):
        fault_point("here")
        with installed(lambda name: seen.append(f"inner {name}")):
            fault_point("there")
        fault_point("here again")
    fault_point("nowhere")

    assert seen == ["here", "inner there", "here again"]


class Killed(BaseException):
    """What a handler raises to end a process at a point."""


@pytest.fixture
def killed_at() -> Callable[[str], AbstractContextManager[None]]:
    """Kills whatever comes to the named point in the block."""

    @contextmanager
    def killed_at(point: str) -> Iterator[None]:
        def kill(name: str) -> None:
            if name == point:
                raise Killed(name)

        with installed(kill), pytest.raises(Killed):
            yield

    return killed_at


@pytest.mark.parametrize(("point", "stored"), [(BEFORE_COMMIT, False), (AFTER_COMMIT, True)])
def test_a_use_case_that_is_killed_is_on_disk_as_a_whole_or_not_at_all(
    container: Container, killed_at: Callable[[str], AbstractContextManager[None]], point: str, stored: bool
) -> None:
    with killed_at(point):
        create_customer(container)

    assert bool(rows(container, Customer)) is stored


def test_a_sweep_that_is_killed_between_its_steps_is_finished_by_the_next(
    container: Container,
    clock: ManualClock,
    shop: dict[str, int],
    killed_at: Callable[[str], AbstractContextManager[None]],
) -> None:
    trial_key(container, create_customer(container), [shop["crm-connector"]])
    clock.advance(days=8)

    with killed_at(BETWEEN_SWEEP_STEPS):
        sweep(container.billing_run())

    assert rows(container, Subscription)[0].status is SubscriptionStatus.TRIAL
    assert sweep(container.billing_run()).closed_subscriptions == 1


@pytest.mark.parametrize(("environment", "freezes"), [("test", True), ("production", False)])
def test_a_process_freezes_where_it_was_asked_to(environment: str, freezes: bool) -> None:
    program = "from app.services.fault_points import fault_point; fault_point('there'); fault_point('here')"
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"FAULT_POINT": "here", "ENVIRONMENT": environment, "PYTHONPATH": str(ROOT)},
    )
    try:
        if not freezes:
            assert process.wait(timeout=10) == 0
            return
        watched = psutil.Process(process.pid)
        while watched.status() != psutil.STATUS_STOPPED:
            assert process.poll() is None
    finally:
        process.kill()
        process.wait()
    assert process.returncode == -signal.SIGKILL
