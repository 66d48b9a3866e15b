"""Pay-as-you-go in the back-office: months of operations, and what they cost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.bootstrap import Container
from app.models import Subscription
from tests.factories import rows
from tests.services.metered import create_metered_connector, start, use
from tests.views.conftest import Employee, Shop
from tests.views.test_lists import found, queries

Staff = Callable[[str], Employee]


@pytest.fixture
def used(container: Container, shop: Shop) -> int:
    """Alice has used three operations; the subscription."""
    create_metered_connector(container)
    subscription_id = start(container, shop.customer_id)
    use(container, 3, subscription_id=subscription_id)
    return subscription_id


@pytest.mark.parametrize("role", ["Support", "Finance", "Auditor", "Admin"])
def test_months_of_operations_are_read_and_have_no_page_of_their_own(
    staff: Staff, used: int, role: str
) -> None:
    employee = staff(role)
    page = employee.get("/usage-months/list/").text
    assert "март 2026" in page
    assert f"/admin/subscriptions/show/{used}" in page
    assert found(employee, "usage-months", _flt_0_customer_email="alice", _flt_0_closed_at="n") == 1
    assert found(employee, "usage-months", _flt_0_customer_email="bob") == 0
    assert employee.get("/usage-months/show/1").status_code in (403, 404)
    assert "Использованные операции" in employee.get(f"/subscriptions/show/{used}").text


def test_what_operations_cost(staff: Staff, used: int) -> None:
    support = staff("Support")
    page = support.get("/operation-prices/show/1").text
    assert "500,00\u00a0₽" in page
    assert "1000" in page
    assert found(support, "operation-prices", _flt_0_connector_slug="ai") == 1


def test_the_list_costs_the_same_however_long(
    staff: Staff, used: int, container: Container, shop: Shop
) -> None:
    finance = staff("Finance")
    finance.get("/usage-months/list/")
    with queries() as few:
        finance.get("/usage-months/list/")
    for number in range(3):
        use(container, subscription_id=start(container, shop.customer_id, make_account=f"m{number}"))
    assert len(rows(container, Subscription)) == 5
    with queries() as more:
        finance.get("/usage-months/list/")
    assert len(more) == len(few)
