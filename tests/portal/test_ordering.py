"""From the cart to the payment: one cart is one invoice, money is asked for once (B2-B4, H1)."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from flask import Flask

from app.billing.actors import Actor
from app.billing.invoice import InvoiceStatus
from app.billing.payment import AttemptState
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import (
    ApiKey,
    Connector,
    ConnectorStatus,
    Invoice,
    Payer,
    Payment,
    PaymentAttempt,
    Subscription,
)
from tests.factories import buy, create_customer, deliver_all, order, promised, rows
from tests.parallel import at_once
from tests.portal.browser import Browser, visible_text

MONTH = {"interval": "month"}


def cart_id(browser: Browser) -> str:
    found = re.search(r'name="cart_id" type="hidden" value="(\d+)"', browser.get("/checkout").text)
    assert found is not None
    return found[1]


def pay_at_provider(container: Container, address: str, token: str = "tok_visa") -> str:
    attempt_id = address.rsplit("/", 1)[1]
    container.test_acquirer.pay(attempt_id, token)
    return f"/checkout/return/{attempt_id}"


def test_a_newcomer_buys_and_is_led_to_the_key(container: Container, member: Browser) -> None:
    added = member.post("/cart/add/crm-connector", {"interval": "year", "make_account": " org-7 "})
    cart = visible_text(member.get("/cart"))
    placed = member.post("/checkout", {"cart_id": cart_id(member), "method": "new"})
    returned = member.get(pay_at_provider(container, placed.location))
    (invoice,), (subscription,) = rows(container, Invoice), rows(container, Subscription)
    (key,) = rows(container, ApiKey)

    assert added.location == "/cart"
    assert "10\u00a0098,00\u00a0₽" in cart or "10 098,00 ₽" in cart
    assert "НДС 22" in cart
    assert placed.location.startswith("http://localhost/test-acquirer/")
    assert returned.location == f"/keys/{key.id}/reveal"
    assert (invoice.status, subscription.status) == (InvoiceStatus.PAID, SubscriptionStatus.ACTIVE)
    assert subscription.make_account == "org-7"
    assert "Спасибо! Счёт СЧ-2026-000001 оплачен." in member.get(returned.location).text


def test_a_return_without_payment_leads_to_the_invoice(container: Container, member: Browser) -> None:
    member.post("/cart/add/crm-connector", MONTH)
    placed = member.post("/checkout", {"cart_id": cart_id(member), "method": "new"})
    attempt_id = placed.location.rsplit("/", 1)[1]
    returned = member.get(f"/checkout/return/{attempt_id}")
    page = member.get(returned.location)
    again = member.post(f"{returned.location}/pay/new")

    assert returned.location == "/invoices/1"
    assert "Продолжить на странице банка" in page.text
    assert again.location == placed.location, "the open page is used again"
    assert len(rows(container, PaymentAttempt)) == 1


def test_a_form_sent_twenty_times_is_one_invoice(container: Container, app: Flask, member: Browser) -> None:
    member.post("/cart/add/crm-connector", MONTH)
    form = {"cart_id": cart_id(member), "method": "new"}
    cookie, token = member.cookie(), member.token()
    assert cookie is not None

    def send() -> str:
        tab = Browser(app)
        tab.take_cookie(cookie)
        return tab.post_bare("/checkout", form | {"csrf_token": token}).location

    outcomes = at_once(*[send] * 20)

    assert len(rows(container, Invoice)) == 1
    assert len(rows(container, PaymentAttempt)) == 1
    assert len(outcomes.results) == 20
    assert {address.split("/")[-2] for address in outcomes.results} <= {"test-acquirer", "invoices"}


def test_a_saved_card_is_charged_once_by_a_worker(container: Container, member: Browser, alice: int) -> None:
    buy(container, alice, "mail-connector")
    deliver_all(container)
    member.post("/cart/add/crm-connector", MONTH)
    form = {"cart_id": cart_id(member), "method": "1"}
    addresses = {member.post("/checkout", form).location for _ in range(3)}
    waiting = member.get("/invoices/2")
    polled = member.get("/invoices/2/progress")
    deliver_all(container)
    ended = member.get("/invoices/2/progress")

    assert addresses == {"/invoices/2"}
    assert 'hx-trigger="every 2s"' in waiting.text
    assert "Оплатить 990" not in waiting.text
    assert polled.status_code == 200
    assert (ended.status_code, ended.headers["HX-Refresh"]) == (204, "true")
    assert len(promised(container, "payment.charge")) == 1
    assert [each.invoice_id for each in rows(container, Payment)] == [1, 2]
    assert "Оплачен" in member.get("/invoices/2").text


def test_a_declined_card_is_explained_and_another_may_follow(
    container: Container, member: Browser, alice: int
) -> None:
    invoice_id = order(container, alice, "mail-connector")
    page = member.post(f"/invoices/{invoice_id}/pay/new").location
    returned = member.get(pay_at_provider(container, page, "tok_declined_later"))
    deliver_all(container)
    second = order(container, alice, "crm-connector")
    member.post(f"/invoices/{second}/pay/1")
    deliver_all(container)
    shown = visible_text(member.get(f"/invoices/{second}"))

    assert returned.status_code == 303
    assert rows(container, PaymentAttempt, invoice_id=second)[0].state is AttemptState.FAILED
    assert "Платёж не прошёл. Банк отклонил платёж." in shown
    assert "Другая карта" in shown


def test_a_paid_invoice_is_not_paid_again(container: Container, member: Browser, alice: int) -> None:
    invoice_id = buy(container, alice, "mail-connector").invoice_id

    assert member.post(f"/invoices/{invoice_id}/pay/new").location == f"/invoices/{invoice_id}"
    assert member.post(f"/invoices/{invoice_id}/pay/1").location == f"/invoices/{invoice_id}"
    assert len(rows(container, PaymentAttempt)) == 1


def test_a_foreign_card_pays_nothing(container: Container, member: Browser, alice: int) -> None:
    bob = create_customer(container, "bob@example.com")
    with container.transactions.begin(Actor.system("test")) as work:
        buy_first = work.payers.of_customer(alice)
        assert buy_first is not None
        work.session.add(
            Payer(
                customer_id=bob, kind=buy_first.kind, name="Б", country="RU", created_at=container.clock.now()
            )
        )
    buy(container, bob, "mail-connector")
    invoice_id = order(container, alice, "crm-connector")

    assert member.post(f"/invoices/{invoice_id}/pay/1").status_code == 404
    member.post("/cart/add/sheet-connector", MONTH)
    assert member.post("/checkout", {"cart_id": cart_id(member), "method": "1"}).status_code == 400


def test_the_payer_is_asked_for_once(container: Container, app: Flask, shop: dict[str, int]) -> None:
    create_customer(container, "bob@example.com")
    bob = Browser(app)
    bob.log_in("bob@example.com")
    bob.post("/cart/add/crm-connector", MONTH)
    asked = bob.get("/checkout")
    wrong = bob.post(
        "/checkout/payer", {"kind": "company", "name": "", "inn": "7736050004", "bank_account": "1"}
    )
    right = bob.post(
        "/checkout/payer",
        {"kind": "company", "name": "ООО «Боб»", "inn": "7736 050 003", "kpp": "773601001", "country": "RU"},
    )

    assert asked.location == "/checkout/payer"
    assert wrong.status_code == 400
    for field in ("name", "inn", "kpp", "bank_bik"):
        assert f'id="{field}-error"' in wrong.text, field
    assert right.location == "/checkout"
    assert "ООО «Боб»" in bob.get("/checkout").text
    assert rows(container, Payer)[0].inn == "7736050003"


@pytest.mark.parametrize(
    ("fields", "stored"),
    [
        ({"kind": "individual", "inn": "", "kpp": "770701001", "bank_bik": "1"}, (None, None, "RU")),
        ({"kind": "foreign_company", "country": "DE", "inn": "7736050003"}, (None, None, "DE")),
        ({"kind": "sole_trader", "inn": "500100732259", "kpp": "1"}, ("500100732259", None, "RU")),
    ],
)
def test_only_the_details_of_the_chosen_kind_are_kept(
    container: Container, member: Browser, fields: dict[str, str], stored: tuple[str | None, ...]
) -> None:
    answer = member.post("/profile/payer", {"name": "Я", "country": "RU"} | fields)
    (payer,) = rows(container, Payer)

    assert answer.location == "/profile"
    assert (payer.inn, payer.kpp, payer.country) == stored


def test_a_foreign_payer_has_a_foreign_country(member: Browser) -> None:
    answer = member.post("/profile/payer", {"kind": "foreign_company", "name": "X", "country": "RU"})

    assert answer.status_code == 400
    assert 'id="country-error"' in answer.text


def test_a_connector_that_left_the_catalogue_can_be_taken_out(container: Container, member: Browser) -> None:
    member.post("/cart/add/crm-connector", MONTH)
    with container.transactions.begin(Actor.system("test")) as work:
        connector = work.session.query(Connector).filter_by(slug="crm-connector").one()
        connector.status = ConnectorStatus.RETIRED

    assert member.get("/catalogue/crm-connector").status_code == 404
    assert member.post("/cart/add/crm-connector", MONTH).status_code == 404
    assert member.post("/cart/remove/1").location == "/cart"
    assert "Корзина пуста" in member.get("/cart").text


def test_what_one_has_already_is_told_before_the_payment(
    container: Container, member: Browser, alice: int
) -> None:
    buy(container, alice, "crm-connector", make_account="org-1")
    member.post("/cart/add/crm-connector", MONTH | {"make_account": "org-1"})
    answer = member.post("/checkout", {"cart_id": cart_id(member), "method": "new"})

    assert answer.location == "/cart"
    assert "у вас уже есть" in member.get("/cart").text
    assert len(rows(container, Invoice)) == 1


def test_an_empty_cart_is_not_checked_out(member: Browser) -> None:
    assert member.get("/checkout").location == "/cart"
    assert "Корзина пуста" in member.get("/cart").text


def test_an_attempt_is_known_by_a_uuid_only(member: Browser) -> None:
    assert member.get(f"/checkout/return/{UUID(int=1)}").status_code == 404
