"""Refunds in the back-office: asked for by support, decided and sent by finance, told in words."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from app.billing.actors import Actor
from app.billing.refunds import RefundStatus
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import LedgerEntry, Payment, Refund, Subscription
from app.services.refunds import RefundRequest, request_refund
from app.services.refunds_at_providers import look_at_reported_refund
from tests.bank import bring, sent
from tests.clock import ManualClock
from tests.factories import FACTORY, create_payer, deliver_all, rows
from tests.ledger_rows import sold
from tests.services.refunding import DEAR
from tests.views.conftest import Employee, Shop, deeds
from tests.views.test_lists import found, queries

Staff = Callable[[str], Employee]
WHY = {"reason": "Не подошёл"}


def the_refund(container: Container) -> Refund:
    (refund,) = rows(container, Refund)
    return refund


@pytest.fixture
def asked(staff: Staff, shop: Shop) -> Employee:
    """Support, who has asked for the refund of Alice's subscription."""
    support = staff("Support")
    answer = support.post("/subscriptions/request-refund/1", WHY)
    assert answer.location == "/admin/refunds/show/1"
    return support


def test_the_policy_is_shown_before_anything_is_asked(staff: Staff, shop: Shop, container: Container) -> None:
    page = staff("Finance").get("/subscriptions/request-refund/1").text
    assert "Всё: в течение 7 дней с первого платежа" in page
    assert "990,00\u00a0₽" in page
    assert "СЧ-2026-000001" in page
    assert rows(container, Refund) == []


def test_what_the_policy_refuses_is_told_at_once(staff: Staff, shop: Shop, clock: ManualClock) -> None:
    clock.advance(days=8)
    support = staff("Support")
    for answer in (
        support.get("/subscriptions/request-refund/1", follow_redirects=True),
        support.post("/subscriptions/request-refund/1", WHY, follow_redirects=True),
    ):
        assert "Ничего: начавшийся месяц не возвращается" in answer.text


def test_a_request_waits_for_a_decision_and_stands_on_the_pages(
    asked: Employee, container: Container, shop: Shop
) -> None:
    refund = the_refund(container)
    assert (refund.status, refund.requested_by, refund.reason) == (
        RefundStatus.REQUESTED,
        "staff:support",
        "Не подошёл",
    )
    page = asked.get("/refunds/show/1").text
    for told in ("Ждёт решения", "сотрудник support", "Не подошёл", "990,00\u00a0₽", "Запрошен возврат"):
        assert told in page, told
    assert "/admin/refunds/approve/1" not in page, "support decides nothing"
    assert "/admin/refunds/show/1" in asked.get("/subscriptions/show/1").text
    assert "Возвраты" in asked.get(f"/customers/show/{shop.customer_id}").text
    again = asked.post("/subscriptions/request-refund/1", WHY, follow_redirects=True)
    assert "уже возвращено" in again.text


def test_finance_approves_and_marks_it_as_sent(staff: Staff, asked: Employee, container: Container) -> None:
    finance = staff("Finance")
    assert "Одобрить возврат" in finance.get("/refunds/approve/1").text
    approved = finance.post("/refunds/approve/1", {"reason": "По правилам"}, follow_redirects=True)
    assert "Возврат одобрен." in approved.text
    assert rows(container, Subscription)[0].status is not SubscriptionStatus.ACTIVE
    assert "/admin/refunds/approve/1" not in approved.text
    empty = finance.post("/refunds/mark-sent/1", {"reference": " "})
    assert empty.status_code == 200
    assert the_refund(container).status is RefundStatus.APPROVED
    sent = finance.post("/refunds/mark-sent/1", {"reference": "re_77"}, follow_redirects=True)
    assert "Возврат отмечен отправленным." in sent.text
    assert "отправлен: re_77" in sent.text
    assert the_refund(container).provider_reference == "re_77"
    assert deeds(container, "refund.approve") == [("finance", "По правилам")]
    late = finance.post("/refunds/reject/1", {"reason": "x"}, follow_redirects=True)
    assert "Этого уже не сделать" in late.text


def test_finance_rejects(staff: Staff, asked: Employee, container: Container) -> None:
    answer = staff("Finance").post("/refunds/reject/1", {"reason": "Подарок"}, follow_redirects=True)
    assert "Возврат отклонён." in answer.text
    assert the_refund(container).status is RefundStatus.REJECTED
    assert rows(container, Subscription)[0].status is SubscriptionStatus.ACTIVE


def test_above_the_limit_a_second_person_is_needed(staff: Staff, shop: Shop, container: Container) -> None:
    line = sold(container, shop.customer_id, DEAR)
    finance, admin = staff("Finance"), staff("Admin")
    finance.post(f"/subscriptions/request-refund/{line.subscription_id}", WHY)
    alone = finance.post("/refunds/approve/1", {"reason": "По правилам"}, follow_redirects=True)
    assert "Выше предела решает не тот, кто просил" in alone.text
    assert the_refund(container).status is RefundStatus.REQUESTED
    admin.post("/refunds/approve/1", {"reason": "По правилам"})
    assert the_refund(container).status is RefundStatus.APPROVED


def test_the_queue_of_refunds_is_found_and_costs_the_same_however_long(
    staff: Staff, shop: Shop, container: Container
) -> None:
    finance, now = staff("Finance"), container.clock.now()
    create_payer(container, shop.customer_id)

    def ask_for_another() -> None:
        line = sold(container, shop.customer_id)
        request = RefundRequest(shop.customer_id, line.line_id, "мой")
        actor = Actor.customer(shop.customer_id)
        request_refund(container.transactions, actor=actor, request=request, now=now)

    ask_for_another()
    finance.get("/refunds/list/")
    with queries() as few:
        finance.get("/refunds/list/")
    for _time in range(4):
        ask_for_another()
    with queries() as more:
        finance.get("/refunds/list/")
    assert len(more) == len(few)
    assert found(finance, "refunds", _flt_0_status="requested") == 5
    assert found(finance, "refunds", _flt_0_customer_email="alice") == 5
    assert found(finance, "refunds", _flt_0_status="sent") == 0
    assert "клиент" in finance.get("/refunds/show/1").text


@pytest.fixture
def failed(asked: Employee, staff: Staff, container: Container) -> Refund:
    """The refund, which its provider could not send."""
    staff("Finance").post("/refunds/approve/1", {"reason": "По правилам"})
    with container.transactions.begin(FACTORY) as work:
        refund = work.refunds.get(1)
        work.move_refund(refund, RefundStatus.FAILED, "not sent: card_closed", container.clock.now())
        refund.failure_code = "card_closed"
    return the_refund(container)


def test_a_refund_that_could_not_be_sent_is_ordered_again(
    failed: Refund, staff: Staff, container: Container
) -> None:
    finance = staff("Finance")
    page = finance.get("/refunds/show/1").text
    for told in (
        "Не удалось отправить",
        "card_closed",
        "не отправлен: card_closed",
        "Отправить через провайдера",
    ):
        assert told in page, told
    assert "Возвраты, которые не удалось отправить" in finance.get("/").text
    again = finance.post("/refunds/send-again/1", {"reason": "Карта перевыпущена"}, follow_redirects=True)
    assert "Возврат заказан у провайдера." in again.text
    assert deeds(container, "refund.send_again") == [("finance", "Карта перевыпущена")]
    deliver_all(container)
    assert the_refund(container).status is RefundStatus.SENT
    assert "/admin/refunds/send-again/1" not in finance.get("/refunds/show/1").text


def test_a_refund_that_could_not_be_sent_leaves_by_bank(
    failed: Refund, staff: Staff, container: Container
) -> None:
    finance = staff("Finance")
    finance.post("/refunds/mark-sent/1", {"reference": "п/п 17", "through": "bank"})
    assert the_refund(container).status is RefundStatus.SENT
    assert [each.credit for each in rows(container, LedgerEntry, kind="refund_sent")] == ["cash:bank"]


def test_a_refund_that_could_not_be_sent_gets_a_payment_order(
    failed: Refund, staff: Staff, container: Container
) -> None:
    finance = staff("Finance")
    assert "/admin/refunds/by-bank/1" in finance.get("/refunds/show/1").text
    assert "/admin/refunds/payment-order/1" not in finance.get("/refunds/show/1").text
    question = finance.get("/refunds/by-bank/1").text
    assert "выписк" in question
    page = finance.post("/refunds/by-bank/1", {"reason": "Карта закрыта"}, follow_redirects=True).text
    assert "Возврат уйдёт банковским переводом." in page
    for command in ("payment-order", "mark-sent", "send-again"):
        assert f"/admin/refunds/{command}/1" in page, command
    assert "/admin/refunds/by-bank/1" not in page
    assert "<dd>Банк</dd>" in re.sub(r"<dd[^>]*>\s*(.*?)\s*</dd>", r"<dd>\1</dd>", page)
    form = {
        "name": "Алиса", "account": "40702810200000000001", "bic": "044525225",
        "bank_name": "ПАО Сбербанк", "correspondent_account": "30101810400000000225",
    }  # fmt: skip
    answer = finance.post("/refunds/payment-order/1", form)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="refund-1.txt"'
    assert "/admin/refunds/send-again/1" not in finance.get("/refunds/show/1").text
    refused = finance.post("/refunds/send-again/1", {"reason": "Всё же картой"}, follow_redirects=True)
    assert "На него уже составлено платёжное поручение" in refused.text
    purpose = re.search(r"НазначениеПлатежа=(.+)\r", answer.data.decode("cp1251"))
    assert purpose is not None
    bring(container, sent(purpose[1]), name="out.txt")
    assert the_refund(container).status is RefundStatus.SENT
    assert deeds(container, "refund.by_bank") == [("finance", "Карта закрыта")]


def test_what_its_provider_is_sending_is_left_alone_until_staff_are_asked(
    asked: Employee, staff: Staff, container: Container
) -> None:
    finance, now = staff("Finance"), container.clock.now()
    finance.post("/refunds/approve/1", {"reason": "По правилам"})
    with container.transactions.begin(FACTORY) as work:
        refund = work.refunds.get(1)
        work.move_refund(refund, RefundStatus.SENDING, "the provider is asked to send it", now)
        refund.sending_since = refund.next_look_at = now
    page = finance.get("/refunds/show/1").text
    assert "Отправляется" in page
    assert "провайдера просят отправить" in page
    assert "mark-sent" not in page
    refused = finance.post("/refunds/mark-sent/1", {"reference": "x"})
    assert "Провайдер его отправляет" in refused.text
    with container.transactions.begin(FACTORY) as work:
        work.ask_staff("unknown_refund", "refund", 1, None, now)
    assert "/admin/refunds/mark-sent/1" in finance.get("/refunds/show/1").text
    finance.post("/refunds/mark-sent/1", {"reference": "re_1"})
    assert the_refund(container).status is RefundStatus.SENT


@pytest.mark.parametrize("role", ["Support", "Auditor"])
def test_only_finance_sends_again(failed: Refund, staff: Staff, role: str, container: Container) -> None:
    other = staff(role)
    assert "send-again" not in other.get("/refunds/show/1").text
    other.post("/refunds/send-again/1", {"reason": "хочу"})
    other.post("/refunds/by-bank/1", {"reason": "хочу"})
    assert the_refund(container).status is RefundStatus.FAILED


def test_a_refund_made_at_the_provider_is_told_and_its_access_ended_by_finance(
    staff: Staff, shop: Shop, container: Container, clock: ManualClock
) -> None:
    payment = rows(container, Payment)[0]
    reference = container.test_acquirer.refund_by_hand(payment.provider_reference, payment.amount)
    look_at_reported_refund(
        container.transactions,
        container.providers,
        provider="test",
        reference=reference,
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )
    deliver_all(container)
    clock.advance(hours=1)
    support, finance = staff("Support"), staff("Finance")
    page = finance.get("/refunds/show/1").text
    for told in ("Сделан на странице провайдера", reference, "Закрыть доступ", "сделан у провайдера"):
        assert told in page, told
    assert "/admin/refunds/end-access/1" not in support.get("/refunds/show/1").text
    assert support.post("/refunds/end-access/1", {"reason": "x"}).status_code == 403
    assert "решите, что с доступом" in finance.get("/tasks/list/").text
    ended = finance.post("/refunds/end-access/1", {"reason": "Деньги вернули"}, follow_redirects=True)
    assert "Доступ закрыт." in ended.text
    assert "/admin/refunds/end-access/1" not in ended.text
    assert rows(container, Subscription)[0].status is SubscriptionStatus.EXPIRED
    assert deeds(container, "refund.end_access") == [("finance", "Деньги вернули")]
    again = finance.post("/refunds/end-access/1", {"reason": "x"}, follow_redirects=True)
    assert "нет доступа, который можно закрыть" in again.text
