"""What staff do with a subscription: offered when it makes sense, with a reason, refused in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.billing.invoice import InvoiceStatus, PaymentMethodKind
from app.billing.periods import BillingInterval
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import Invoice, Subscription
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, promised, rows
from tests.views.conftest import Employee, Shop, deeds

Staff = Callable[[str], Employee]
PAGE = "/subscriptions/show/1"
LABELS = {
    "cancel": "Отменить подписку",
    "take-back": "Отозвать отмену",
    "renew-on": "Включить автопродление",
    "renew-off": "Выключить автопродление",
    "interval": "Сменить месяц или год",
    "make-account": "Сменить аккаунт Make",
    "resume": "Возобновить подписку",
    "request-refund": "Запросить возврат",
    "request-compensation": "Запросить компенсацию",
}


@pytest.fixture
def support(staff: Staff, shop: Shop) -> Employee:
    return staff("Support")


def subscription(container: Container) -> Subscription:
    return rows(container, Subscription, id=1)[0]


def offered(employee: Employee) -> set[str]:
    page = employee.get(PAGE).text
    return {name for name in LABELS if f'href="/admin/subscriptions/{name}/1"' in page}


def ask(employee: Employee, name: str, **fields: str) -> str:
    """Send the form of a command; what the next page says."""
    form = {"reason": "Клиент попросил по телефону"} | fields
    return employee.post(f"/subscriptions/{name}/1", form, follow_redirects=True).text


def test_what_makes_sense_now_is_offered(
    support: Employee, container: Container, clock: ManualClock, shop: Shop
) -> None:
    always = {"request-refund", "request-compensation"}
    assert offered(support) == always | {"cancel", "renew-off", "interval", "make-account"}
    ask(support, "renew-off")
    assert offered(support) == always | {"cancel", "renew-on", "interval", "make-account"}
    ask(support, "cancel")
    assert offered(support) == always | {"take-back", "make-account"}
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(1)
        work.move_subscription(row, SubscriptionStatus.EXPIRED, "its time is over", clock.now())
    assert offered(support) == always | {"resume"}


def test_every_question_tells_whose_subscription_it_is_and_what_will_happen(support: Employee) -> None:
    for name, label in LABELS.items():
        page = support.get(f"/subscriptions/{name}/1").text
        assert label in page, name
        assert "alice@example.com" in page, name
        assert "Причина" in page, name


def test_support_cancels_and_takes_it_back(support: Employee, container: Container) -> None:
    assert "Подписка отменена." in ask(support, "cancel")
    assert subscription(container).status is SubscriptionStatus.CANCELED
    assert "Отмена отозвана." in ask(support, "take-back")
    assert subscription(container).status is SubscriptionStatus.ACTIVE
    told = [("support", "Клиент попросил по телефону")]
    assert deeds(container, "subscription.cancel") == told
    assert deeds(container, "subscription.uncancel") == told
    assert len(promised(container, "mail.subscription_canceled")) == 1


def test_support_switches_auto_renewal(support: Employee, container: Container) -> None:
    assert "Автопродление выключено." in ask(support, "renew-off")
    assert not subscription(container).auto_renew
    assert "Автопродление включено." in ask(support, "renew-on")
    assert subscription(container).auto_renew
    assert len(deeds(container, "subscription.auto_renewal")) == 2


def test_support_switches_the_period(support: Employee, container: Container) -> None:
    assert "Период следующего продления изменён." in ask(support, "interval", interval="year")
    assert subscription(container).renewal_interval is BillingInterval.YEAR
    assert "Год" in support.get(PAGE).text
    ask(support, "interval", interval="fortnight")
    assert subscription(container).renewal_interval is BillingInterval.YEAR


def test_support_changes_the_make_account(support: Employee, container: Container, shop: Shop) -> None:
    buy(container, shop.customer_id, "crm-connector", make_account="888")
    taken = ask(support, "make-account", make_account="888")
    assert "В том аккаунте Make уже есть подписка клиента" in taken
    assert 'value="888"' in taken, "what was filled in is kept"
    assert subscription(container).make_account == "777"
    assert "Аккаунт Make изменён." in ask(support, "make-account", make_account=" 999 ")
    row = subscription(container)
    assert (row.make_account, row.previous_make_account) == ("999", "777")
    assert deeds(container, "subscription.make_account") == [("support", "Клиент попросил по телефону")]


def test_support_resumes_what_has_ended_and_sees_the_invoice(
    support: Employee, container: Container, clock: ManualClock
) -> None:
    ask(support, "renew-off")
    clock.advance(days=40)
    answer = support.post(
        "/subscriptions/resume/1", {"reason": "Вернулся", "method": "bank_transfer"}, follow_redirects=False
    )
    assert answer.location == "/admin/invoices/show/2"
    _first, invoice = rows(container, Invoice)
    assert (invoice.status, invoice.method) == (InvoiceStatus.OPEN, PaymentMethodKind.BANK_TRANSFER)
    assert deeds(container, "subscription.resume") == [("support", "Вернулся")]


def test_a_refusal_is_told_in_words(support: Employee, container: Container) -> None:
    assert "Возобновить можно только закончившуюся подписку." in ask(support, "resume", method="card")
    ask(support, "cancel")
    assert "Это возможно только у действующей оплаченной подписки." in ask(support, "renew-off")
    assert len(rows(container, Invoice)) == 1


@pytest.mark.parametrize("name", [name for name in LABELS if name != "take-back"])
def test_without_a_reason_nothing_happens(support: Employee, container: Container, name: str) -> None:
    before = vars(subscription(container)).copy()
    fields = {"make_account": "1", "interval": "year", "method": "card", "kind": "balance", "value": "1"}
    page = ask(support, name, **fields | {"reason": "  "})
    after = vars(subscription(container))
    assert "Причина" in page
    assert {key: after[key] for key in before if key[0] != "_"} == {
        key: value for key, value in before.items() if key[0] != "_"
    }


def test_a_key_in_a_reason_is_not_kept(support: Employee, container: Container, shop: Shop) -> None:
    ask(support, "cancel", reason=f"Ключ {shop.api_key} утёк")
    ((_who, why),) = deeds(container, "subscription.cancel")
    assert why is not None
    assert shop.api_key not in why
    assert why.endswith("утёк")


def test_looking_at_a_question_changes_nothing(support: Employee, container: Container) -> None:
    for name in LABELS:
        support.get(f"/subscriptions/{name}/1?reason=x&make_account=1&interval=year&method=card")
    row = subscription(container)
    assert (row.status, row.auto_renew, row.make_account) == (SubscriptionStatus.ACTIVE, True, "777")
    assert row.renewal_interval is None


def test_the_page_tells_what_the_engine_knows(support: Employee, clock: ManualClock) -> None:
    page = support.get(PAGE).text
    assert (clock.now() + timedelta(days=31)).strftime("%d.%m.%Y") in page
    for label in ("Чем оплачивается", "Уведомить", "Уведомлён", "Продлить", "Следующий период", "Промокод",
                  "Оплачена до (без дополнительных дней)", "Оплата за операции"):  # fmt: skip
        assert label in page, label
