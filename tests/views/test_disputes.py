"""Disputes and reconciliation in the back-office: read-only, with notes (H2, H3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.billing.money import Money
from app.billing.provider import DisputeState
from app.bootstrap import Container
from app.models import CreditKind, Dispute, Payment
from app.services.disputes import look_at_dispute
from tests.factories import FACTORY, rows
from tests.views.conftest import Employee, Shop, deeds
from tests.views.test_lists import found

Staff = Callable[[str], Employee]


@pytest.fixture
def disputed(container: Container, shop: Shop) -> Shop:
    """The bank of the shop's customer takes the payment back."""
    (payment,) = rows(container, Payment)
    reference = container.test_acquirer.open_dispute(payment.provider_reference, payment.amount)
    look_at_dispute(
        container.transactions,
        container.providers,
        provider="test",
        reference=reference,
        now=container.clock.now(),
    )
    return shop


@pytest.mark.parametrize("role", ["Admin", "Finance", "Support", "Auditor"])
def test_a_dispute_is_read_by_everybody(disputed: Shop, staff: Staff, role: str) -> None:
    employee = staff(role)
    page = employee.get("/disputes/show/1").text
    for told in ("Спор открыт", "fraudulent", "990,00\u00a0₽", "Доказательства нужны до", "Тестовый эквайер"):
        assert told in page, told
    assert found(employee, "disputes", _flt_0_state="open") == 1
    assert found(employee, "disputes", _flt_0_customer_email="alice") == 1
    assert found(employee, "disputes", _flt_0_state="lost") == 0
    assert ("/admin/disputes/note/1" in page) is (role != "Auditor")


def test_it_is_counted_and_a_task(disputed: Shop, staff: Staff) -> None:
    finance = staff("Finance")
    assert "Открытые споры" in finance.get("/").text
    tasks = finance.get("/tasks/list/").text
    assert "Банк оспаривает платёж: нужны доказательства" in tasks
    assert "/admin/disputes/show/1" in tasks


def test_a_note_stands_in_the_history(disputed: Shop, staff: Staff, container: Container) -> None:
    support = staff("Support")
    assert "Доказательства отправляют на страницах провайдера" in support.get("/disputes/note/1").text
    kept = support.post("/disputes/note/1", {"reason": "Отправлены акты"}, follow_redirects=True)
    assert "Заметка сохранена." in kept.text
    assert "Отправлены акты" in kept.text
    assert deeds(container, "dispute.note") == [("support", "Отправлены акты")]
    staff("Auditor").post("/disputes/note/1", {"reason": "моё"})
    assert len(deeds(container, "dispute.note")) == 1


@pytest.fixture
def lost(container: Container, disputed: Shop) -> Shop:
    """The bank has decided for its customer."""
    (dispute,) = rows(container, Dispute)
    container.test_acquirer.end_dispute(dispute.reference, DisputeState.LOST)
    look_at_dispute(
        container.transactions,
        container.providers,
        provider="test",
        reference=dispute.reference,
        now=container.clock.now(),
    )
    return disputed


def test_finance_writes_a_debt_off(lost: Shop, staff: Staff, container: Container) -> None:
    finance = staff("Finance")
    assert "Списать долг" in finance.get("/disputes/show/1").text
    question = finance.get("/disputes/write-off/1").text
    assert "доступ, за который не заплатили, закроется" in question
    assert "990,00\u00a0₽" in question
    refused = finance.post("/disputes/write-off/1", {"reason": " "})
    assert (refused.status_code, rows(container, Dispute)[0].written_off_minor) == (200, 0)
    page = finance.post("/disputes/write-off/1", {"reason": "Не отвечает"}, follow_redirects=True).text
    assert "Долг списан." in page
    assert "Списать долг" not in page
    assert "Долг по спору списан" in page
    assert rows(container, Dispute)[0].written_off_minor == 99_000
    assert deeds(container, "dispute.write_off") == [("finance", "Не отвечает")]
    again = finance.post("/disputes/write-off/1", {"reason": "Ещё раз"}, follow_redirects=True).text
    assert "Клиент ничего не должен." in again
    assert "Безнадёжные долги" in finance.get("/ledger/list/").text


def test_finance_takes_a_debt_from_the_balance(lost: Shop, staff: Staff, container: Container) -> None:
    finance = staff("Finance")
    empty = finance.post("/disputes/from-balance/1", {"reason": "зачёт"}, follow_redirects=True).text
    assert "На балансе клиента нет денег в этой валюте." in empty
    with container.transactions.begin(FACTORY) as work:
        work.credits.change(lost.customer_id, CreditKind.BALANCE, Money(30_000, "RUB"))
    page = finance.post("/disputes/from-balance/1", {"reason": "зачёт"}, follow_redirects=True).text
    assert "Долг оплачен с баланса" in page
    assert "690,00\u00a0₽" in page
    assert rows(container, Dispute)[0].paid_minor == 30_000


@pytest.mark.parametrize("role", ["Support", "Auditor"])
def test_nobody_but_finance_settles_a_debt(lost: Shop, staff: Staff, container: Container, role: str) -> None:
    employee = staff(role)
    page = employee.get("/disputes/show/1").text
    assert "990,00\u00a0₽" in page
    assert ("Списать долг" in page, "С баланса" in page) == (False, False)
    for address in ("/disputes/write-off/1", "/disputes/from-balance/1"):
        employee.post(address, {"reason": "я решил"})
    (dispute,) = rows(container, Dispute)
    assert (dispute.paid_minor, dispute.written_off_minor) == (0, 0)


def test_an_open_dispute_offers_no_settling(disputed: Shop, staff: Staff) -> None:
    assert "Списать долг" not in staff("Finance").get("/disputes/show/1").text


def test_how_far_providers_were_read_is_seen(staff: Staff, shop: Shop, container: Container) -> None:
    now = container.wall_clock.now()
    with container.transactions.begin(FACTORY) as work:
        work.provider_cursors.move("test", now - timedelta(hours=3, minutes=5), now, 2)
    for role in ("Admin", "Finance", "Auditor"):
        page = staff(role).get("/reconciliation/list/").text
        assert "Тестовый эквайер" in page
        assert "3 ч 5 мин" in page
    assert staff("Support").get("/reconciliation/list/").status_code == 403


def test_what_the_provider_thinks_of_the_risk_is_seen(staff: Staff, shop: Shop) -> None:
    page = staff("Finance").get(f"/invoices/show/{shop.invoice_id}").text
    assert "Риск" in page
    assert "<code>normal</code>" in page
