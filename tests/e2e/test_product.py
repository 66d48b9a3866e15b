"""The product as a newcomer meets it: one path from registration to the end, and every page looked at."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Demo, OpenContext
from tests.e2e.portal import Customer
from tests.e2e.walk import SCHEMES, Walk

pytestmark = pytest.mark.e2e

NEWCOMER = "peter@example.com"
CONNECTOR = "crm-connector"
MOVE_MILLISECONDS = 60_000
"""Time that passes on the way takes time."""
ORDERED = {"light": "bitrix24", "dark": "amocrm"}
"""What the demo customer orders on the walk, and does not pay."""


def log_in_staff(page: Page, demo: Demo, who: str) -> None:
    login = demo.announcement[who]
    page.goto("/admin/login/")
    page.locator("[name=username]").fill(login["username"])
    page.locator("[name=password]").fill(login["password"])
    page.locator("main form [type=submit]").click()
    expect(page.locator("main")).not_to_contain_text("Неверный")


def log_in_customer(page: Page, demo: Demo) -> None:
    login = demo.announcement["customer"]
    page.goto("/login")
    page.locator("[name=email]").fill(login["email"])
    page.locator("[name=password]").fill(login["password"])
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile("/overview"))


def test_the_announcement_is_true(demo: Demo) -> None:
    told = demo.announcement
    key, connector, account = told["api_key"], told["connector"], told["make_account"]

    assert demo.check(key, connector, account)["allowed"] is True
    assert demo.check(key, connector, "another")["code"] == "ACCOUNT_MISMATCH"
    not_bought = demo.check(key, told["connector_not_bought"], account)
    assert (not_bought["code"], not_bought["active"]) == ("NOT_SUBSCRIBED", True)
    expired = demo.check(key, told["connector_expired"], account)
    assert (expired["allowed"], expired["active"]) == (False, False)


def test_from_registration_to_the_end(demo: Demo, open_context: OpenContext) -> None:
    customer = Customer(open_context().new_page(), NEWCOMER)
    customer.register()
    customer.activate()

    trial_key = customer.start_trial("CRM Connector", "СДЭК")
    assert demo.check(trial_key, CONNECTOR, "one")["code"] == "TRIAL"
    assert demo.check(trial_key, CONNECTOR, "two")["code"] == "ACCOUNT_MISMATCH"

    customer.put_into_cart(CONNECTOR)
    customer.check_out()
    customer.pay("tok_insufficient_funds")
    expect(customer.page.get_by_role("alert")).to_contain_text("не хватает денег")
    customer.pay("tok_visa")
    customer.page.wait_for_url(re.compile("/(keys|invoices|checkout)/"))
    key = customer.reveal_key()
    assert demo.check(key, CONNECTOR, "one")["code"] == "OK"
    assert demo.check(key, CONNECTOR, "two")["code"] == "ACCOUNT_MISMATCH"

    text = customer.invoice_pdf()
    assert "СЧ-20" in text
    assert "Ромашка" in text
    see_it_in_the_back_office(open_context().new_page(), demo)

    panel = open_context().new_page()
    move_clock(panel, 45)
    assert demo.check(key, CONNECTOR, "one")["code"] == "OK", "the card has renewed it"
    assert demo.check(trial_key, CONNECTOR, "one")["allowed"] is False
    customer.expect_mail("продлена")

    customer.cancel("CRM Connector")
    assert demo.check(key, CONNECTOR, "one")["code"] == "OK", "what is paid for stays"
    move_clock(panel, 31)
    refused = demo.check(key, CONNECTOR, "one")
    assert (refused["allowed"], refused["active"]) == (False, False)


def move_clock(panel: Page, days: int) -> None:
    panel.set_default_timeout(MOVE_MILLISECONDS)
    panel.goto("/demo")
    panel.get_by_label("Дни").fill(str(days))
    panel.get_by_role("button", name="Перевести").click()
    expect(panel.locator(".alert-success")).to_contain_text("Часы переведены", timeout=MOVE_MILLISECONDS)


def see_it_in_the_back_office(page: Page, demo: Demo) -> None:
    log_in_staff(page, demo, "admin")
    page.goto("/admin/customers/list/")
    expect(page.locator("main")).to_contain_text(NEWCOMER)
    for view in ("invoices", "payments", "documents"):
        page.goto(f"/admin/{view}/list/")
        expect(page.locator("main table tbody tr").first).to_contain_text(NEWCOMER)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_public_page(open_context: OpenContext, scheme: str) -> None:
    walk = Walk(open_context(color_scheme=scheme).new_page())
    walk.follow("/", "/registered", "/forgot/sent", "/demo", "/mailbox", "/mailbox?recipient=nobody")
    walk.open("/nowhere", 404)
    walk.open("/activate/nothing", 404)
    walk.open("/reset/nothing", 404)

    assert len(walk.seen) >= 14
    assert walk.violations == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_page_of_a_customer(demo: Demo, open_context: OpenContext, scheme: str) -> None:
    page = open_context(color_scheme=scheme).new_page()
    log_in_customer(page, demo)
    Customer(page, "").put_into_cart(ORDERED[scheme])
    walk = Walk(page)
    walk.follow("/overview", "/trial", "/cart", "/checkout", "/checkout/payer", "/profile/payer")
    page.goto("/checkout")
    page.locator("[name=method][value=new]").check()
    page.get_by_role("button", name=re.compile("Оплатить")).click()
    page.wait_for_url(re.compile("/test-acquirer/"))
    walk.look()
    page.get_by_role("button", name=re.compile("Отказаться")).click()
    walk.look()

    assert len(walk.seen) >= 18
    assert walk.violations == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_page_of_the_back_office(demo: Demo, open_context: OpenContext, scheme: str) -> None:
    page = open_context(color_scheme=scheme).new_page()
    page.goto("/admin/login/")
    walk = Walk(page)
    walk.look()
    log_in_staff(page, demo, "admin")
    walk.follow("/admin/")

    assert len(walk.seen) >= 35
    assert walk.violations == []
