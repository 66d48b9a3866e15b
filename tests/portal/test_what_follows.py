"""What the portal says of the next period: by card, by transfer, after a trial, per operation (G2, C4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.billing.invoice import PaymentMethodKind
from app.billing.periods import BillingInterval
from app.bootstrap import Container
from app.services.bank_transfers import Transfer, receive_transfer
from app.services.renewal_dates import reschedule
from app.services.subscriptions import cancel_subscription, switch_interval
from app.services.trial_continuation import continue_trial
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, check, mails, order, pay_by_card, production_key, trial_key
from tests.portal.browser import Browser, visible_text
from tests.portal.test_subscriptions import state_of
from tests.services.metered import SLUG, create_metered_connector, start
from tests.services.renewing import asked, change, live_until, open_invoice

DAY = timedelta(days=1)


def overview(member: Browser) -> str:
    return visible_text(member.get("/overview")).replace("\xa0", " ")


@pytest.fixture
def by_transfer(container: Container, clock: ManualClock, alice: int) -> None:
    """Alice's renewals are paid by bank transfer; the first one is invoiced."""
    buy(container, alice, "crm-connector")
    change(container, method=PaymentMethodKind.BANK_TRANSFER)
    with container.transactions.begin(FACTORY) as work:
        reschedule(work, [work.subscriptions.get(1)])
    live_until(container, clock, clock.now() + 20 * DAY)


@pytest.mark.usefixtures("by_transfer")
def test_a_transfer_is_waited_for_and_never_charged(container: Container, member: Browser) -> None:
    invoice = open_invoice(container)

    assert "Оплачено по 2 апреля 2026 г., продлится после оплаты следующего счёта" in state_of(member)
    assert "ждёт оплаты до 2 апреля 2026 г." in overview(member)
    assert "Не запланировано" in overview(member)
    page = visible_text(member.get(f"/invoices/{invoice.id}"))
    assert "Банковский перевод" in page
    assert "по реквизитам из PDF" in page


@pytest.mark.usefixtures("by_transfer")
def test_a_transfer_is_named_where_it_has_come(container: Container, member: Browser) -> None:
    invoice = open_invoice(container)
    transfer = Transfer(invoice.id, invoice.total, "statement-1")
    receive_transfer(container.transactions, actor=FACTORY, transfer=transfer, now=container.clock.now())

    assert "Банковский перевод" in visible_text(member.get("/payments"))
    assert "Банковский перевод" in overview(member)


@pytest.mark.usefixtures("by_transfer")
def test_what_was_not_transferred_says_until_when_it_works(
    container: Container, clock: ManualClock, member: Browser
) -> None:
    live_until(container, clock, clock.now() + 12 * DAY)

    assert state_of(member) == "Нужна оплата Счёт не оплачен. Доступ сохранится по 11 апреля 2026 г."
    assert "не оплачен, срок был до 2 апреля 2026 г." in overview(member)
    assert "Не оплачен вовремя" in visible_text(member.get(f"/invoices/{open_invoice(container).id}"))

    live_until(container, clock, clock.now() + 30 * DAY)
    assert mails(container).count("access_ended") == 1
    assert state_of(member) == "Завершена Доступ закончился 11 апреля 2026 г."


def test_given_up_in_dunning_it_ended_that_day(
    container: Container, clock: ManualClock, member: Browser, alice: int
) -> None:
    pay_by_card(container, alice, order(container, alice, "crm-connector"), "tok_declined_later")
    live_until(container, clock, clock.now() + 33 * DAY)
    cancel_subscription(container.transactions, asked(container, alice))

    assert state_of(member) == "Завершена Доступ закончился 4 апреля 2026 г."


def test_a_switch_to_the_year_is_told_with_its_sum(container: Container, member: Browser, alice: int) -> None:
    buy(container, alice, "crm-connector")
    switch_interval(container.transactions, asked(container, alice), interval=BillingInterval.YEAR)

    assert state_of(member) == "Действует Оплачено по 2 апреля 2026 г., затем продлится на год"
    assert "10 098,00 ₽ 2 апреля 2026 г." in overview(member)


def test_a_trial_that_continues_is_the_next_charge(
    container: Container, clock: ManualClock, member: Browser, alice: int
) -> None:
    trial_key(container, alice, [1])
    buy(container, alice, "mail-connector")
    continue_trial(container.transactions, asked(container, alice), wanted=True)

    assert state_of(member) == (
        "Пробный период Бесплатно до 09.03.2026, 12:00 МСК, дальше платная подписка. Осталось: 7 дней"
    )
    assert "990,00 ₽ 9 марта 2026 г." in overview(member)


def test_operations_are_told_with_their_price_so_far(
    container: Container, member: Browser, alice: int
) -> None:
    create_metered_connector(container)
    buy(container, alice, "crm-connector")
    subscription_id = start(container, alice)
    key = production_key(container, alice)
    for _ in range(3):
        assert check(container, key, "home", SLUG).allowed

    assert "500,00 ₽ за 1000 операций" in visible_text(member.get("/catalogue")).replace("\xa0", " ")
    assert state_of(member, subscription_id) == (
        "Действует Оплата за операции, счёт за этот месяц придёт 1 апреля 2026 г."
    )
    page = visible_text(member.get(f"/subscriptions/{subscription_id}")).replace("\xa0", " ")
    assert "3 на 1,50 ₽" in page
    assert "Оплачена" not in page
    assert "1,50 ₽ 1 апреля 2026 г., с операциями на сегодня" in overview(member)
