"""Payment methods in the portal: add, replace, choose, delete; every way to pay; the bank's question (H6)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from flask import Flask

from app.billing.invoice import PaymentMethodKind
from app.billing.payment import AttemptState, ChargeOutcome, OutcomeKind
from app.bootstrap import Container
from app.models import Customer, Invoice, MethodSetup, PaymentAttempt, PaymentMethod, Subscription
from tests.clock import ManualClock
from tests.factories import PASSWORD, buy, create_customer, deliver_all, order, rows
from tests.payments.gateways import Bank
from tests.portal.browser import Browser, visible_text
from tests.services.charges import charge
from tests.services.mail_facts import change
from tests.services.setups import added, given

PAGE = "/payment-methods"
CARD_NUMBER = re.compile(r"\d{12,19}")


@pytest.fixture
def stranger(container: Container, app: Flask, alice: int) -> Browser:
    """Bob, signed in, with nothing of his own."""
    create_customer(container, "bob@example.com")
    browser = Browser(app)
    browser.log_in("bob@example.com", PASSWORD)
    return browser


def with_paypal(container: Container, customer_id: int) -> Bank:
    """PayPal is set up, and the customer pays in euro."""
    bank = Bank()
    gateways = {**container.gateways, "paypal": bank}
    vars(container)["charging"] = replace(container.charging, gateways=gateways)
    settings = container.settings.model_copy(update={"paypal_client_id": "client"})
    object.__setattr__(container, "settings", settings)
    change(container, Customer, customer_id, currency="EUR")
    return bank


def setup_of(address: str) -> UUID:
    return UUID(address.rsplit("/", 1)[1])


def test_a_card_is_added_on_the_providers_page_and_shown_masked(
    container: Container, member: Browser
) -> None:
    empty = visible_text(member.get(PAGE))
    address = member.post(f"{PAGE}/add/card").location
    given(container, setup_of(address))
    back = member.get(f"{PAGE}/return/{setup_of(address)}")
    page = member.get(PAGE)

    assert "Способов оплаты пока нет" in empty
    assert address.startswith("http://localhost/test-acquirer/setup/")
    assert back.location == PAGE
    assert "Способ оплаты сохранён" in page.text
    assert "Visa •••• 4242" in page.text
    assert not CARD_NUMBER.search(visible_text(page))
    assert member.get(f"{PAGE}/return/{setup_of(address)}").location == PAGE, "twice is once"
    assert len(rows(container, PaymentMethod)) == 1


def test_coming_back_empty_handed_is_told(container: Container, member: Browser) -> None:
    setup_id = setup_of(member.post(f"{PAGE}/add/card").location)
    member.get(f"{PAGE}/return/{setup_id}")
    waiting = visible_text(member.get(PAGE))
    container.test_acquirer.close_setup(str(setup_id))
    member.get(f"{PAGE}/return/{setup_id}")

    assert "Банк ещё не ответил" in waiting
    assert "Способ оплаты не сохранился" in visible_text(member.get(PAGE))


@pytest.mark.parametrize("way", ["paypal", "bank_transfer", "cash"])
def test_a_way_that_is_not_offered_opens_no_page(container: Container, member: Browser, way: str) -> None:
    assert member.post(f"{PAGE}/add/{way}").location == PAGE
    assert rows(container, MethodSetup) == []


def test_a_card_is_replaced_preferred_and_deleted(container: Container, member: Browser, alice: int) -> None:
    first, second = added(container, alice), added(container, alice, "tok_mastercard")
    member.post(f"{PAGE}/{first}/default")
    preferred = visible_text(member.get(PAGE))
    address = member.post(f"{PAGE}/{first}/replace/card").location
    given(container, setup_of(address), "tok_declined_later")
    member.get(f"{PAGE}/return/{setup_of(address)}")
    asked = visible_text(member.get(f"{PAGE}/{second}/delete"))
    kept = rows(container, PaymentMethod, id=second)[0].deleted_at
    deleted = member.post(f"{PAGE}/{second}/delete")
    last = rows(container, PaymentMethod)[-1].id

    assert preferred.index("4242") < preferred.index("4444")
    assert "Visa •••• 4242 Основной" in preferred
    assert rows(container, PaymentMethod, id=first)[0].deleted_at is not None
    assert "Удалить MasterCard •••• 4444?" in asked
    assert "будет списываться с Visa •••• 0341" in asked
    assert kept is None, "the page only asks"
    assert deleted.location == PAGE
    assert rows(container, PaymentMethod, id=second)[0].deleted_at is not None
    assert "Другого способа нет" in visible_text(member.get(f"{PAGE}/{last}/delete"))


def test_a_card_that_the_bank_has_ended_is_shown_and_replaced(
    container: Container, member: Browser, alice: int
) -> None:
    old = added(container, alice)
    change(container, PaymentMethod, old, unusable_since=container.clock.now())
    shown = visible_text(member.get(PAGE))
    address = member.post(f"{PAGE}/{old}/replace/card").location
    given(container, setup_of(address), "tok_mastercard")
    member.get(f"{PAGE}/return/{setup_of(address)}")
    after = visible_text(member.get(PAGE))

    assert "Больше не действует" in shown
    assert "Основной" not in shown
    assert "MasterCard •••• 4444 Основной" in after
    assert "4242" not in after


def test_nobody_reaches_another_customers_methods(
    container: Container, member: Browser, stranger: Browser, alice: int
) -> None:
    method_id = added(container, alice)
    buy(container, alice, "crm-connector")
    setup_id = rows(container, MethodSetup)[0].id
    order(container, alice, "mail-connector")

    for path in (f"{PAGE}/{method_id}/delete", f"{PAGE}/return/{setup_id}", "/subscriptions/1/payment"):
        assert stranger.get(path).status_code == 404, path
    for path in ("default", "delete", "replace/card"):
        assert stranger.post(f"{PAGE}/{method_id}/{path}").status_code == 404, path
    for path in ("/subscriptions/1/payment", "/invoices/2/pay/continue", "/invoices/2/pay/paypal"):
        assert stranger.post(path, {"method": "default"}).status_code == 404, path
    assert "4242" not in stranger.get(PAGE).text
    assert rows(container, PaymentMethod)[0].deleted_at is None


def test_a_guest_logs_in_first_and_comes_back(guest: Browser, container: Container) -> None:
    assert guest.get(PAGE).location == "/login?next=/payment-methods"
    assert guest.post(f"{PAGE}/add/card").location == "/login"
    assert rows(container, MethodSetup) == []


def test_a_subscription_is_paid_by_the_chosen_method_or_by_invoice(
    container: Container, member: Browser, alice: int
) -> None:
    buy(container, alice, "crm-connector")
    newest = added(container, alice, "tok_mastercard")
    address = "/subscriptions/1/payment"
    offered = visible_text(member.get(address))
    before = visible_text(member.get("/subscriptions/1"))
    member.post(address, {"method": "1"})
    named = rows(container, Subscription)[0].payment_method_id
    member.post(address, {"method": "invoice"})
    by_invoice = rows(container, Subscription)[0]
    told = visible_text(member.get("/subscriptions/1"))
    member.post(address, {"method": "default"})

    assert "Основной: сейчас MasterCard •••• 4444" in offered
    assert "Оплачивается MasterCard •••• 4444" in before
    assert (newest, named) == (2, 1)
    assert (by_invoice.method, by_invoice.payment_method_id) == (PaymentMethodKind.BANK_TRANSFER, None)
    assert "По счёту, само ничего не списывается" in told
    assert rows(container, Subscription)[0].method is PaymentMethodKind.CARD
    assert member.post(address, {"method": "99"}).status_code == 400


def cart_id(member: Browser) -> str:
    member.post("/cart/add/crm-connector", {"interval": "month"})
    found = re.search(r'name="cart_id" type="hidden" value="(\d+)"', member.get("/checkout").text)
    assert found is not None
    return found[1]


def test_an_order_may_be_paid_by_transfer(container: Container, member: Browser) -> None:
    placed = member.post("/checkout", {"cart_id": cart_id(member), "method": "bank_transfer"})
    (invoice,) = rows(container, Invoice)

    assert placed.location == f"/invoices/{invoice.id}"
    assert invoice.method is PaymentMethodKind.BANK_TRANSFER
    assert rows(container, PaymentAttempt) == []
    assert "по реквизитам" in member.get(placed.location).text.lower() or "Банковский перевод" in (
        member.get(placed.location).text
    )


def test_roubles_are_not_offered_to_paypal(container: Container, member: Browser, alice: int) -> None:
    with_paypal(container, alice)
    change(container, Customer, alice, currency="RUB")

    assert "PayPal" not in member.get("/checkout").text
    assert "PayPal" not in member.get(PAGE).text
    refused = member.post("/checkout", {"cart_id": cart_id(member), "method": "paypal"})
    assert refused.status_code == 400


def test_the_chosen_way_decides_whose_page_is_opened(
    container: Container, member: Browser, alice: int
) -> None:
    invoice_id = order(container, alice, "crm-connector")
    bank = with_paypal(container, alice)
    first = member.post(f"/invoices/{invoice_id}/pay/new").location
    page = member.get(f"/invoices/{invoice_id}")
    second = member.post(f"/invoices/{invoice_id}/pay/paypal").location
    card, paypal = rows_by_ordinal(container)

    assert first.startswith("http://localhost/test-acquirer/")
    assert "Оплатить через PayPal" in page.text
    assert second == f"http://bank/{paypal.id}"
    assert (card.provider, card.state) == ("test", AttemptState.ABANDONED), "the other page was closed first"
    assert (paypal.provider, paypal.state) == ("paypal", AttemptState.AWAITING_CUSTOMER)
    assert bank.find(str(paypal.id)).kind is OutcomeKind.AWAITING_CUSTOMER


def rows_by_ordinal(container: Container) -> list[PaymentAttempt]:
    return sorted(rows(container, PaymentAttempt), key=lambda attempt: attempt.ordinal)


def test_forms_lead_to_the_providers_host_only_where_they_must(
    container: Container, member: Browser, alice: int
) -> None:
    invoice_id = order(container, alice, "crm-connector")
    plain = member.get(PAGE).headers["Content-Security-Policy"]
    with_paypal(container, alice)
    change(container, Customer, alice, currency="RUB")
    cart_id(member)
    host = "form-action 'self' https://www.sandbox.paypal.com;"

    assert "form-action 'self';" in plain
    for path in (PAGE, "/checkout", f"/invoices/{invoice_id}"):
        assert host in member.get(path).headers["Content-Security-Policy"], path
    for path in ("/overview", "/profile", "/login"):
        assert "form-action 'self';" in member.get(path).headers["Content-Security-Policy"], path


def waiting_for_the_bank(container: Container, alice: int) -> tuple[Bank, PaymentAttempt]:
    """A saved card was charged without Alice, and the bank wants to ask her."""
    method_id = added(container, alice)
    invoice_id = order(container, alice, "crm-connector")
    bank = Bank()
    bank.refusals[rows(container, PaymentMethod, id=method_id)[0].token] = ChargeOutcome(
        OutcomeKind.AWAITING_CUSTOMER, redirect_url="http://bank/3ds"
    )
    vars(container)["charging"] = replace(container.charging, gateways={"test": bank})
    charge(container, invoice_id, method_id)
    return bank, rows(container, PaymentAttempt)[0]


def test_the_link_of_the_mail_leads_straight_to_the_banks_question(
    container: Container, member: Browser, guest: Browser, stranger: Browser, alice: int
) -> None:
    bank, attempt = waiting_for_the_bank(container, alice)
    link = f"/checkout/confirm/{attempt.id}"
    asked = member.get(link)
    again = member.post(f"/invoices/{attempt.invoice_id}/pay/continue")
    bank.pay(str(attempt.id), attempt.amount)
    back = member.get("/checkout/confirmed")
    afterwards = member.get(link)
    deliver_all(container)

    assert (asked.location, again.location) == ("http://bank/3ds", "http://bank/3ds")
    assert back.location == afterwards.location == f"/invoices/{attempt.invoice_id}"
    assert rows(container, PaymentAttempt)[0].state is AttemptState.SUCCEEDED
    assert stranger.get(link).status_code == 404
    assert guest.get(link).location == f"/login?next={link}"
    assert member.get("/checkout/confirmed").location == "/payments", "nothing waits any more"


def test_until_when_a_card_is_valid_is_shown(
    container: Container, member: Browser, alice: int, clock: ManualClock
) -> None:
    added(container, alice)
    plain = visible_text(member.get(PAGE))
    change(container, PaymentMethod, 1, valid_until=date(2026, 3, 31))
    soon = visible_text(member.get(PAGE))
    clock.move_to(datetime(2026, 4, 2, tzinfo=UTC))
    late = visible_text(member.get(PAGE))

    assert "Действует до 12/35." in plain
    assert "Скоро закончится" not in plain
    assert ("Действует до 03/26." in soon, "Скоро закончится" in soon) == (True, True)
    assert "Срок истёк" in late
