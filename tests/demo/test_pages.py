"""The demo pages: paying at the test acquirer, reading mails, moving the clock; none of it in production."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_public_app
from app.billing.mail import Mail
from app.billing.provider import SetupOutcomeKind
from app.bootstrap import Container, build_container
from app.demo.webhook_sender import WebhookSender
from app.models import Customer, Subscription
from app.repositories.clock import MovableClock
from app.services.charging import open_checkout, refresh_attempt
from app.services.method_setups import start_method_setup
from config import load_settings
from tests.clock import ManualClock
from tests.factories import (
    create_connector,
    create_customer,
    create_payer,
    create_seller,
    order,
    rows,
    trial_key,
)

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
SECRET = "Zm9yIHRlc3RzIG9ubHksIG5vdCBhIHJlYWwgb25lIQ"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser over https: the portal's cookie is Secure."""
    app.test_client_class = HttpsClient
    return app.test_client()


class HttpsClient(FlaskClient):
    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, **{"base_url": "https://localhost"} | kwargs)


def post(client: FlaskClient, page: str, address: str, **fields: str) -> TestResponse:
    token = TOKEN.search(client.get(page).text)
    assert token is not None, "the page has a form"
    headers = {"Referer": "https://localhost/"}
    return client.post(address, data={"csrf_token": token[1]} | fields, headers=headers)


@pytest.fixture
def attempt_id(container: Container) -> UUID:
    """An open page of the acquirer."""
    create_seller(container)
    create_connector(container)
    customer_id = create_customer(container)
    create_payer(container, customer_id)
    url = open_checkout(
        container.charging,
        customer_id=customer_id,
        invoice_id=order(container, customer_id, "crm-connector"),
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )
    return UUID(url.rsplit("/", 1)[1])


def test_a_card_is_added_without_a_payment(client: FlaskClient, container: Container) -> None:
    create_seller(container)
    customer_id = create_customer(container)
    pages = [urlsplit(setup_page(container, customer_id)).path for _ in range(2)]
    shown = client.get(pages[0]).text
    unchosen = post(client, pages[0], pages[0])
    declined = post(client, pages[0], pages[0], token="tok_stolen")
    saved = post(client, pages[0], pages[0], token="tok_visa")
    refused = post(client, pages[1], f"{pages[1]}/close")

    assert "ничего не списывается" in shown or "Nothing is charged" in shown
    assert (unchosen.status_code, declined.status_code, saved.status_code) == (400, 402, 303)
    assert saved.location.startswith("http://localhost/payment-methods/return/")
    assert container.test_acquirer.find_setup(pages[0].rsplit("/", 1)[1]).kind is SetupOutcomeKind.SAVED
    assert container.test_acquirer.find_setup(pages[1].rsplit("/", 1)[1]).kind is SetupOutcomeKind.FAILED
    assert refused.location.startswith("http://localhost/payment-methods/return/")
    assert 'name="token"' not in client.get(pages[1]).text, "the page is closed"
    assert client.get("/test-acquirer/setup/7d1a3c5e-0000-4000-8000-000000000000").status_code == 404


def setup_page(container: Container, customer_id: int) -> str:
    return start_method_setup(
        container.method_setups, customer_id=customer_id, provider="test", now=container.clock.now()
    )


def test_the_acquirer_takes_a_test_card_and_sends_the_customer_back(
    client: FlaskClient, container: Container, attempt_id: UUID
) -> None:
    page = f"/test-acquirer/{attempt_id}"

    shown = client.get(page)
    answer = post(client, page, page, token="tok_visa")

    assert "990,00" in shown.text
    assert "tok_insufficient_funds" in shown.text
    assert answer.status_code == 303
    assert answer.location == f"http://localhost/checkout/return/{attempt_id}"
    refresh_attempt(container.charging, attempt_id=attempt_id, now=container.clock.now())
    assert [row.status for row in rows(container, Subscription)] == ["active"]


def test_a_declined_card_leaves_the_page_open(client: FlaskClient, attempt_id: UUID) -> None:
    page = f"/test-acquirer/{attempt_id}"

    declined = post(client, page, page, token="tok_insufficient_funds")

    assert declined.status_code == 402
    assert "не хватает денег" in declined.text
    assert post(client, page, page, token="tok_mastercard").status_code == 303


@pytest.mark.parametrize("fields", [{}, {"token": "4242424242424242"}, {"token": ""}])
def test_only_test_tokens_are_taken(client: FlaskClient, attempt_id: UUID, fields: dict[str, str]) -> None:
    page = f"/test-acquirer/{attempt_id}"

    assert post(client, page, page, **fields).status_code == 400


def test_refusing_closes_the_page(client: FlaskClient, container: Container, attempt_id: UUID) -> None:
    page = f"/test-acquirer/{attempt_id}"

    answer = post(client, page, f"{page}/close")

    assert answer.status_code == 303
    assert "закрыта" in client.get(page).text
    assert container.test_acquirer.find(str(attempt_id)).kind == "abandoned"


def test_paying_twice_is_paying_once(client: FlaskClient, attempt_id: UUID) -> None:
    page = f"/test-acquirer/{attempt_id}"
    token = TOKEN.search(client.get(page).text)
    assert token is not None
    data = {"csrf_token": token[1], "token": "tok_visa"}
    headers = {"Referer": "https://localhost/"}

    answers = [client.post(page, data=data, headers=headers).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert "уже оплачен" in client.get(page).text


def test_a_form_without_its_token_pays_nothing(
    client: FlaskClient, container: Container, attempt_id: UUID
) -> None:
    answer = client.post(f"/test-acquirer/{attempt_id}", data={"token": "tok_visa"})

    assert answer.status_code == 400
    assert container.test_acquirer.find(str(attempt_id)).kind == "awaiting_customer"


@pytest.mark.parametrize("unknown", ["1277e753-5456-41ea-a305-04116ae2838f", "1", "%00"])
def test_an_unknown_payment_page_is_not_found(
    client: FlaskClient, container: Container, unknown: str
) -> None:
    assert client.get(f"/test-acquirer/{unknown}").status_code == 404


class Receiver(BaseHTTPRequestHandler):
    received: list[tuple[str, bytes, str | None]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.path, body, self.headers["X-Signature"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[HTTPServer]:
    """A server that remembers what it was sent."""
    Receiver.received = []
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_webhook_goes_over_http(receiver: HTTPServer) -> None:
    WebhookSender(f"http://127.0.0.1:{receiver.server_port}").send(b"{}", "t=1,v1=x").join(5)

    assert Receiver.received == [("/webhooks/test", b"{}", "t=1,v1=x")]


def test_a_webhook_that_nobody_takes_is_lost_quietly() -> None:
    thread = WebhookSender("http://127.0.0.1:1").send(b"{}", "t=1,v1=x")
    thread.join(5)

    assert not thread.is_alive()


def write_mail(
    container: Container, recipient: str, html: str = "<html><head></head><body>x</body></html>"
) -> str:
    box = container.local_mailbox
    assert box is not None
    box.send(
        Mail(
            recipient=recipient,
            subject=f"For {recipient}",
            language="ru",
            text="See http://localhost/login",
            html=html,
            message_id=f"<{recipient.partition('@')[0]}@localhost>",
        )
    )
    return next(entry.key for entry in box.list_messages() if entry.recipient == recipient)


def test_the_mailbox_lists_and_filters(client: FlaskClient, container: Container) -> None:
    write_mail(container, "anna@example.com")
    write_mail(container, "boris@example.com")

    everything = client.get("/mailbox").text
    annas = client.get("/mailbox?recipient=ANNA").text

    assert "For anna@example.com" in everything
    assert "For boris@example.com" in everything
    assert "For boris@example.com" not in annas
    assert "Писем этому получателю нет" in client.get("/mailbox?recipient=nobody").text


def test_a_mail_is_shown_as_text_and_in_a_frame_that_may_do_nothing(
    client: FlaskClient, container: Container
) -> None:
    key = write_mail(container, "anna@example.com", "<html><head></head><script>alert(1)</script></html>")

    page = client.get(f"/mailbox/{key}")
    framed = client.get(f"/mailbox/{key}/html")

    assert 'sandbox="allow-popups allow-top-navigation-by-user-activation"' in page.text
    assert '<a href="http://localhost/login"' in page.text
    assert "alert(1)" not in page.text
    assert framed.headers["Content-Security-Policy"].startswith(
        "default-src 'none'; style-src 'unsafe-inline'"
    )
    assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert '<base target="_top">' in framed.text


@pytest.mark.parametrize("key", ["nothing", "..", "%2e%2e%2fsecret", "a" * 300])
def test_an_unknown_mail_is_not_found(client: FlaskClient, container: Container, key: str) -> None:
    assert client.get(f"/mailbox/{key}").status_code == 404
    assert client.get(f"/mailbox/{key}/html").status_code == 404


@pytest.mark.parametrize(
    ("fields", "moved"),
    [
        ({"step": "hour"}, timedelta(hours=1)),
        ({"step": "week"}, timedelta(days=7)),
        ({"step": "month"}, timedelta(days=31)),
        ({"days": "45", "hours": "3"}, timedelta(days=45, hours=3)),
    ],
)
def test_the_panel_moves_the_clock(
    client: FlaskClient, container: Container, fields: dict[str, str], moved: timedelta
) -> None:
    answer = post(client, "/demo", "/demo/clock", **fields)

    assert answer.status_code == 303
    assert MovableClock(container.session_factory).offset() == moved
    assert "Часы переведены" in client.get("/demo").text


@pytest.mark.parametrize(
    "fields", [{}, {"step": "century"}, {"days": "-1"}, {"days": "0"}, {"days": "401"}, {"days": "many"}]
)
def test_the_clock_never_goes_anywhere_else(
    client: FlaskClient, container: Container, fields: dict[str, str]
) -> None:
    post(client, "/demo", "/demo/clock", **fields)

    assert MovableClock(container.session_factory).offset() == timedelta()
    assert "не больше 400 дней" in client.get("/demo").text


def test_a_move_sweeps_at_once(client: FlaskClient, container: Container, clock: ManualClock) -> None:
    create_seller(container)
    trial_key(container, create_customer(container), [create_connector(container)])
    clock.advance(days=8)

    post(client, "/demo", "/demo/clock", step="hour")

    assert [row.status for row in rows(container, Subscription)] == ["expired"]


def test_the_panel_without_demo_data_has_no_logins(client: FlaskClient, container: Container) -> None:
    assert "Учётные записи" not in client.get("/demo").text
    assert rows(container, Customer) == []


def test_production_has_none_of_it(database_url: str, redis_url: str, tmp_path: object) -> None:
    settings = load_settings(
        {
            "ENVIRONMENT": "production",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "BASE_URL": "https://bpm.example.com",
            "SECRET_KEY": f"portal{SECRET}",
            "STAFF_SECRET_KEY": f"staff{SECRET}",
            "API_KEY_PEPPER": f"pepper{SECRET}",
            "SMTP_URL": "smtp://localhost:25",
            "INSTANCE_DIRECTORY": str(tmp_path),
        }
    )
    app = create_public_app(build_container(settings))

    assert "demo" not in app.blueprints
    paths = [rule.rule for rule in app.url_map.iter_rules()]
    assert not any(path.startswith(("/test-acquirer", "/mailbox", "/demo")) for path in paths)
