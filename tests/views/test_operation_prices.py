"""A price of operations is announced by a form; whoever pays already is told (I1, G5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from app.bootstrap import Container
from app.models import AuditEntry, OperationPrice
from tests.factories import promised, rows
from tests.services.metered import MAY_BEGINS, create_metered_connector, start
from tests.views.conftest import Employee, Shop

Staff = Callable[[str], Employee]


@pytest.fixture
def connector(container: Container, shop: Shop) -> int:
    """A connector at 500 roubles for 1 000 operations, beside one that is paid by the month."""
    return create_metered_connector(container)


@pytest.fixture
def used(container: Container, connector: int, shop: Shop) -> int:
    """Alice pays for its operations."""
    return start(container, shop.customer_id)


def typed(connector_id: int, **changes: str) -> dict[str, str]:
    return {
        "connector": str(connector_id),
        "currency": "RUB",
        "amount": "799.90",
        "operations": "1500",
        "valid_from": "2026-05-01T00:00",
    } | changes


def test_finance_announces_a_price_and_customers_are_told(
    staff: Staff, container: Container, connector: int, used: int, shop: Shop
) -> None:
    finance = staff("Finance")
    page = finance.post("/operation-prices/add", typed(connector), follow_redirects=True).text
    old, new = rows(container, OperationPrice)
    assert (new.amount_minor, new.operations, new.currency, new.valid_from) == (
        79_990,
        1_500,
        "RUB",
        MAY_BEGINS,
    )
    (mail,) = promised(container, "mail.operation_price_change")
    assert (mail.customer_id, mail.payload["old_price_id"]) == (shop.customer_id, old.id)
    (entry,) = rows(container, AuditEntry, action="operation_price.add")
    assert entry.actor_identity == "finance"
    for words in ("прежние месяцы остаются со своей", "799,90\u00a0₽", "Новая цена операций"):
        assert words in page, words


def test_the_form_offers_a_month_that_may_be_announced_and_connectors_that_are_priced_so(
    staff: Staff, connector: int, used: int, shop: Shop
) -> None:
    finance = staff("Finance")
    page = finance.get(f"/operation-prices/add?connector={connector}").text
    assert 'value="2026-05-01T00:00"' in page
    assert f'<option selected value="{connector}">' in page
    assert f'value="{shop.connector_id}">Crm' not in page
    assert (
        f"/admin/operation-prices/add?connector={connector}"
        in finance.get(f"/connectors/show/{connector}").text
    )
    assert (
        f"/admin/prices/add?connector={shop.connector_id}"
        in finance.get(f"/connectors/show/{shop.connector_id}").text
    )


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"valid_from": "2026-04-01T00:00"}, "не меньше чем за 30 дней"),
        ({"valid_from": "2026-05-02T00:00"}, "первого числа месяца"),
        ({"valid_from": "2026-03-01T00:00"}, "задним числом"),
        ({"valid_from": "soon"}, ""),
        ({"amount": "0"}, ""),
        ({"amount": "1.001"}, ""),
        ({"amount": "NaN"}, ""),
        ({"operations": "0"}, ""),
        ({"operations": "1.5"}, ""),
        ({"operations": "99999999999"}, ""),
        ({"currency": "XXX"}, ""),
        ({"connector": "1"}, ""),
        ({"connector": "x"}, ""),
    ],
)
def test_a_price_that_can_not_be_right_is_refused_in_words(
    staff: Staff, container: Container, connector: int, used: int, wrong: dict[str, str], words: str
) -> None:
    answer = staff("Finance").post("/operation-prices/add", typed(connector) | wrong)
    assert answer.status_code == 200
    assert words in answer.text
    assert len(rows(container, OperationPrice)) == 1
    assert promised(container, "mail.operation_price_change") == []


def test_the_first_price_of_a_currency_may_begin_today(
    staff: Staff, container: Container, connector: int
) -> None:
    price = typed(connector, currency="USD", amount="9.99", valid_from="2026-03-02T12:30")
    finance = staff("Finance")
    assert finance.post("/operation-prices/add", price).status_code == 302
    (added,) = rows(container, OperationPrice, currency="USD")
    assert added.valid_from == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert "уже есть" in finance.post("/operation-prices/add", price).text


@pytest.mark.parametrize("role", ["Support", "Auditor"])
def test_who_adds_no_prices_adds_none_of_operations(
    staff: Staff, container: Container, connector: int, role: str
) -> None:
    employee = staff(role)
    assert employee.get("/operation-prices/add").status_code == 403
    assert employee.post("/operation-prices/add", typed(connector)).status_code == 403
    assert len(rows(container, OperationPrice)) == 1
    assert "/operation-prices/add" not in employee.get(f"/connectors/show/{connector}").text
