"""Every list and page: opens, keeps secrets, survives bad input, costs a bounded number of queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Barrier, Thread
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event

from app import create_back_office_app
from app.bootstrap import Container
from app.models import ApiKey, Customer, OutboxStatus
from tests.factories import (
    buy,
    create_connector,
    create_customer,
    create_payer,
    create_seller,
    rows,
)
from tests.views.conftest import Employee, Shop

LISTS = (
    "customers", "payers", "subscriptions", "api-keys", "invoices", "payments", "documents", "connectors",
    "releases", "prices", "terms", "sellers", "seller-accounts", "tax-regimes", "tasks", "outbox", "webhooks",
    "audit", "staff", "roles", "refunds", "compensations", "usage-months", "operation-prices", "ledger",
    "service-months", "price-campaigns", "price-notices", "promo-codes",
)  # fmt: skip
PAGES = (
    "customers", "payers", "subscriptions", "api-keys", "invoices", "payments", "documents", "connectors",
    "prices", "terms", "sellers", "tax-regimes", "outbox", "audit", "staff", "roles", "ledger",
    "service-months",
)  # fmt: skip
SCRIPT = "<script>alert(1)</script>\"'><img src=x>"


@contextmanager
def queries() -> Iterator[list[str]]:
    """The statements that the block sends to the database."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


def test_every_list_opens_empty(admin: Employee) -> None:
    for name in LISTS:
        assert admin.get(f"/{name}/list/").status_code == 200, name


def test_every_list_and_page_of_a_record_opens(admin: Employee, shop: Shop) -> None:
    for name in LISTS:
        assert "<h1" in admin.get(f"/{name}/list/").text, name
    for name in PAGES:
        assert "<h1" in admin.get(f"/{name}/show/1").text, name
        for unknown in ("999999", "0", "-1", "abc", "1.5", "9" * 30, "%00", "1%27"):
            assert admin.get(f"/{name}/show/{unknown}").status_code == 404, (name, unknown)


def test_lists_read_as_people_write(admin: Employee, shop: Shop) -> None:
    invoices = admin.get("/invoices/list/").text
    assert "990,00 ₽".replace(" ", "\u00a0") in invoices
    assert "Оплачен" in invoices
    assert "02.03.2026" in invoices
    assert "ООО «Ромашка»" in invoices
    subscriptions = admin.get("/subscriptions/list/").text
    assert "Активна" in subscriptions
    assert "02.04.2026, 12:00 МСК".replace(" МСК", "\u00a0МСК") in subscriptions


def test_the_customers_page_tells_everything_in_a_bounded_number_of_queries(
    admin: Employee, shop: Shop, container: Container
) -> None:
    path = f"/customers/show/{shop.customer_id}"
    admin.get(path)
    with queries() as few:
        page = admin.get(path).text
    for told in (
        "Подписки", "API-ключи", "Счета", "Платежи", "Документы", "Плательщики", "История",
        "Письмо: платёж получен", "API-ключ показан владельцу", "списание прошло", "ООО «Ромашка»",
    ):  # fmt: skip
        assert told in page, told
    create_connector(container, "mail-connector")
    for number in range(3):
        buy(container, shop.customer_id, "mail-connector", make_account=f"m{number}")
    with queries() as more:
        admin.get(path)
    assert len(more) == len(few) <= 25


def test_a_list_costs_the_same_however_long(admin: Employee, shop: Shop, container: Container) -> None:
    admin.get("/subscriptions/list/")
    with queries() as few:
        admin.get("/subscriptions/list/")
    for number in range(5):
        customer_id = create_customer(container, f"bob{number}@example.com")
        create_payer(container, customer_id)
        buy(container, customer_id, "crm-connector", make_account=str(number))
    with queries() as more:
        admin.get("/subscriptions/list/")
    assert len(more) == len(few)


def found(employee: Employee, name: str, **arguments: str) -> int:
    """How many records a list says there are."""
    answer = employee.get(f"/{name}/list/", query_string=arguments)
    assert answer.status_code == 200, arguments
    return int(answer.text.split('class="list-count"')[1].split("<strong>")[1].split("<")[0])


def test_filters_find_what_they_say(admin: Employee, shop: Shop, container: Container) -> None:
    create_customer(container, "bob_100%@example.com")
    key = rows(container, ApiKey)[0]
    assert key.last4 == shop.api_key[-4:]
    for name, arguments, expected in (
        ("customers", {"_flt_0_email": "ALICE"}, 1),
        ("customers", {"_flt_0_email": "_"}, 1),
        ("customers", {"_flt_0_email": "%"}, 1),
        ("customers", {"_flt_0_payer_inn": "773605"}, 1),
        ("customers", {"_flt_0_payer_inn": "999"}, 0),
        ("customers", {"_flt_0_key_end": shop.api_key[-4:]}, 1),
        ("customers", {"_flt_0_key_end": shop.api_key}, 1),
        ("customers", {"_flt_0_key_end": "!!!!"}, 0),
        ("customers", {"_flt_0_status": "active"}, 2),
        ("customers", {"_flt_1_status": "active"}, 0),
        ("customers", {"_flt_0_created_at": "2026-03-02"}, 2),
        ("customers", {"_flt_0_created_at": "2026-03-03"}, 0),
        ("customers", {"_flt_1_created_at": "2026-03-02"}, 2),
        ("customers", {"_flt_1_created_at": "2026-03-01"}, 0),
        ("subscriptions", {"_flt_0_customer_email": "alice"}, 1),
        ("subscriptions", {"_flt_0_connector_slug": "crm"}, 1),
        ("subscriptions", {"_flt_0_connector_slug": "rm"}, 0),
        ("subscriptions", {"_flt_0_auto_renew": "y"}, 1),
        ("subscriptions", {"_flt_0_auto_renew": "n"}, 0),
        ("invoices", {"_flt_0_full_number": "СЧ-2026-000001"}, 1),
        ("invoices", {"_flt_0_full_number": "000002"}, 0),
        ("invoices", {"_flt_0_customer_id": str(shop.customer_id)}, 1),
        ("invoices", {"_flt_0_due_on": "2026-03-09"}, 1),
        ("invoices", {"_flt_1_due_on": "2026-03-08"}, 0),
        ("payments", {"_flt_0_amount_minor": "99000"}, 1),
        ("payments", {"_flt_1_amount_minor": "99000"}, 0),
        ("payments", {"_flt_2_amount_minor": "99001"}, 1),
        ("outbox", {"_flt_0_status": OutboxStatus.FAILED}, 0),
        ("tasks", {"_flt_0_done_at": "n"}, 0),
    ):
        assert found(admin, str(name), **dict(arguments)) == expected, (name, arguments)


HIDDEN = (
    ("api-keys", "ApiKeyView", "bcrypt_hash"),
    ("api-keys", "ApiKeyView", "fingerprint"),
    ("customers", "CustomerView", "password_hash"),
    ("customers", "CustomerView", "canonical_email"),
    ("staff", "StaffUserView", "password"),
    ("documents", "DocumentView", "snapshot"),
)


def test_a_hidden_column_can_be_neither_filtered_nor_sorted_by(admin: Employee, shop: Shop) -> None:
    for name, view, column in HIDDEN:
        everything = found(admin, name)
        assert everything > 0
        for number in range(10):
            assert found(admin, name, **{f"_flt_{number}_{column}": "zzz"}) == everything
        for direction in ("asc", "desc"):
            with queries() as seen:
                assert found(admin, name, **{f"_oc_{view}": column, f"_od_{view}": direction}) == everything
            order_clauses = [statement.partition("ORDER BY")[2] for statement in seen]
            assert [clause for clause in order_clauses if column in clause] == []


def test_no_page_shows_a_secret(admin: Employee, shop: Shop, container: Container) -> None:
    key, customer = rows(container, ApiKey)[0], rows(container, Customer)[0]
    assert key.bcrypt_hash is not None
    assert key.fingerprint is not None
    secrets = (key.bcrypt_hash, key.fingerprint.hex(), customer.password_hash, shop.api_key, "scrypt:")
    for name in PAGES:
        for path in (f"/{name}/list/", f"/{name}/show/1"):
            text = admin.get(path).text
            assert [secret for secret in secrets if secret in text] == [], path


BAD = (
    {"_flt_0_status": "nonsense"},
    {"_flt_9_status": "active"},
    {"_flt_0_created_at": "31.31.2026"},
    {"_flt_0_created_at": "9999-12-31"},
    {"_flt_0_created_at": "0001-01-01"},
    {"_flt_0_email": "'; DROP TABLE customer; --"},
    {"_flt_0_email": "\\"},
    {"_flt_0_email": "😀"},
    {"_flt_0_": "x"},
    {"_oc_CustomerView": "email; --", "_od_CustomerView": "asc"},
    {"_oc_CustomerView": "email", "_od_CustomerView": "sideways"},
    {"page_CustomerView": "999999"},
)
REFUSED = (
    {"page_CustomerView": "-1"},
    {"page_CustomerView": "abc"},
    {"page_CustomerView": "9" * 40},
    {"psize_CustomerView": "0"},
    {"psize_CustomerView": "101"},
    {"_flt_0_email": "a\0b"},
    {"_flt_0_email": "x" * 501},
)


def test_odd_filters_find_nothing_or_everything_but_break_nothing(admin: Employee, shop: Shop) -> None:
    for arguments in BAD:
        assert admin.get("/customers/list/", query_string=arguments).status_code == 200, arguments


def test_impossible_parameters_are_refused(admin: Employee) -> None:
    for arguments in REFUSED:
        answer = admin.get("/customers/list/", query_string=arguments)
        assert answer.status_code == 400, arguments
        assert "Запрос не удалось понять" in answer.text


def test_a_number_that_is_none_finds_nothing(admin: Employee, shop: Shop) -> None:
    for number in ("x", "", "1e3", "9" * 30, "-" + "9" * 30):
        assert found(admin, "payments", _flt_0_customer_id=number) == 0, number
    assert found(admin, "payments", _flt_0_customer_id=str(shop.customer_id)) == 1


def test_broken_bytes_in_the_address_break_nothing(admin: Employee) -> None:
    assert admin.get("/customers/list/?_flt_0_email=%ff%fe").status_code in (200, 400)


def test_names_are_text_never_markup(admin: Employee, container: Container) -> None:
    create_seller(container)
    create_connector(container)
    customer_id = create_customer(container, name=SCRIPT)
    create_payer(container, customer_id, name=SCRIPT, address=SCRIPT)
    buy(container, customer_id, "crm-connector", make_account=SCRIPT)
    paths = [f"/{name}/list/" for name in ("customers", "payers", "subscriptions", "invoices")]
    paths += [f"/{name}/show/1" for name in ("customers", "payers", "subscriptions", "invoices")]
    paths += ["/search/?q=%3Cscript%3E", f"/customers/list/?_flt_0_email={SCRIPT}"]
    for path in paths:
        text = admin.get(path).text
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path


def test_two_employees_filter_at_once_and_see_their_own_rows(
    staff: Callable[[str], Employee], container: Container
) -> None:
    create_customer(container, "alice@example.com")
    create_customer(container, "bob@example.com")
    people = {"alice": staff("Support"), "bob": staff("Auditor")}
    start, wrong = Barrier(2), []

    def look(name: str) -> None:
        start.wait()
        for _time in range(15):
            text = people[name].get("/customers/list/", query_string={"_flt_0_email": name}).text
            other = "bob" if name == "alice" else "alice"
            if f"{name}@example.com" not in text or f"{other}@example.com" in text:
                wrong.append(name)

    threads = [Thread(target=look, args=(name,)) for name in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_search_finds_by_everything_that_people_are_told(
    admin: Employee, shop: Shop, container: Container
) -> None:
    create_customer(container, "bob@example.com")

    def leads_to(text: str) -> str:
        return admin.get("/search/", query_string={"q": text}).headers.get("Location", "")

    assert leads_to("alice@example.com") == f"/admin/customers/show/{shop.customer_id}"
    assert leads_to("7736050003") == f"/admin/payers/show/{shop.payer_id}"
    assert leads_to("СЧ-2026-000001") == f"/admin/invoices/show/{shop.invoice_id}"
    assert leads_to(shop.api_key) == "/admin/api-keys/show/1"
    sums = admin.get("/search/", query_string={"q": "990,00"}).text
    assert "/admin/invoices/show/1" in sums
    assert "/admin/payments/show/1" in sums
    assert "example.com" in admin.get("/search/", query_string={"q": "example.com"}).text
    for nothing in ("", "x", "zzzz zzzz", "NaN", "1e999999", "%"):
        assert "Ничего не найдено" in admin.get("/search/", query_string={"q": nothing}).text


def test_search_shows_no_more_than_the_role_may_see(staff: Callable[[str], Employee], shop: Shop) -> None:
    answer = staff("Finance").get("/search/", query_string={"q": shop.api_key})
    assert "Ничего не найдено" in answer.text


def test_the_overview_counts_and_leads_to_the_list(admin: Employee, shop: Shop) -> None:
    page = admin.get("/").text
    card = page.split('href="/admin/subscriptions/list/?_flt_0_status=active"')[1].split("</a>")[0]
    assert '<span class="count-number">1</span>' in card
    assert found(admin, "subscriptions", _flt_0_status="active") == 1


def test_an_unknown_page_answers_in_russian(admin: Employee) -> None:
    answer = admin.get("/nowhere")
    assert answer.status_code == 404
    assert "Такой страницы нет" in answer.text


def test_the_other_language(admin: Employee, shop: Shop) -> None:
    assert admin.get("/lang/en").status_code == 302
    page = admin.get("/invoices/list/").text
    assert "Invoices" in page
    assert "₽990.00" in page or "990.00\u00a0₽" in page
    assert admin.get("/lang/xx").status_code == 404


def test_starting_up_needs_no_database(container: Container) -> None:
    away = container.settings.model_copy(
        update={"database_url": "postgresql+psycopg://nobody@127.0.0.1:1/none"}
    )
    app: Flask = create_back_office_app(replace(container, settings=away))
    assert list(app.url_map.iter_rules())
