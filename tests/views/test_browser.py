"""Forms and answers in a browser: no WCAG A or AA violation, light and dark, no request leaves the host."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, sync_playwright
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from app.bootstrap import Container
from app.services.month_closing import start_closing
from app.views import create_staff_user
from tests.views.conftest import ANNA, STAFF_PASSWORD, Shop

CHROMIUM = "/usr/bin/chromium"
AXE = Path(__file__).parent.parent / "vendor/axe-core-4.14.1/axe.min.js"
RULES = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
FORMS = (
    "api-keys/deactivate/1", "connectors/add", "connectors/edit/1", "releases/add", "prices/add", "terms/add",
    "sellers/edit/1", "tasks/finish/1", "subscriptions/cancel/1", "subscriptions/interval/1",
    "subscriptions/make-account/1", "subscriptions/resume/1", "subscriptions/request-refund/1",
    "subscriptions/request-compensation/1", "subscriptions/show/2", "invoices/bank-transfer/1",
    "customers/show/1", "customers/resume-billing/1", "refunds/list/", "refunds/show/1", "refunds/approve/1",
    "refunds/mark-sent/1", "compensations/list/", "compensations/show/1", "compensations/approve/1",
    "usage-months/list/", "operation-prices/show/1", "operation-prices/add", "promo-codes/list/",
    "promo-codes/show/1", "promo-codes/add", "price-campaigns/list/", "price-campaigns/show/1",
    "price-campaigns/add", "price-campaigns/dry-run/2", "price-campaigns/cancel/2", "price-notices/show/1",
    "ledger/list/",
    "ledger/show/1", "service-months/list/", "service-months/show/1", "ledger-reports/",
    "ledger-reports/?first=2026-03-02&last=2026-03-01", "ledger-reports/statement/1", "clock/",
    "seller-accounts/add", "tax-regimes/add", "tax-regimes/edit/1", "staff/add", "staff/edit/1",
    "staff/userinfo/", "resetmypassword/form", "resetpassword/form?pk=1", "search/?q=example",
    "search/?q=nothing-at-all",
    "customers/list/?_flt_0_email=nobody&_flt_0_created_at=2026-03-01&_flt_0_status=active",
    "registers/", "registers/?register=purchases&first=2026-03-01&last=2026-03-31", "vat/",
    "documents-of-period/?first=2026-03-01&last=2026-03-31", "revenue/", "month-closings/list/",
    "month-closings/add", "month-closings/show/1",
    "no-such-page", "",
)  # fmt: skip

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def address(office: Flask, container: Container, engine: Shop) -> Iterator[str]:
    """The back-office under /admin on a real port, with an Admin and something in every list."""
    start_closing(
        container.transactions,
        actor=ANNA,
        seller_id=engine.seller_id,
        month=date(2026, 2, 1),
        now=container.clock.now(),
    )
    create_staff_user(
        office,
        username="admin",
        first_name="Анна",
        last_name="Иванова",
        email="admin@bpm.test",
        password=STAFF_PASSWORD,
        role="Admin",
    )
    mounted = DispatcherMiddleware(_nothing, {"/admin": office.wsgi_app})
    server = make_server("localhost", 0, mounted, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}/admin/"
    server.shutdown()
    thread.join()
    server.server_close()


def _nothing(_environ: Any, start_response: Any) -> list[bytes]:
    start_response("404 Not Found", [])
    return []


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, address: str) -> Iterator[Page]:
    """A browser that is logged in; foreign requests and errors of scripts fail the test."""
    trouble: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(color_scheme=request.param, locale="ru-RU", bypass_csp=True)
        page = context.new_page()
        page.on("request", lambda sent: _note_foreign(sent.url, address, trouble))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.goto(f"{address}login/")
        assert violations(page) == []
        page.fill("#username", "admin")
        page.fill("#password", STAFF_PASSWORD)
        page.click("form[name=login] button[type=submit]")
        page.wait_for_url(address)
        yield page
        browser.close()
    assert trouble == []


def _note_foreign(url: str, address: str, trouble: list[str]) -> None:
    if not url.startswith((address.removesuffix("admin/"), "data:")):
        trouble.append(url)


def violations(page: Page) -> list[str]:
    """What axe-core finds on the page."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(RULES)["violations"]
    return [f"{page.url} {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def test_forms_and_answers_are_accessible_in_both_appearances(page: Page, address: str) -> None:
    """The end-to-end walk looks at every list and record; here stand the pages that links don't lead to."""
    found = []
    for path in FORMS:
        answer = page.goto(f"{address}{path}")
        assert answer is not None
        assert answer.status == (404 if path == "no-such-page" else 200), path
        page.wait_for_load_state()
        found += violations(page)
    assert found == []


def test_an_employee_filters_a_list_and_logs_out(page: Page, address: str) -> None:
    page.goto(f"{address}customers/list/")
    page.click("summary")
    page.get_by_role("button", name="Добавить фильтр").click()
    page.get_by_role("button", name="Статус").click()
    page.locator(".filter-value select").select_option("blocked")
    page.locator("#filter_form [type=submit]").click()
    page.wait_for_url("**_flt_0_status=blocked**")
    assert page.locator(".list-count strong").inner_text() == "0"
    page.get_by_role("button", name="Анна Иванова").click()
    page.locator("form[action$='/logout/'] button").click()
    page.wait_for_url("**/login/**")
