"""The public API alone, and a customer whose trial has just begun."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_api_app
from app.bootstrap import Container
from tests import factories

CHECK = "/v1/subscription/check"
USAGE = "/v1/usage"


@dataclass(frozen=True)
class Subscriber:
    """A customer with a trial of crm-connector."""

    customer_id: int
    key: str

    @property
    def headers(self) -> dict[str, str]:
        """The header that the connector sends."""
        return {"Authorization": f"Bearer {self.key}"}


@pytest.fixture
def api_app(container: Container) -> Flask:
    """The application that `run.py api` serves."""
    return create_api_app(container)


@pytest.fixture
def api(api_app: Flask) -> FlaskClient:
    """Sends requests to the API."""
    return api_app.test_client()


@pytest.fixture
def subscriber(container: Container) -> Subscriber:
    """Activated just now, with a trial of crm-connector; mail-connector is not subscribed to."""
    factories.create_seller(container)
    connector = factories.create_connector(container, "crm-connector")
    factories.create_connector(container, "mail-connector")
    customer = factories.create_customer(container)
    return Subscriber(customer, factories.trial_key(container, customer, [connector]))


Ask = Callable[..., TestResponse]


@pytest.fixture
def ask(api: FlaskClient, subscriber: Subscriber) -> Ask:
    """Ask as the subscriber's connector does; any parameter may be changed, None leaves it out."""

    def send(**changes: Any) -> TestResponse:
        query = {"connector": "crm-connector", "accountId": "make-1"} | changes
        return api.get(
            CHECK,
            query_string={name: value for name, value in query.items() if value is not None},
            headers=subscriber.headers,
        )

    return send


def error_of(response: TestResponse) -> tuple[int, str]:
    """Status and code; proves that the error has the form of every error."""
    body = response.get_json()
    assert response.mimetype == "application/json"
    assert set(body) == {"code", "message"}
    assert body["message"]
    return response.status_code, body["code"]
