"""Bank statements in the back-office: looked at, taken in, the queue, payment orders of refunds (H4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pytest

from app.billing.actors import Actor
from app.billing.invoice import InvoiceStatus
from app.billing.refunds import RefundStatus
from app.bootstrap import Container
from app.models import BankLine, BankLineState, BankStatement, Invoice, Payment, Refund
from app.services.refunds import RefundRequest, approve_refund, request_refund
from tests.bank import INN, bring, document, exported, line, sent
from tests.factories import order, rows
from tests.views.conftest import Employee, Shop

Staff = Callable[[str], Employee]
NUMBER = "Оплата по счёту СЧ-2026-000002"
FIELD = re.compile(r'name="(filename|content)"[^>]*value="([^"]+)"')


@pytest.fixture
def finance(staff: Staff, shop: Shop, container: Container) -> Employee:
    """Finance, while an invoice over 990 roubles is open."""
    assert order(container, shop.customer_id, "crm-connector", make_account="888") == 2
    return staff("Finance")


def upload(employee: Employee, content: bytes) -> str:
    data = {"file": (BytesIO(content), "kl_to_1c.txt")}
    return employee.post("/bank-statements/add", data, content_type="multipart/form-data").text


def confirm(employee: Employee, page: str) -> str:
    fields = dict(FIELD.findall(page))
    return employee.post("/bank-statements/apply", fields, follow_redirects=True).text


GOOD = exported(document(17, "990.00", NUMBER), document(18, "5.00", "за услуги"), came="995.00")


def test_a_file_is_looked_at_and_then_taken_in(finance: Employee, container: Container) -> None:
    page = upload(finance, GOOD)
    for told in ("Пока ничего не проведено.", "Номер и сумма сходятся", "Нет номера счёта", "Ждёт решения"):
        assert told in page, told
    assert rows(container, BankLine) == []
    taken = confirm(finance, page)
    assert "новых строк 2, известных 0, ждут решения 1" in taken
    assert "Неразобранные" not in taken or "Итоги" in taken
    assert rows(container, Invoice, id=2)[0].status is InvoiceStatus.PAID
    assert rows(container, BankStatement)[0].filename == "kl_to_1c.txt"
    assert "Оплата по счёту" in finance.get("/bank-lines/show/1").text
    assert "kl_to_1c.txt" in finance.get("/bank-statements/list/").text
    again = upload(finance, GOOD)
    assert "Известно из прежней выписки" in again
    assert "новых строк 0, известных 2" in confirm(finance, again)
    assert len(rows(container, Payment)) == 2


def test_a_broken_file_is_told_with_its_line(finance: Employee, container: Container) -> None:
    assert "Это не выписка" in upload(finance, b"hello")
    assert "Строка" in upload(finance, GOOD.replace(b"990.00", b"99x"))
    assert rows(container, BankStatement) == []


def test_a_form_that_holds_no_file_changes_nothing(finance: Employee, container: Container) -> None:
    for content in ("zzz", "eJw=", "AAAA"):
        answer = finance.post(
            "/bank-statements/apply", {"filename": "a", "content": content}, follow_redirects=True
        )
        assert "Файл вернулся не целиком" in answer.text
    assert "Загрузить выписку" in finance.post("/bank-statements/apply", {}, follow_redirects=True).text
    assert rows(container, BankStatement) == []


def test_a_click_in_the_queue_books_the_best_guess(finance: Employee, container: Container) -> None:
    bring(container, line("за услуги"))
    page = finance.get("/bank-queue/").text
    assert "СЧ-2026-000002" in page
    assert "ИНН, сумма, выставлен недавно" in page
    form = dict(re.findall(r'type="hidden" name="(reason|invoice_id)" value="([^"]+)"', page))
    assert "Строка проведена." in finance.post("/bank-queue/take/1", form, follow_redirects=True).text
    assert rows(container, Invoice, id=2)[0].status is InvoiceStatus.PAID
    assert rows(container, BankLine)[0].reason == "сходится: ИНН, сумма, выставлен недавно"
    again = finance.post("/bank-queue/take/1", form, follow_redirects=True).text
    assert "О строке уже решено" in again
    assert "Очередь пуста" in again
    assert "Платежи" in finance.get("/bank-lines/show/1").text


def test_a_part_is_kept_towards_its_invoice(finance: Employee, container: Container) -> None:
    bring(container, line(NUMBER, 40_000))
    page = finance.get("/bank-queue/").text
    assert "Оставить как часть" in page
    form = {"reason": "часть", "invoice_id": "2", "as_part": "y"}
    finance.post("/bank-queue/take/1", form)
    assert rows(container, Invoice, id=2)[0].due.minor == 59_000


def test_a_person_types_the_numbers(finance: Employee, container: Container) -> None:
    bring(container, line("за услуги"))
    unclear = finance.post("/bank-lines/match/1", {"invoices": "77", "reason": "письмо"}).text
    assert "не подходит ни к одному счёту" in unclear
    assert "Для поступления выберите счёт" in finance.post("/bank-lines/match/1", {"reason": "письмо"}).text
    form = {"invoices": "СЧ-2026-000002", "reason": "письмо"}
    assert "Строка проведена." in finance.post("/bank-lines/match/1", form, follow_redirects=True).text
    assert rows(container, Invoice, id=2)[0].status is InvoiceStatus.PAID


def test_a_line_is_put_aside_with_a_reason(finance: Employee, container: Container) -> None:
    bring(container, line("свои деньги"))
    form = {"reason": "перевод между счетами"}
    assert "Строка отложена." in finance.post("/bank-lines/ignore/1", form, follow_redirects=True).text
    assert rows(container, BankLine)[0].state is BankLineState.IGNORED
    page = finance.get("/bank-lines/show/1").text
    assert "Сопоставить" in page
    assert "Отложено" in page or "Отложить" in page


@pytest.fixture
def refund_id(finance: Employee, shop: Shop, container: Container) -> int:
    """An approved refund of an invoice that was paid by bank transfer."""
    bring(container, line(NUMBER))
    now, anna = container.clock.now(), Actor.staff("anna")
    made = request_refund(
        container.transactions, actor=anna, request=RefundRequest(shop.customer_id, 2, "не подошёл"), now=now
    )
    approve_refund(container.transactions, actor=anna, refund_id=made, reason="да", now=now)
    return made


def test_a_refund_leaves_as_a_payment_order_and_is_settled_by_its_line(
    finance: Employee, container: Container, refund_id: int
) -> None:
    path = f"/refunds/payment-order/{refund_id}"
    assert "Платёжное поручение" in finance.get(f"/refunds/show/{refund_id}").text
    question = finance.get(path).text
    assert 'value="40702810900000000001"' in question
    assert f'value="{INN}"' in question
    form = {
        "name": "ООО «Ромашка»", "inn": INN, "kpp": "773601001", "account": "40702810200000000001",
        "bic": "044525225", "bank_name": "ПАО Сбербанк", "correspondent_account": "30101810400000000225",
    }  # fmt: skip
    assert "Банк не примет" in finance.post(path, form | {"bic": "000000000"}).text
    answer = finance.post(path, form)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="refund-{refund_id}.txt"'
    text = answer.data.decode("cp1251")
    purpose = re.search(r"НазначениеПлатежа=(.+)\r", text)
    assert purpose is not None
    bring(container, sent(purpose[1]), name="out.txt")
    assert rows(container, Refund)[0].status is RefundStatus.SENT


def test_a_refund_that_the_line_names_is_one_click(
    finance: Employee, container: Container, refund_id: int
) -> None:
    bring(container, sent(f"Возврат № {refund_id}", 98_000), name="out.txt")
    page = finance.get("/bank-queue/").text
    assert f'name="refund_id" value="{refund_id}"' in page
    form = {"reason": "письмо", "refund": str(refund_id)}
    told = finance.post("/bank-lines/match/2", form).text
    assert "Нет возврата на эту сумму" in told


PATHS = ("/bank-statements/list/", "/bank-statements/add", "/bank-lines/list/", "/bank-lines/match/1",
         "/bank-lines/ignore/1", "/bank-queue/", "/refunds/payment-order/1")  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_support_sees_no_statements(staff: Staff, shop: Shop, container: Container, path: str) -> None:
    bring(container, line("за услуги"))
    assert staff("Support").get(path).status_code in (302, 403, 404)


def test_support_books_nothing(staff: Staff, shop: Shop, container: Container) -> None:
    bring(container, line("за услуги"))
    support = staff("Support")
    for path in ("/bank-queue/take/1", "/bank-lines/ignore/1", "/bank-statements/apply"):
        support.post(path, {"reason": "так", "invoice_id": "1", "content": "x", "filename": "x"})
    assert rows(container, BankLine)[0].state is BankLineState.UNMATCHED
