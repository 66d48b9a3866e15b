"""Logins of staff: revocable, eight hours, one employee each."""

from datetime import datetime, timedelta

import pytest

from app.bootstrap import Container
from app.models import AuditEntry, StaffSession
from app.services.staff_sessions import (
    STAFF_SESSION_TERM,
    TOUCH_EVERY,
    end_staff_session,
    is_staff_session_live,
    open_staff_session,
    record_failed_login,
)
from tests.factories import rows

OLGA = 7


@pytest.fixture
def real_now(container: Container) -> datetime:
    return container.wall_clock.now()


@pytest.fixture
def token(container: Container, real_now: datetime) -> str:
    return open_staff_session(
        container.transactions,
        staff_user_id=OLGA,
        username="olga",
        now=container.clock.now(),
        real_now=real_now,
    )


def live(container: Container, token: str, at: datetime, staff_user_id: int = OLGA) -> bool:
    return is_staff_session_live(
        container.transactions, token=token, staff_user_id=staff_user_id, real_now=at
    )


def test_a_session_belongs_to_one_employee_for_eight_hours(
    container: Container, token: str, real_now: datetime
) -> None:
    assert live(container, token, real_now)
    assert live(container, token, real_now + STAFF_SESSION_TERM - timedelta(microseconds=1))
    assert not live(container, token, real_now + STAFF_SESSION_TERM)
    assert not live(container, token, real_now, staff_user_id=8)
    assert not live(container, "made-up", real_now)
    (session,) = rows(container, StaffSession)
    assert token.encode() not in session.token_hash


def test_being_seen_is_written_every_few_minutes(
    container: Container, token: str, real_now: datetime
) -> None:
    assert live(container, token, real_now + TOUCH_EVERY - timedelta(seconds=1))
    assert rows(container, StaffSession)[0].last_seen_at == real_now
    assert live(container, token, real_now + TOUCH_EVERY)
    assert rows(container, StaffSession)[0].last_seen_at == real_now + TOUCH_EVERY


def test_logging_out_makes_a_copied_cookie_worthless(
    container: Container, token: str, real_now: datetime
) -> None:
    end_staff_session(
        container.transactions,
        token=token,
        staff_user_id=OLGA,
        username="olga",
        now=container.clock.now(),
        real_now=real_now,
    )
    assert not live(container, token, real_now)


def test_logins_leave_a_trace(container: Container, token: str) -> None:
    record_failed_login(container.transactions, staff_user_id=OLGA, now=container.clock.now())
    entries = [(row.action, row.actor_kind, row.object_id) for row in rows(container, AuditEntry)]
    assert entries == [("staff.login", "staff", "7"), ("staff.login_failed", "system", "7")]
