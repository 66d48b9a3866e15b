"""Saved methods as staff see them: masked, with what became of them, by those who may see payments."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.bootstrap import Container
from app.models import PaymentMethod
from app.services.payment_methods import delete_payment_method
from tests.factories import rows
from tests.views.conftest import Employee, Shop

Staff = Callable[[str], Employee]


@pytest.mark.parametrize("role", ["Admin", "Support", "Finance", "Auditor"])
def test_staff_see_the_masked_method_and_its_token_nowhere(
    container: Container, staff: Staff, shop: Shop, role: str
) -> None:
    (method,) = rows(container, PaymentMethod)
    page = staff(role).get(f"/customers/show/{shop.customer_id}")

    assert page.status_code == 200
    assert "Способы оплаты" in page.text
    assert "Visa •••• 4242" in page.text
    assert "31.12.2035" in page.text
    assert method.token not in page.text


def test_a_deleted_method_still_says_when_it_was_deleted(
    container: Container, staff: Staff, shop: Shop
) -> None:
    (method,) = rows(container, PaymentMethod)
    delete_payment_method(
        container.transactions,
        customer_id=shop.customer_id,
        method_id=method.id,
        now=container.clock.now(),
    )
    page = staff("Support").get(f"/customers/show/{shop.customer_id}").text

    assert "Visa •••• 4242" in page
    assert "Удалена сохранённая карта" in page


def test_who_is_not_logged_in_sees_nothing(office: object, shop: Shop, staff: Staff) -> None:
    visitor = Employee(staff("Support").app)
    answer = visitor.get(f"/customers/show/{shop.customer_id}")

    assert answer.status_code == 302
    assert "/login/" in answer.location
