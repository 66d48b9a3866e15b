"""Every page: both languages, its owner only, never kept in a cache, no matter how many rows it lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.routing import Rule

from app.billing.periods import BillingInterval
from app.bootstrap import Container
from app.models import ApiKey, Document, Invoice, PaymentAttempt, Subscription
from app.services.carts import add_to_cart
from app.services.links import Links
from tests.factories import buy, create_customer, create_payer, deliver_all, order, rows, trial_key
from tests.portal.browser import HOST, Browser, visible_text
from tests.shop import CONNECTORS

GUEST_PAGES = (
    "/", "/catalogue", "/catalogue?category=crm", "/catalogue?category=nothing", "/catalogue/crm-connector",
    "/terms", "/register", "/registered", "/login", "/forgot", "/forgot/sent", "/nowhere", "/activate/forged",
    "/reset/forged",
)  # fmt: skip
PRIVATE_PAGES = (
    "/overview", "/trial", "/subscriptions", "/cart", "/checkout", "/checkout/payer", "/payments",
    "/documents", "/keys", "/payment-methods", "/profile", "/profile/payer",
)  # fmt: skip
LATIN = re.compile(r"[A-Za-z]{2,}")
NAMES = {
    "BPM", "BM", "Centr", "Make", "API", "PDF", "CRM", "Visa", "English", "Русский", "ru", "en", "RU", "EN",
    "crm", "mail", "sheet", "premium", "connector", "Crm", "Mail", "Sheet", "Premium",
}  # fmt: skip
ADDRESS = re.compile(r"\S+@\S+|bpm_\S+")


@pytest.fixture
def everything(container: Container, alice: int) -> int:
    """Alice with a trial, a purchase, an unpaid order, a filled cart, keys and documents."""
    sold = {row.connector_id for row in rows(container, Subscription)}
    assert not sold
    trial_key(container, alice, [1])
    buy(container, alice, "mail-connector", make_account="org-1")
    order(container, alice, "premium-connector", interval=BillingInterval.YEAR)
    deliver_all(container, documents=True)
    order(container, alice, "sheet-connector")
    add_to_cart(
        container.transactions,
        customer_id=alice,
        slug="mail-connector",
        interval=BillingInterval.YEAR,
        make_account="org-2",
        now=container.clock.now(),
    )
    return alice


KEY_PAGES = ("", "/reveal", "/name", "/rotate", "/deactivate", "/delete")


def object_pages(container: Container) -> list[str]:
    paid, *_ = rows(container, Subscription, make_account="org-1")
    return [
        *(f"/subscriptions/{row.id}" for row in rows(container, Subscription)),
        f"/subscriptions/{paid.id}/cancel",
        f"/subscriptions/{paid.id}/payment",
        *(f"/invoices/{row.id}" for row in rows(container, Invoice)),
        *(f"/payments/{row.id}" for row in rows(container, Invoice)),
        *(f"/keys/{row.id}{page}" for row in rows(container, ApiKey) for page in KEY_PAGES),
    ]


STORED_IN_RUSSIAN = (
    "Алиса", "Русский", "ООО «Ромашка»", "Ключ пробного периода", "Автоматически созданный ключ", "СЧ-",
    "190000, г. Санкт-Петербург, Невский пр., д. 1",
)  # fmt: skip
SERVICE = re.compile(r"Доступ к коннектору «[^»]+», \d+ месяц(?:ев)? с даты оплаты")


def russian_words(page_text: str) -> list[str]:
    """Russian on an English page, other than what customers typed and documents hold."""
    text = SERVICE.sub("", page_text)
    for stored in STORED_IN_RUSSIAN:
        text = text.replace(stored, "")
    return re.findall("[А-Яа-яЁё]+", text)


def english_words(page_text: str) -> set[str]:
    return set(LATIN.findall(ADDRESS.sub(" ", page_text))) - NAMES


@pytest.mark.parametrize("path", GUEST_PAGES)
def test_a_guest_reads_every_public_page_in_both_languages(app: Flask, guest: Browser, path: str) -> None:
    russian, english = guest.get(path), Browser(app, "en").get(path)

    assert russian.status_code == english.status_code
    assert russian.status_code in (200, 404)
    assert '<html lang="ru"' in russian.text
    assert '<html lang="en"' in english.text
    assert english_words(visible_text(russian)) <= {"Demo"}
    assert "<h1" in russian.text


def test_alice_reads_every_page_of_hers_in_both_languages(
    container: Container, member: Browser, everything: int
) -> None:
    for path in (*PRIVATE_PAGES, *object_pages(container)):
        page = member.get(path)
        assert page.status_code == 200, path
        assert page.text.count("<h1") == 1, path
        assert english_words(visible_text(page)) == set(), path
        assert page.headers["Cache-Control"] == "no-store", path
    member.get("/language/en")
    for path in (*PRIVATE_PAGES, *object_pages(container)):
        page = member.get(path)
        assert page.status_code == 200, path
        assert russian_words(visible_text(page)) == [], path


def test_a_guest_is_asked_to_log_in_and_brought_back(guest: Browser) -> None:
    for path in PRIVATE_PAGES:
        answer = guest.get(path)
        assert (answer.status_code, answer.location) == (303, f"/login?next={path}")


def test_pages_of_another_customer_do_not_exist(
    container: Container, app: Flask, member: Browser, everything: int
) -> None:
    create_customer(container, "mallory@example.com")
    mallory = Browser(app)
    mallory.log_in("mallory@example.com")
    (document, *_), (attempt, *_) = rows(container, Document), rows(container, PaymentAttempt)
    subscription = rows(container, Subscription, make_account="org-1")[0].id
    shown = [*object_pages(container), f"/documents/{document.id}/file"]
    shown += [f"/invoices/{document.invoice_id}/progress", f"/checkout/return/{attempt.id}"]
    buttons = [
        f"/subscriptions/{subscription}/renewal",
        f"/subscriptions/{subscription}/cancel",
        *(f"/keys/{row.id}{page}" for row in rows(container, ApiKey) for page in KEY_PAGES[1:]),
        f"/invoices/{rows(container, Invoice)[-1].id}/pay/new",
        f"/invoices/{rows(container, Invoice)[-1].id}/pay/1",
    ]

    values = {"enabled": "no", "reason": "mine", "name": "mine", "overlap": "0"}

    for path in shown:
        assert mallory.get(path).status_code == 404, path
        assert member.get(path).status_code in (200, 204, 303), path
    for path in buttons:
        assert mallory.post(path, values).status_code == 404, path
    assert all(row.claimed_at is None for row in rows(container, ApiKey) if row.status == "unclaimed")


def test_anothers_cart_can_neither_be_bought_nor_emptied(
    container: Container, app: Flask, member: Browser, everything: int
) -> None:
    mallory_id = create_customer(container, "mallory@example.com")
    create_payer(container, mallory_id)
    mallory = Browser(app)
    mallory.log_in("mallory@example.com")
    with container.transactions.reading() as repositories:
        cart = repositories.carts.open_cart(everything)
        assert cart is not None
        (line,) = cart.lines

    assert mallory.post("/checkout", {"cart_id": str(cart.id), "method": "new"}).status_code == 404
    mallory.post(f"/cart/remove/{line.id}")
    assert "org-2" in member.get("/cart").text


@contextmanager
def counted(container: Container) -> Iterator[list[str]]:
    statements: list[str] = []

    def count(_c: object, _u: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(container.engine, "before_cursor_execute", count)
    yield statements
    event.remove(container.engine, "before_cursor_execute", count)


@pytest.mark.parametrize("path", ["/overview", "/subscriptions", "/payments", "/documents", "/keys", "/cart"])
def test_a_longer_list_costs_no_more_queries(
    container: Container, member: Browser, alice: int, path: str
) -> None:
    def asked() -> int:
        with counted(container) as statements:
            assert member.get(path).status_code == 200
        return len(statements)

    def more() -> None:
        for number in range(3):
            buy(container, alice, "crm-connector", make_account=f"org-{len(rows(container, Subscription))}")
            for slug in CONNECTORS:
                add_to_cart(
                    container.transactions,
                    customer_id=alice,
                    slug=slug,
                    interval=BillingInterval.MONTH,
                    make_account=f"{path}-{number}-{len(rows(container, Invoice))}",
                    now=container.clock.now(),
                )

    more()
    few = asked()
    more()

    assert asked() == few
    assert few <= 16


def test_links_in_mails_lead_to_pages(app: Flask) -> None:
    links = Links(HOST)
    addresses = {
        links.activation("token"): "portal.activation",
        links.password_reset("token"): "portal.reset",
        links.login(): "portal.login",
        links.forgot_password(): "portal.forgot",
        links.catalogue(): "portal.catalogue",
        links.keys(): "portal.keys",
        links.key(5): "portal.reveal_key",
        links.invoice(5): "portal.invoice",
        links.document(5): "portal.document_file",
        links.documents(): "portal.documents",
        links.subscription(5): "portal.subscription",
        links.subscriptions(): "portal.subscriptions",
        links.payment_return("7d1a3c5e-0000-4000-8000-000000000000"): "portal.payment_return",
        links.confirmed(): "portal.confirmed",
        links.payment_methods(): "portal.payment_methods",
        links.method_setup_return("7d1a3c5e-0000-4000-8000-000000000000"): "portal.method_setup_return",
        links.payment_confirmation("7d1a3c5e-0000-4000-8000-000000000000"): "portal.payment_confirmation",
    }
    adapter = app.url_map.bind("localhost", url_scheme="https")
    public = {name for name in vars(Links) if not name.startswith("_")} - {"base_url"}

    assert len(addresses) == len(public), "every link is held to a page"
    for address, endpoint in addresses.items():
        found, _ = adapter.match(address.removeprefix(HOST), method="GET")
        assert found == endpoint


def test_what_changes_something_is_never_a_get(app: Flask) -> None:
    """Routes with GET alone have no POST twin to hide behind; those that act take POST alone."""
    acting = {"logout", "confirm_activation", "cart_add", "cart_remove", "place", "switch_renewal"}
    acting |= {"end_sessions", "pay_by_new_card", "pay_by_saved_card", "pay_by_paypal", "continue_payment"}
    acting |= {"add_method", "replace_method", "prefer_method"}
    methods = {rule.endpoint: rule.methods or set() for rule in portal_rules(app)}

    assert all(methods[f"portal.{name}"] == {"POST", "OPTIONS"} for name in acting)


def portal_rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("portal.")]
