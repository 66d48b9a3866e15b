"""The clock in the back-office: there only where it can be moved, the Admin's only; a year can be watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from app import create_back_office_app
from app.bootstrap import Container
from app.models import AuditEntry, ClockOffset, Invoice
from app.services.sweep import SweepReport, sweep
from app.views.clock import DONE, days_ahead
from tests.clock import ManualClock
from tests.factories import rows
from tests.views.conftest import Employee, Shop

Staff = Callable[[str], Employee]
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def moved_by(container: Container) -> timedelta:
    return timedelta(seconds=sum(row.seconds for row in rows(container, ClockOffset)))


def move(employee: Employee, step: str) -> str:
    return employee.post("/clock/move", {"step": step}, follow_redirects=True).text


def test_the_page_tells_the_time_and_what_comes_next(admin: Employee, shop: Shop) -> None:
    page = admin.get("/clock/").text
    assert "02.03.2026, 12:00" in page
    assert "Следующее событие" in page
    for step in ("next", "tomorrow", "week", "month", "year"):
        assert f'value="{step}"' in page, step
    assert 'href="/admin/clock/"' in admin.get("/").text


@pytest.mark.parametrize(
    ("ahead", "days"),
    [
        (timedelta(0), 0),
        (timedelta(microseconds=-1), 0),
        (timedelta(days=30, seconds=-2), 30),
        (timedelta(days=30), 30),
    ],
)
def test_the_days_ahead_of_real_time(ahead: timedelta, days: int) -> None:
    assert days_ahead(START + ahead, START) == days


@pytest.mark.parametrize(
    ("step", "target"),
    [
        ("tomorrow", datetime(2026, 3, 2, 21, tzinfo=UTC)),
        ("week", datetime(2026, 3, 9, 9, tzinfo=UTC)),
        ("month", datetime(2026, 4, 2, 9, tzinfo=UTC)),
    ],
)
def test_the_clock_is_moved_as_far_as_asked(
    admin: Employee, shop: Shop, container: Container, step: str, target: datetime
) -> None:
    page = move(admin, step)
    assert "Часы переведены." in page
    assert moved_by(container) == target - START
    (entry,) = rows(container, AuditEntry, action="clock.move")
    assert entry.actor_identity == "admin"


def test_a_year_passes_with_everything_in_it_and_is_told_once(
    admin: Employee, shop: Shop, container: Container
) -> None:
    page = move(admin, "year")
    assert len(rows(container, Invoice)) == 13
    for told in ("Что произошло по пути", "Продлений выставлено и списано", "<td>12</td>"):
        assert told in page, told
    assert "Что произошло по пути" not in admin.get("/clock/").text


def test_the_next_event_is_where_something_happens(
    admin: Employee, shop: Shop, container: Container, clock: ManualClock
) -> None:
    move(admin, "next")
    assert moved_by(container) > timedelta()
    assert len(rows(container, Invoice)) == 1


def test_where_nothing_fell_due_it_says_so(admin: Employee, shop: Shop, container: Container) -> None:
    sweep(container.billing_run())  # the documents of what was sold
    assert "По пути ничего не наступило." in move(admin, "tomorrow")


def test_an_unknown_step_moves_nothing(admin: Employee, shop: Shop, container: Container) -> None:
    for form in ({}, {"step": "back"}):
        assert admin.post("/clock/move", form).status_code == 400
    assert admin.get("/clock/move").status_code == 405
    assert moved_by(container) == timedelta()


def test_only_the_admin_has_a_clock(staff: Staff, shop: Shop, container: Container) -> None:
    for role in ("Support", "Finance", "Auditor"):
        employee = staff(role)
        assert employee.get("/clock/").status_code == 403, role
        assert employee.post("/clock/move", {"step": "year"}).status_code == 403, role
        assert "/admin/clock/" not in employee.get("/").text, role
    assert moved_by(container) == timedelta()


@pytest.fixture
def office_of_production(office: Flask, container: Container) -> Iterator[Flask]:
    """The back-office where the clock can't be moved, on the same database."""
    fixed = container.settings.model_copy(update={"clock_movable": False})
    production = replace(container, settings=fixed)
    app = create_back_office_app(production)
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()
    production.engine.dispose()


def test_where_the_clock_can_not_be_moved_there_is_no_such_page(
    office_of_production: Flask, hire: Callable[[str], Employee], shop: Shop, container: Container
) -> None:
    hire("Admin")
    admin = Employee(office_of_production, "admin")
    assert admin.log_in().status_code == 302
    assert admin.get("/clock/").status_code == 404
    assert admin.post("/clock/move", {"step": "year"}).status_code == 404
    assert "/admin/clock/" not in admin.get("/").text
    assert [rule for rule in office_of_production.url_map.iter_rules() if "clock" in str(rule)] == []
    assert moved_by(container) == timedelta()


def test_everything_that_a_sweep_reports_has_a_name() -> None:
    assert set(DONE) == {field.name for field in fields(SweepReport)}
