"""A customer whose billing is parked: counted, found, told why, and let go on by finance."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.bootstrap import Container
from app.models import Customer, StaffTask
from app.services.parking import park_billing
from tests.factories import FACTORY, create_customer, rows
from tests.views.conftest import Employee, Shop, deeds
from tests.views.test_lists import found

Staff = Callable[[str], Employee]


@pytest.fixture
def parked(container: Container, shop: Shop) -> str:
    """Alice's billing is parked, Bob's is not; the path of her page."""
    create_customer(container, "bob@example.com")
    with container.transactions.begin(FACTORY) as work:
        customer = work.customers.get(shop.customer_id, lock=True)
        reason = "INV7: numbers of a series and year have no gap"
        park_billing(work, customer, reason, container.clock.now())
    return f"/customers/show/{shop.customer_id}"


def test_it_is_counted_found_and_told(staff: Staff, parked: str) -> None:
    support = staff("Support")
    card = support.get("/").text.split('href="/admin/customers/list/?_flt_0_billing_parked_at=y"')[1]
    assert '<span class="count-number">1</span>' in card.split("</a>")[0]
    assert found(support, "customers", _flt_0_billing_parked_at="y") == 1
    assert found(support, "customers", _flt_0_billing_parked_at="n") == 1
    page = support.get(parked).text
    assert "номера серии за год идут без пропусков" in page
    assert "Возобновить расчёты" not in page, "support can't let it go on"
    assert found(support, "tasks", _flt_0_done_at="n") == 1


@pytest.mark.parametrize("role", ["Finance", "Admin"])
def test_who_may_lets_billing_go_on(
    staff: Staff, parked: str, shop: Shop, container: Container, role: str
) -> None:
    employee, path = staff(role), f"/customers/resume-billing/{shop.customer_id}"
    assert path in employee.get(parked).text
    assert "номера серии за год идут без пропусков" in employee.get(path).text
    employee.post(path, {"reason": " "})
    assert rows(container, Customer)[0].billing_parked_at is not None
    answer = employee.post(path, {"reason": "Номер нашёлся"}, follow_redirects=True)
    assert "Расчёты возобновлены." in answer.text
    assert path not in answer.text
    assert rows(container, Customer)[0].billing_parked_at is None
    assert rows(container, StaffTask)[0].done_at is not None
    assert deeds(container, "billing.resume") == [(role.lower(), "Номер нашёлся")]


def test_others_are_refused(staff: Staff, parked: str, shop: Shop, container: Container) -> None:
    for role in ("Support", "Auditor"):
        path = f"/customers/resume-billing/{shop.customer_id}"
        assert staff(role).post(path, {"reason": "x"}).status_code == 403
    assert rows(container, Customer)[0].billing_parked_at is not None
