"""The payment history in the portal: list, filters in the address, details, the table, owners (H5)."""

from __future__ import annotations

import csv
import re
from io import StringIO

import pytest
from flask import Flask

from app.billing.invoice import InvoiceStatus
from app.billing.payment import AttemptState
from app.billing.payment_history import HistoryStatus
from app.billing.refunds import RefundStatus
from app.bootstrap import Container
from app.models import Payment
from app.portal.forms.history import STATUSES
from app.portal.payment_events import ATTEMPT, INVOICE, REFUND
from app.services import payment_history as module
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, create_customer, create_payer, order
from tests.portal.browser import Browser, visible_text

NUMBER = re.compile(r"СЧ-2026-(\d{6})")


@pytest.fixture
def bought(container: Container, clock: ManualClock, alice: int) -> list[int]:
    """Alice's invoices: one paid and refunded in part, a large one paid the day after, one open."""
    first = buy(container, alice, "crm-connector").invoice_id
    clock.advance(days=1)
    second = buy(container, alice, "premium-connector").invoice_id
    third = order(container, alice, "mail-connector")
    with container.transactions.begin(FACTORY) as work:
        for payment in work.session.query(Payment).filter_by(invoice_id=first):
            payment.refunded_minor = 10_000
    return [first, second, third]


def numbers(browser: Browser, query: str = "") -> list[int]:
    """The numbers of the invoices that the list shows, in its order."""
    page = browser.get(f"/payments{query}")
    assert page.status_code == 200
    body = page.text.split("<tbody>")[1] if "<tbody>" in page.text else ""
    return [int(number) for number in NUMBER.findall(body)]


def test_the_list_tells_everything_about_each_payment(member: Browser, bought: list[int]) -> None:
    assert numbers(member) == [3, 2, 1]
    text = visible_text(member.get("/payments")).replace("\u00a0", " ")
    for told in (
        "СЧ-2026-000001", "02.03.2026", "Доступ к коннектору «Crm connector»", "Visa •••• 4242", "178,52 ₽",
        "990,00 ₽", "5 000,00 ₽", "Возвращён частично", "Возвращено 100,00 ₽.", "К оплате",
    ):  # fmt: skip
        assert told in text, told


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?status=paid", [2]),
        ("?status=refunded", [1]),
        ("?status=waiting", [3]),
        ("?status=void", []),
        ("?first=2026-03-03", [3, 2]),
        ("?last=02.03.2026", [1]),
        ("?least=1000", [2]),
        ("?least=990,00&most=990.00", [3, 1]),
        ("?number=2", [2]),
        ("?number=%D1%81%D1%87-2026-000003", [3]),
        ("?status=paid&least=1000&first=2026-03-03", [2]),
        ("?older_than=2", [1]),
        ("?newer_than=2", [3]),
    ],
)
def test_the_address_narrows_the_list(
    member: Browser, bought: list[int], query: str, shown: list[int]
) -> None:
    assert numbers(member, query) == shown


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?first=yesterday", "Введите дату в виде 02.03.2026."),
        ("?most=-5", "Введите сумму в виде 990 или 990,50."),
        ("?number=%25", "Введите номер как в счёте"),
        ("?status=<script>", "Выберите один из вариантов."),
    ],
)
def test_what_can_not_be_is_told_at_its_field(
    member: Browser, bought: list[int], query: str, told: str
) -> None:
    page = member.get(f"/payments{query}")
    assert told in visible_text(page)
    assert 'class="error-summary"' in page.text
    assert "<script>" not in page.text.split("<main")[1].split("</main>")[0]
    assert numbers(member, query) == [3, 2, 1]


@pytest.mark.parametrize("query", ["?older_than=99999999999999999999", "?newer_than=x", "?first=%00", "?x=1"])
def test_garbage_in_the_address_breaks_nothing(member: Browser, bought: list[int], query: str) -> None:
    assert numbers(member, query) == [3, 2, 1]


def test_pages_keep_what_the_list_is_narrowed_by(
    member: Browser, bought: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROWS_OF_A_PAGE", 1)
    assert numbers(member, "?first=2026-03-03") == [3]
    older = re.search(r'rel="next" href="/payments(\?[^"]+)"', member.get("/payments?first=2026-03-03").text)
    assert older is not None
    query = older[1].replace("&amp;", "&")
    assert numbers(member, query) == [2]
    page = member.get(f"/payments{query}").text
    assert 'rel="next"' not in page
    newer = re.search(r'rel="prev" href="/payments(\?[^"]+)"', page)
    assert newer is not None
    assert numbers(member, newer[1].replace("&amp;", "&")) == [3]


def test_nothing_yet_and_nothing_found_are_told_apart(member: Browser, bought: list[int], app: Flask,
                                                      container: Container) -> None:  # fmt: skip
    assert "Таких платежей нет" in visible_text(member.get("/payments?least=999999"))
    create_customer(container, "new@example.com")
    newcomer = Browser(app)
    newcomer.log_in("new@example.com")
    page = visible_text(newcomer.get("/payments"))
    assert "Платежей пока нет" in page
    assert "Скачать таблицу" not in page


def test_details_tell_the_history_of_the_payment(member: Browser, bought: list[int]) -> None:
    page = visible_text(member.get(f"/payments/{bought[0]}")).replace("\u00a0", " ")
    for told in (
        "Оплата счёта СЧ-2026-000001", "ООО «Ромашка»", "Visa •••• 4242", "178,52 ₽ (22 %)", "Счёт выставлен",
        "Платёж начат", "Платёж прошёл", "Счёт оплачен", "02.03.2026, 12:00 МСК", "Возвращён частично",
    ):  # fmt: skip
        assert told in page, told
    assert page.index("Счёт оплачен") < page.index("Счёт выставлен"), "newest first"
    assert "Оплатить счёт" in visible_text(member.get(f"/payments/{bought[2]}"))


def table(browser: Browser, query: str = "") -> list[list[str]]:
    answer = browser.get(f"/payments/table.csv{query}")
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_the_table_holds_what_the_list_is_narrowed_to(member: Browser, bought: list[int]) -> None:
    heading, *rows = table(member)
    assert (heading[0], [row[0] for row in rows]) == (
        "Номер счёта", ["СЧ-2026-000003", "СЧ-2026-000002", "СЧ-2026-000001"]
    )  # fmt: skip
    paid = table(member, "?status=refunded")[1:]
    assert [cell.replace("\u00a0", " ") for cell in paid[0]] == [
        "СЧ-2026-000001", "02.03.2026", "Доступ к коннектору «Crm connector», 1 месяц с даты оплаты",
        "Visa •••• 4242", "22 %", "178,52", "990,00", "RUB", "Возвращён частично", "100,00",
    ]  # fmt: skip
    assert len(paid) == 1


def test_a_table_of_what_can_not_be_leads_to_the_list(member: Browser, bought: list[int]) -> None:
    answer = member.get("/payments/table.csv?most=x&status=paid")
    assert (answer.status_code, answer.location) == (303, "/payments?status=paid&most=x")


def test_a_table_that_is_too_long_is_refused_in_words(
    member: Browser, bought: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_EXPORTED", 2)
    answer = member.get("/payments/table.csv")
    assert answer.status_code == 409
    assert "слишком много для одного файла" in answer.text


def test_payments_of_another_customer_do_not_exist(
    container: Container, app: Flask, member: Browser, bought: list[int], guest: Browser
) -> None:
    mallory_id = create_customer(container, "mallory@example.com")
    create_payer(container, mallory_id)
    hers = order(container, mallory_id, "crm-connector")
    mallory = Browser(app)
    mallory.log_in("mallory@example.com")
    for invoice_id in bought:
        assert mallory.get(f"/payments/{invoice_id}").status_code == 404
    assert numbers(mallory) == [4]
    for query in ("?number=1", "?older_than=4", "?status=paid"):
        assert numbers(mallory, query) == []
    assert [row[0] for row in table(mallory)[1:]] == ["СЧ-2026-000004"]
    assert member.get(f"/payments/{hers}").status_code == 404
    for path in ("/payments", "/payments/1", "/payments/table.csv"):
        assert guest.get(path).status_code == 303


def test_every_status_has_its_words() -> None:
    assert set(INVOICE) == set(InvoiceStatus)
    assert set(ATTEMPT) == set(AttemptState)
    assert set(REFUND) == set(RefundStatus)
    assert {value for value, _words in STATUSES} == {"", *HistoryStatus}
