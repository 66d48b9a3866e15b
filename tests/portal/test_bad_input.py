"""Garbage in: a clear answer, never a 500; and no form without a token."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.bootstrap import Container
from app.web.limits import limiter
from tests.factories import buy, filled_cart, trial_key
from tests.portal.browser import HOST, Browser

FIELDS = (
    "email", "password", "name", "country", "language", "terms", "terms_version_id", "connector", "interval",
    "make_account", "cart_id", "method", "kind", "inn", "kpp", "ogrn", "address", "bank_bik", "bank_account",
    "phone", "reason", "enabled", "group", "overlap", "code",
)  # fmt: skip
GARBAGE = {
    "missing": [],
    "empty": [(name, "") for name in FIELDS],
    "long": [(name, "я" * 300) for name in FIELDS],
    "very long": [(name, "x" * 6000) for name in FIELDS],
    "zero byte": [(name, "a\x00b") for name in FIELDS],
    "control": [(name, "a\x1b[31m\r\nX: y") for name in FIELDS],
    "emoji": [(name, "🏳️‍🌈👩‍🚀") for name in FIELDS],
    "numbers": [(name, "99999999999999999999999999") for name in FIELDS],
    "negative": [(name, "-1") for name in FIELDS],
    "other digits": [(name, "١٢٣") for name in FIELDS],
    "float": [(name, "1e5") for name in FIELDS],
    "markup": [(name, "<script>alert(1)</script>{{7*7}}%(x)s%s") for name in FIELDS],
    "quotes": [(name, "'; DROP TABLE customer; --\\") for name in FIELDS],
    "duplicate": [(name, value) for name in FIELDS for value in ("1", "2")],
    "direction": [(name, "\u202eabc\u2066") for name in FIELDS],
    "not utf-8": [(name, b"\xff\xfe\x80") for name in FIELDS],
}
FORMS = (
    "/register", "/login", "/forgot", "/logout", "/trial", "/cart/add/crm-connector", "/cart/add/none",
    "/cart/remove/1", "/cart/remove/999999", "/cart/promo", "/cart/promo/remove", "/checkout/payer",
    "/checkout", "/invoices/1/pay/new", "/invoices/1/pay/paypal", "/invoices/1/pay/continue",
    "/payment-methods/add/card", "/payment-methods/add/none", "/payment-methods/1/default",
    "/payment-methods/1/replace/card", "/payment-methods/999/delete", "/subscriptions/2/payment",
    "/invoices/1/pay/1", "/invoices/1/pay/999", "/subscriptions/1/renewal", "/subscriptions/1/cancel",
    "/subscriptions/2/renewal", "/subscriptions/2/cancel", "/keys", "/keys/1/reveal", "/keys/1/deactivate",
    "/keys/2/deactivate", "/keys/1/name", "/keys/1/rotate", "/keys/1/delete", "/keys/2/delete", "/profile",
    "/profile/payer", "/profile/sessions/end-others", "/activate/x", "/reset/x",
    "/documents/archive", "/documents/reconciliation", "/work/1/cancel", "/work/999/cancel",
)  # fmt: skip
ADDRESSES = (
    "/payments/0", "/payments/99999999999999999999", "/payments?first=%00&number=%ff",
    "/payments?least=" + "9" * 5000,
    "/payments?older_than=-1", "/payments/table.csv?status=%00", "/payments/table.csv?older_than=%ff",
    "/catalogue/%00", "/catalogue/Crm", "/catalogue/" + "a" * 5000, "/catalogue/../etc",
    "/catalogue?category=%00",
    "/catalogue?category=" + "%ff" * 50, "/invoices/0", "/invoices/-1", "/invoices/99999999999999999999",
    "/invoices/9223372036854775807", "/subscriptions/abc", "/keys/1e3/reveal", "/documents/1/file/..",
    "/payment-methods/0/delete", "/payment-methods/return/x", "/checkout/confirm/not-a-uuid",
    "/checkout/return/not-a-uuid", "/checkout/return/00000000-0000-0000-0000-000000000000", "/language/xx",
    "/login?next=%00", "/login?next=" + "/a" * 5000, "/%ff%fe", "/activate/%00", "/reset/" + "x" * 5000,
    "/documents?period=%00", "/documents?period=9999-99&kind=%ff", "/documents?page=-1", "/work/0",
    "/work/99999999999999999999",
)  # fmt: skip


@pytest.fixture
def settled(container: Container, alice: int, member: Browser) -> Browser:
    """Alice with one of everything, signed in, and no limit in her way."""
    trial_key(container, alice, [1])
    buy(container, alice, "mail-connector")
    filled_cart(container, alice)
    return member


@pytest.fixture
def app(app: Flask) -> Iterator[Flask]:
    """Without limits: these tests send more forms than any person."""
    limiter.enabled = False
    yield app
    limiter.enabled = True


@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_in_forms_gets_a_clear_answer(settled: Browser, kind: str, app: Flask) -> None:
    stranger = Browser(app)
    for path in FORMS:
        for browser in (settled, stranger):
            answer = browser.post(path, GARBAGE[kind])
            assert answer.status_code < 500, (path, answer.status_code)
            assert "Traceback" not in answer.text
            assert "<script>alert" not in answer.text
        if path == "/logout":
            settled.log_in("alice@example.com")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(FORMS), values=st.lists(st.tuples(st.sampled_from(FIELDS), st.text(max_size=400)))
)
def test_no_text_breaks_a_form(settled: Browser, path: str, values: list[tuple[str, str]]) -> None:
    printable = [(name, value.encode("utf-8", "replace").decode()) for name, value in values]

    assert settled.post(path, printable).status_code < 500
    if path == "/logout":
        settled.log_in("alice@example.com")


@pytest.mark.parametrize("path", ADDRESSES)
def test_garbage_in_addresses_gets_a_clear_answer(settled: Browser, path: str) -> None:
    answer = settled.get(path)

    assert answer.status_code in (200, 303, 308, 404)
    assert "Traceback" not in answer.text


def test_a_file_does_not_stand_in_for_a_text(settled: Browser) -> None:
    for path in FORMS[:8]:
        files = [(name, (io.BytesIO(b"x"), "x.txt")) for name in FIELDS]
        assert settled.post(path, files, content_type="multipart/form-data").status_code < 500


def test_json_in_place_of_a_form_is_refused(guest: Browser) -> None:
    answer = guest.client.post(
        "/login",
        json={"email": ["a"], "password": {"b": 1}},
        base_url=HOST,
        headers={"Referer": HOST, "X-CSRFToken": guest.token()},
    )
    assert answer.status_code == 400


def test_too_much_at_once_is_refused(guest: Browser) -> None:
    answer = guest.post("/login", {"email": "x" * 3_000_000, "password": "y"})

    assert answer.status_code == 413
    assert "Слишком много данных" in answer.text
    assert guest.post("/login", [("email", "a")] * 1500).status_code in (400, 413)


def test_a_form_without_a_token_is_refused(settled: Browser) -> None:
    for path in FORMS:
        for data in ({}, {"csrf_token": ""}, {"csrf_token": "forged"}):
            answer = settled.post_bare(path, data)
            assert answer.status_code == 400, path
            assert "Страница устарела" in answer.text


def test_a_token_of_another_session_is_refused(settled: Browser, app: Flask) -> None:
    assert settled.post_bare("/logout", {"csrf_token": Browser(app).token()}).status_code == 400


def test_every_form_is_in_this_list(app: Flask) -> None:
    adapter = app.url_map.bind("localhost", url_scheme="https")
    covered = {adapter.match(path, method="POST")[0] for path in FORMS}
    posted = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("portal.") and "POST" in (rule.methods or ())
    }
    assert covered == posted


def test_the_api_takes_no_token_and_no_cookie(guest: Browser) -> None:
    answer = guest.post_bare("/v1/usage", {})

    assert answer.status_code == 401
    assert answer.is_json
