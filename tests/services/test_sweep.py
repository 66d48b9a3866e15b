"""The sweep: writes down what time has made true, once (C3, C4, F2, G6)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from app.billing.api_key import ApiKeyStatus
from app.billing.invoice import InvoiceStatus
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import ApiKey, Invoice, PayerKind, StaffTask, StatusChange, Subscription
from app.services.subscriptions import Asked, cancel_subscription, switch_auto_renewal
from app.services.sweep import SweepReport, sweep
from tests.clock import ManualClock
from tests.factories import (
    FACTORY,
    buy,
    check,
    create_customer,
    create_payer,
    mails,
    order,
    pay_by_card,
    production_key,
    rows,
    trial_key,
)
from tests.parallel import at_once, wait_until_blocked
from tests.services.charges import opened

NOTHING = SweepReport()


def run(container: Container) -> SweepReport:
    return sweep(container.billing_run())


def statuses(container: Container) -> list[SubscriptionStatus]:
    return [row.status for row in rows(container, Subscription)]


def invoice_status(container: Container, invoice_id: int) -> InvoiceStatus:
    return rows(container, Invoice, id=invoice_id)[0].status


def start_a_trial(container: Container, shop: dict[str, int], customer_id: int) -> str:
    return trial_key(container, customer_id, [shop["crm-connector"], shop["mail-connector"]])


def test_the_notice_comes_two_days_before_the_end_once(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    start_a_trial(container, shop, alice)
    clock.advance(days=5, microseconds=-1)
    assert run(container) == NOTHING
    clock.advance(microseconds=1)
    assert run(container) == SweepReport(trial_notices=2)
    for _ in range(3):
        assert run(container) == NOTHING
    assert mails(container).count("trial_ending") == 1
    assert {row.trial_notice_at for row in rows(container, Subscription)} == {clock.now()}


def test_a_trial_ends_to_the_instant_with_its_key(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    key = start_a_trial(container, shop, alice)
    clock.advance(days=7, microseconds=-1)
    run(container)
    assert check(container, key, "acc").allowed
    clock.advance(microseconds=1)
    before = check(container, key, "acc")

    assert run(container) == SweepReport(closed_subscriptions=2, expired_keys=1)

    assert statuses(container) == [SubscriptionStatus.EXPIRED] * 2
    assert rows(container, ApiKey)[0].status is ApiKeyStatus.EXPIRED
    assert mails(container).count("trial_ended") == 1
    assert check(container, key, "acc") == before
    assert run(container) == NOTHING


def test_what_was_bought_during_the_trial_neither_ends_nor_is_announced(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    key = start_a_trial(container, shop, alice)
    check(container, key, "acc")
    buy(container, alice, "crm-connector")
    clock.advance(days=7)

    assert run(container) == SweepReport(closed_subscriptions=1, documented=2)

    assert statuses(container) == [SubscriptionStatus.ACTIVE, SubscriptionStatus.EXPIRED]
    assert rows(container, ApiKey)[0].status is ApiKeyStatus.ACTIVE
    assert check(container, key, "acc").allowed


def test_the_temporary_key_ends_14_days_after_the_production_key_was_shown(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    key = start_a_trial(container, shop, alice)
    buy(container, alice, "crm-connector")
    clock.advance(days=6)
    production_key(container, alice)
    clock.advance(days=14, microseconds=-1)
    run(container)
    assert check(container, key, "acc").allowed
    clock.advance(microseconds=1)
    assert run(container).expired_keys == 1
    assert not check(container, key, "acc").allowed


@pytest.mark.parametrize("how", ["canceled", "renewal off"])
def test_a_paid_period_ends_to_the_instant(
    container: Container, clock: ManualClock, alice: int, how: str
) -> None:
    buy(container, alice, "crm-connector")
    now = clock.now()
    if how == "canceled":
        cancel_subscription(container.transactions, Asked.by_customer(alice, 1, now))
    else:
        switch_auto_renewal(container.transactions, Asked.by_customer(alice, 1, now), enabled=False)
    clock.advance(days=31, microseconds=-1)
    assert run(container).closed_subscriptions == 0
    clock.advance(microseconds=1)
    assert run(container).closed_subscriptions == 1
    assert statuses(container) == [SubscriptionStatus.EXPIRED]
    assert mails(container).count("access_ended") == 1
    assert mails(container).count("access_ending") == (1 if how == "renewal off" else 0)


def test_a_renewal_that_we_forgot_for_ten_days_is_made_up_for(
    container: Container, clock: ManualClock, alice: int
) -> None:
    buy(container, alice, "crm-connector")
    clock.advance(days=45)
    report = run(container)
    assert (report.renewal_notices, report.closed_subscriptions) == (1, 0)
    clock.advance(days=1)
    report = run(container)
    assert (report.renewals, report.closed_subscriptions) == (1, 0)
    assert statuses(container) == [SubscriptionStatus.ACTIVE]


def test_an_order_lapses_the_day_after_its_due_date_in_moscow(
    container: Container, clock: ManualClock, alice: int, invoice_id: int
) -> None:
    clock.advance(days=7, hours=11, minutes=59, seconds=59)  # 23:59:59 of the 9th in Moscow
    assert run(container) == NOTHING
    clock.advance(seconds=1)
    assert run(container) == SweepReport(voided_invoices=1)
    (invoice,) = rows(container, Invoice)
    assert (invoice.status, invoice.voided_at) == (InvoiceStatus.VOID, clock.now())
    assert statuses(container) == [SubscriptionStatus.EXPIRED]
    assert mails(container).count("invoice_voided") == 1
    assert run(container) == NOTHING


def test_an_unpaid_order_of_a_trial_takes_nothing_from_it(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    start_a_trial(container, shop, alice)
    order(container, alice, "crm-connector")
    with container.transactions.begin(FACTORY) as work:
        work.subscriptions.get(1).trial_ends_at = clock.now() + timedelta(days=30)
    clock.advance(days=8)
    assert run(container).voided_invoices == 1
    assert statuses(container) == [SubscriptionStatus.TRIAL, SubscriptionStatus.EXPIRED]


def test_an_order_waits_while_money_may_be_moving(
    container: Container, clock: ManualClock, alice: int, invoice_id: int
) -> None:
    attempt_id = opened(container, alice, invoice_id)
    clock.advance(days=30)
    run(container)
    assert invoice_status(container, invoice_id) is InvoiceStatus.OPEN
    container.test_acquirer.pay(str(attempt_id), "tok_visa")
    pay = partial(pay_by_card, container, alice, invoice_id)
    at_once(pay, partial(run, container))
    assert invoice_status(container, invoice_id) is InvoiceStatus.PAID
    assert statuses(container) == [SubscriptionStatus.ACTIVE]


def test_sweeping_and_paying_at_once_is_one_serial_order(
    container: Container, clock: ManualClock, alice: int
) -> None:
    for _ in range(5):
        invoice_id = order(container, alice, "crm-connector")
        clock.advance(days=8)
        at_once(partial(run, container), partial(_try_to_pay, container, alice, invoice_id))
        row = rows(container, Subscription)[-1]
        if invoice_status(container, invoice_id) is InvoiceStatus.PAID:
            assert row.status is SubscriptionStatus.ACTIVE
        else:
            assert invoice_status(container, invoice_id) is InvoiceStatus.VOID
            assert row.status is SubscriptionStatus.EXPIRED


def _try_to_pay(container: Container, customer_id: int, invoice_id: int) -> None:
    pay_by_card(container, customer_id, invoice_id)


def a_busy_shop(container: Container, shop: dict[str, int], clock: ManualClock) -> None:
    """Trials, orders and canceled subscriptions of ten customers."""
    for number in range(10):
        customer_id = create_customer(container, f"customer{number}@example.com")
        create_payer(container, customer_id, inn=None, kpp=None, kind=PayerKind.INDIVIDUAL)
        start_a_trial(container, shop, customer_id)
        order(container, customer_id, "sheet-connector")


def test_off_for_forty_days_it_does_each_thing_once(
    container: Container, shop: dict[str, int], clock: ManualClock
) -> None:
    a_busy_shop(container, shop, clock)
    clock.advance(days=40)
    assert run(container) == SweepReport(closed_subscriptions=20, voided_invoices=10, expired_keys=10)
    assert run(container) == NOTHING
    assert mails(container).count("trial_ended") == 10
    assert mails(container).count("trial_ending") == 0
    assert mails(container).count("invoice_voided") == 10


def test_several_at_once_do_each_thing_once(
    container: Container, shop: dict[str, int], clock: ManualClock
) -> None:
    a_busy_shop(container, shop, clock)
    clock.advance(days=5)
    at_once(*[partial(run, container)] * 4)
    clock.advance(days=10)
    at_once(*[partial(run, container)] * 4)
    for kind in ("trial_ending", "trial_ended", "invoice_voided"):
        assert mails(container).count(kind) == 10
    changes = [
        (change.object_id, change.new_status)
        for change in rows(container, StatusChange, object_kind="subscription")
    ]
    assert len(changes) == len(set(changes)) == 60
    keys = rows(container, StatusChange, object_kind="api_key", new_status="expired")
    assert len({change.object_id for change in keys}) == len(keys) == 10


def test_a_poisoned_row_is_parked_and_the_others_go_on(
    container: Container, shop: dict[str, int], clock: ManualClock
) -> None:
    a_busy_shop(container, shop, clock)
    poison(container, "subscription", 7)
    poison(container, "invoice", 3)
    poison(container, "api_key", 5)
    try:
        clock.advance(days=40)
        for _ in range(2):
            report = run(container)
            assert report.parked == 3
    finally:
        heal(container)

    assert statuses(container).count(SubscriptionStatus.EXPIRED) == 28
    assert [(task.object_kind, task.object_id) for task in rows(container, StaffTask)] == [
        ("subscription", "7"),
        ("invoice", "3"),
        ("api_key", "5"),
    ]
    assert run(container) == SweepReport(closed_subscriptions=1, voided_invoices=1, expired_keys=1)


def poison(container: Container, table: str, row_id: int) -> None:
    """Make this one row impossible to change."""
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(
            text(
                f"CREATE FUNCTION poison_{table}() RETURNS trigger LANGUAGE plpgsql AS $$"
                " BEGIN RAISE EXCEPTION 'poisoned'; END $$;"
                f"CREATE TRIGGER poison BEFORE UPDATE ON {table} FOR EACH ROW WHEN (OLD.id = {row_id})"
                f" EXECUTE FUNCTION poison_{table}()"
            )
        )


def heal(container: Container) -> None:
    for table in ("subscription", "invoice", "api_key"):
        with container.transactions.begin(FACTORY) as work:
            work.session.execute(text(f"DROP TRIGGER poison ON {table}; DROP FUNCTION poison_{table}()"))


def test_a_key_switched_off_at_the_last_moment_stays_switched_off(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    start_a_trial(container, shop, alice)
    clock.advance(days=7)
    with container.transactions.begin(FACTORY) as work, ThreadPoolExecutor() as threads:
        work.api_keys.get(1, lock=True).status = ApiKeyStatus.DEACTIVATED
        work.session.flush()
        sweeping = threads.submit(run, container)
        wait_until_blocked(container)
        work.session.commit()
        sweeping.result()
    assert rows(container, ApiKey)[0].status is ApiKeyStatus.DEACTIVATED
    assert rows(container, StatusChange, object_kind="api_key", new_status="expired") == []
