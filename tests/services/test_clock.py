"""The movable clock: forward only, seen by everyone at once (design §2.2)."""

from datetime import timedelta

import pytest

from app.billing.actors import Actor
from app.billing.errors import InvalidInput
from app.bootstrap import Container, build_container
from app.models import AuditEntry
from app.repositories.clock import MovableClock, SystemClock
from app.services.clock import FARTHEST, move_clock
from tests.factories import rows
from tests.parallel import at_once

ADMIN = Actor.staff("admin")


def move(container: Container, ahead: timedelta) -> timedelta:
    return move_clock(container.transactions, actor=ADMIN, ahead=ahead, now=container.clock.now())


def test_a_move_is_seen_by_every_process_at_once(container: Container) -> None:
    clock = MovableClock(container.session_factory)
    other = build_container(container.settings)
    assert isinstance(other.clock, MovableClock)
    assert abs(clock.now() - SystemClock().now()) < timedelta(seconds=5)

    assert move(container, timedelta(days=7)) == timedelta(days=7)
    assert move(container, timedelta(hours=1)) == timedelta(days=7, hours=1)

    assert clock.offset() == other.clock.offset() == timedelta(days=7, hours=1)
    moved = other.clock.now() - SystemClock().now()
    assert timedelta(days=7, minutes=59) < moved <= timedelta(days=7, hours=1)
    other.engine.dispose()
    entries = rows(container, AuditEntry, action="clock.move")
    assert [entry.details for entry in entries] == [{"seconds": 604_800}, {"seconds": 3_600}]


def test_moves_at_once_add_up(container: Container) -> None:
    at_once(*[lambda: move(container, timedelta(hours=1))] * 6)
    assert MovableClock(container.session_factory).offset() == timedelta(hours=6)


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(seconds=-1), FARTHEST + timedelta(seconds=1)])
def test_it_only_goes_forward_and_not_absurdly_far(container: Container, ahead: timedelta) -> None:
    with pytest.raises(InvalidInput) as refusal:
        move(container, ahead)
    assert refusal.value.code == "CLOCK_MOVE"
    assert MovableClock(container.session_factory).offset() == timedelta()
