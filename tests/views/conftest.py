"""The back-office with its roles, clients logged in as each role, and a customer with everything."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.billing.actors import Actor
from app.billing.compensation import CompensationFacts, CompensationKind
from app.billing.money import Money
from app.bootstrap import Container
from app.models import AuditEntry
from app.services.compensation import CompensationRequest, request_compensation
from app.services.parking import park_billing
from app.services.promotions import NewPromoCode, create_promo_code
from app.services.refunds import RefundRequest, request_refund
from app.services.sweep import sweep
from app.views import create_staff_user, sync_permissions
from tests.factories import (
    FACTORY,
    buy,
    create_connector,
    create_customer,
    create_payer,
    create_seller,
    deliver_all,
    production_key,
    rows,
)
from tests.ledger_rows import sold
from tests.services.campaigns import draft, launch, planned
from tests.services.metered import create_metered_connector, start, use
from tests.services.renewing import give

ANNA = Actor.staff("anna")
HOME = "https://localhost/admin"
STAFF_PASSWORD = "seven unrelated herons"
CSRF = re.compile(r'name="csrf-token" content="([^"]+)"')
FRAMEWORK_WARNING = "ignore:Yielding raw tuples from iter_choices:DeprecationWarning"
"""Flask-AppBuilder's own select fields, with the WTForms version that it is locked with."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let Flask-AppBuilder's fields through; ours make choices as WTForms wants them."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.filterwarnings(FRAMEWORK_WARNING))


class Employee:
    """A browser of somebody in the back-office: keeps cookies and sends the form's token along."""

    def __init__(self, app: Flask, username: str = "") -> None:
        self.app = app
        self.username = username
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, base_url=HOME, **options)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        form = {"csrf_token": self.token()} | (data or {})
        return self.post_without_token(path, form, **options)

    def post_without_token(self, path: str, data: dict[str, Any], **options: Any) -> TestResponse:
        headers = {"Referer": f"{HOME}/"} | options.pop("headers", {})
        return self.client.post(path, base_url=HOME, data=data, headers=headers, **options)

    def token(self) -> str:
        page = self.get("/search/?q=").text if self.username else self.get("/login/").text
        found = CSRF.search(page)
        assert found is not None
        return found[1]

    def log_in(self, password: str = STAFF_PASSWORD, next_address: str | None = None) -> TestResponse:
        name, self.username = self.username, ""
        token = self.token()
        self.username = name
        query = {} if next_address is None else {"next": next_address}
        return self.post_without_token(
            "/login/",
            {"username": name, "password": password, "csrf_token": token},
            query_string=query,
        )


@pytest.fixture(scope="session")
def synced_databases() -> set[str]:
    """Databases that have the roles already: they are kept between tests."""
    return set()


@pytest.fixture
def office(back_office_app: Flask, container: Container, synced_databases: set[str]) -> Iterator[Flask]:
    """The back-office with roles and no employees."""
    if container.settings.database_url not in synced_databases:
        sync_permissions(back_office_app)
        synced_databases.add(container.settings.database_url)
    yield back_office_app
    with back_office_app.app_context():
        back_office_app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def hire(office: Flask) -> Callable[[str], Employee]:
    """Make an employee with a role, not logged in yet."""

    def make(role: str, username: str | None = None) -> Employee:
        name = username or role.lower()
        create_staff_user(
            office,
            username=name,
            first_name="Имя",
            last_name=role,
            email=f"{name}@bpm.test",
            password=STAFF_PASSWORD,
            role=role,
        )
        return Employee(office, name)

    return make


@pytest.fixture
def staff(hire: Callable[[str], Employee]) -> Callable[[str], Employee]:
    """An employee with a role, logged in."""

    def make(role: str) -> Employee:
        employee = hire(role)
        assert employee.log_in().status_code == 302
        return employee

    return make


@pytest.fixture
def admin(staff: Callable[[str], Employee]) -> Employee:
    return staff("Admin")


@dataclass(frozen=True)
class Shop:
    """Ids of a customer's things."""

    seller_id: int
    connector_id: int
    customer_id: int
    payer_id: int
    invoice_id: int
    api_key: str


@pytest.fixture
def shop(container: Container) -> Shop:
    """A customer who bought one connector and was shown the key; mails are delivered."""
    seller_id = create_seller(container)
    connector_id = create_connector(container)
    customer_id = create_customer(container)
    payer_id = create_payer(container, customer_id)
    purchase = buy(container, customer_id, "crm-connector", make_account="777")
    api_key = production_key(container, customer_id)
    deliver_all(container)
    return Shop(seller_id, connector_id, customer_id, payer_id, purchase.invoice_id, api_key)


@pytest.fixture
def engine(container: Container, shop: Shop) -> Shop:
    """One of everything that the billing engine keeps beside the purchase."""
    transactions, now = container.transactions, container.clock.now()
    create_metered_connector(container)
    use(container, 3, subscription_id=start(container, shop.customer_id))
    facts = CompensationFacts(CompensationKind.BALANCE, "сбой", amount=Money(50_000, "RUB"))
    compensation = CompensationRequest(shop.customer_id, facts, 1)
    request_compensation(transactions, actor=ANNA, request=compensation, now=now)
    give(container, shop.customer_id, 1_000)
    code = NewPromoCode(code="SPRING", percent=1_000, valid_from=now, connector_ids=frozenset({1}))
    create_promo_code(transactions, actor=ANNA, new=code, now=now)
    launch(container, draft(container, planned(container, shop.connector_id)))
    sweep(container.billing_run())
    draft(container, planned(container, shop.connector_id, valid_from=now + timedelta(days=1)))
    line = sold(container, shop.customer_id)
    refund = RefundRequest(shop.customer_id, line.line_id, "не подошёл")
    request_refund(transactions, actor=ANNA, request=refund, now=now)
    with transactions.begin(FACTORY) as work:
        work.ask_staff("document_failed", "document", 1, shop.customer_id, now)
        park_billing(work, work.customers.get(shop.customer_id, lock=True), "billing failed: CONFLICT", now)
    return shop


def deeds(container: Container, action: str) -> list[tuple[str, str | None]]:
    """Who did it and why."""
    return [(row.actor_identity, row.reason) for row in rows(container, AuditEntry) if row.action == action]
