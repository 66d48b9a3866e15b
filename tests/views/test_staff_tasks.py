"""Tasks for staff: shown with what they are about, ticked off once with what was done."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.bootstrap import Container
from app.models import StaffTask
from tests.factories import FACTORY, rows
from tests.views.conftest import Employee, Shop, deeds
from tests.views.test_lists import found

Staff = Callable[[str], Employee]


@pytest.fixture
def task(container: Container, shop: Shop) -> StaffTask:
    """A document of Alice could not be made."""
    with container.transactions.begin(FACTORY) as work:
        work.ask_staff("document_failed", "document", 1, shop.customer_id, container.clock.now())
    return rows(container, StaffTask)[0]


@pytest.mark.parametrize("role", ["Support", "Finance"])
def test_a_task_is_ticked_off_with_what_was_done(
    staff: Staff, task: StaffTask, container: Container, role: str
) -> None:
    employee = staff(role)
    page = employee.get(f"/tasks/show/{task.id}").text
    assert "Документ не удалось сделать" in page
    assert "/admin/documents/show/1" in page
    assert f"/admin/tasks/finish/{task.id}" in page
    form = {"reason": "Сделан заново"}
    done = employee.post(f"/tasks/finish/{task.id}", form, follow_redirects=True).text
    assert "Задача отмечена выполненной." in done
    assert "Сделан заново" in done
    assert f"/admin/tasks/finish/{task.id}" not in done
    assert rows(container, StaffTask)[0].done_at is not None
    assert deeds(container, "staff_task.finish") == [(role.lower(), "Сделан заново")]
    assert found(employee, "tasks", _flt_0_done_at="n") == 0


def test_the_auditor_sees_tasks_and_ticks_off_none(staff: Staff, task: StaffTask) -> None:
    auditor = staff("Auditor")
    assert f"/admin/tasks/finish/{task.id}" not in auditor.get(f"/tasks/show/{task.id}").text
    assert auditor.post(f"/tasks/finish/{task.id}", {"reason": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("kind", "object_kind", "identity", "told"),
    [
        ("sweep:INVALID_INPUT", "subscription", "1", "Не удалось обработать при обходе: INVALID_INPUT"),
        ("billing_parked", "customer", "1", "Расчёты с клиентом приостановлены"),
        ("unknown_payment", "payment_attempt", "5f0c", "Исход платежа долго неизвестен"),
        (
            "invariant_broken",
            "invariant",
            "numbers of a series and year have no gap",
            "Правило данных: номера серии за год идут без пропусков",
        ),
    ],
)
def test_every_kind_of_task_reads_as_people_write(
    staff: Staff, shop: Shop, container: Container, kind: str, object_kind: str, identity: str, told: str
) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.ask_staff(kind, object_kind, identity, None, container.clock.now())
    assert told in staff("Support").get("/tasks/list/").text
