"""Notices before a period ends: in time, once, of what is still true (G2, C3, design §4)."""

from datetime import timedelta
from functools import partial

import pytest

from app.billing.invoice import PaymentMethodKind
from app.billing.periods import BillingInterval
from app.billing.subscription import SubscriptionStatus as Status
from app.bootstrap import Container
from app.services.renewal_dates import reschedule
from app.services.renewal_notices import send_renewal_notices
from app.services.subscriptions import (
    cancel_subscription,
    switch_auto_renewal,
    switch_interval,
    take_back_cancellation,
)
from app.services.trial_continuation import continue_trial
from tests.clock import START, ManualClock
from tests.factories import FACTORY, buy, create_customer, create_payer, promised, trial_key
from tests.ledger_rows import assert_everything_ties, registered
from tests.parallel import at_once
from tests.payments.gateways import Bank
from tests.services.renewing import (
    DAY,
    DAY_OF_END,
    END,
    asked,
    billing,
    change,
    count_of_mails,
    live_until,
    saved_card,
    subscription,
    sweep_at,
)

INSTANT = timedelta(microseconds=1)
MONTH, YEAR = BillingInterval.MONTH, BillingInterval.YEAR
NOTICE_DAY = DAY_OF_END - 3 * DAY


@pytest.fixture
def bank() -> Bank:
    return Bank()


def told(container: Container, kind: str) -> list[tuple[list[int], str]]:
    """Of which subscriptions and which day the mails of a kind speak."""
    payloads = [message.payload for message in promised(container, f"mail.{kind}")]
    return [(payload["subscription_ids"], payload["on"]) for payload in payloads]


def test_a_month_is_announced_three_days_before_its_day(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    buy(container, alice, "crm-connector")
    sweep_at(container, clock, NOTICE_DAY - INSTANT, bank)
    assert told(container, "renewal_notice") == []
    assert sweep_at(container, clock, NOTICE_DAY, bank).renewal_notices == 1
    assert told(container, "renewal_notice") == [([1], "2026-04-02")]
    row = subscription(container)
    assert (row.noticed_at, row.noticed_period_end) == (NOTICE_DAY, END)
    assert (row.notice_due_at, row.renewal_due_at) == (None, DAY_OF_END)
    assert sweep_at(container, clock, NOTICE_DAY + DAY, bank).renewal_notices == 0
    sweep_at(container, clock, DAY_OF_END - INSTANT, bank)
    assert bank.requests == []
    sweep_at(container, clock, DAY_OF_END, bank)
    assert len(bank.requests) == 1
    assert len(told(container, "renewal_notice")) == 1


def test_a_year_is_announced_fourteen_days_before_its_day(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    buy(container, alice, "crm-connector", interval=YEAR)
    day = subscription(container).period_end
    assert day is not None
    midnight = day.replace(hour=21) - DAY
    sweep_at(container, clock, midnight - 14 * DAY - INSTANT, bank)
    assert told(container, "renewal_notice") == []
    sweep_at(container, clock, midnight - 14 * DAY, bank)
    assert told(container, "renewal_notice") == [([1], "2027-03-02")]


def test_what_ends_on_one_day_is_told_in_one_mail(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    buy(container, alice, "crm-connector", "mail-connector")
    clock.advance(hours=2)
    buy(container, alice, "sheet-connector")
    clock.advance(days=1)
    buy(container, alice, "premium-connector")
    change(container, 2, payment_method_id=saved_card(container, alice))

    live_until(container, clock, NOTICE_DAY + 2 * DAY, bank)

    assert told(container, "renewal_notice") == [([1, 2, 3], "2026-04-02"), ([4], "2026-04-03")]


def test_several_sweeps_at_once_tell_everybody_once(
    container: Container, clock: ManualClock, alice: int
) -> None:
    customers = [alice]
    for number in range(5):
        customers.append(create_customer(container, f"c{number}@example.com"))
        create_payer(container, customers[-1])
    for each in customers:
        buy(container, each, "crm-connector")
    clock.move_to(NOTICE_DAY)
    at_once(*[partial(send_renewal_notices, billing(container))] * 4)
    send_renewal_notices(billing(container))
    assert sorted(told(container, "renewal_notice")) == [([each], "2026-04-02") for each in range(1, 7)]


def test_a_late_notice_moves_the_charge_and_not_the_period(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    registered(container, alice)
    buy(container, alice, "crm-connector")
    late = END + 2 * DAY
    sweep_at(container, clock, late, bank)
    assert told(container, "renewal_notice") == [([1], "2026-04-02")]
    sweep_at(container, clock, late + DAY - INSTANT, bank)
    assert bank.requests == []
    sweep_at(container, clock, late + DAY, bank)
    row = subscription(container)
    assert (len(bank.requests), row.period_start, row.anchor_day) == (1, END, 2)
    assert_everything_ties(container)


def test_with_renewal_off_the_end_of_access_is_told_before_and_after(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    buy(container, alice, "crm-connector")
    switch_auto_renewal(container.transactions, asked(container, alice), enabled=False)
    sweep_at(container, clock, NOTICE_DAY, bank)
    assert told(container, "access_ending") == [([1], "2026-04-02")]
    live_until(container, clock, END, bank)
    mails = count_of_mails(container)
    assert (mails["access_ending"], mails["access_ended"], mails["renewal_notice"]) == (1, 1, 0)
    assert subscription(container).status is Status.EXPIRED
    assert bank.requests == []


def test_an_end_that_has_passed_is_not_announced_any_more(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    buy(container, alice, "crm-connector")
    switch_auto_renewal(container.transactions, asked(container, alice), enabled=False)
    sweep_at(container, clock, END, bank)
    mails = count_of_mails(container)
    assert (mails["access_ending"], mails["access_ended"]) == (0, 1)


def test_what_was_announced_and_changed_is_announced_anew(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    buy(container, alice, "crm-connector")
    sweep_at(container, clock, NOTICE_DAY, bank)
    clock.advance(hours=1)
    switch_auto_renewal(container.transactions, asked(container, alice), enabled=False)
    sweep_at(container, clock, clock.now(), bank)
    clock.advance(days=2)
    switch_auto_renewal(container.transactions, asked(container, alice), enabled=True)
    sweep_at(container, clock, clock.now(), bank)
    again = clock.now()
    mails = count_of_mails(container)
    assert (mails["renewal_notice"], mails["access_ending"]) == (2, 1)
    assert subscription(container).renewal_due_at == again + DAY
    clock.advance(minutes=1)
    switch_interval(container.transactions, asked(container, alice), interval=YEAR)
    sweep_at(container, clock, clock.now(), bank)
    assert count_of_mails(container)["renewal_notice"] == 3


def test_an_end_that_was_moved_is_announced_anew(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    buy(container, alice, "crm-connector")
    sweep_at(container, clock, NOTICE_DAY, bank)
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(1)
        row.nominal_period_end, row.period_end = END, END + 5 * DAY
        reschedule(work, [row])
    sweep_at(container, clock, DAY_OF_END, bank)
    assert bank.requests == []
    sweep_at(container, clock, DAY_OF_END + 2 * DAY, bank)
    assert told(container, "renewal_notice") == [([1], "2026-04-02"), ([1], "2026-04-07")]


def test_a_cancellation_that_is_taken_back_was_announced_already(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    buy(container, alice, "crm-connector")
    sweep_at(container, clock, NOTICE_DAY, bank)
    cancel_subscription(container.transactions, asked(container, alice))
    take_back_cancellation(container.transactions, asked(container, alice))
    assert subscription(container).renewal_due_at == DAY_OF_END
    sweep_at(container, clock, DAY_OF_END, bank)
    assert (len(bank.requests), count_of_mails(container)["renewal_notice"]) == (1, 1)


def test_what_was_told_to_end_is_not_charged_without_a_notice(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    """Renewal off, told that access ends, cancelled, taken back: it renews again, and that was never told."""
    buy(container, alice, "crm-connector")
    switch_auto_renewal(container.transactions, asked(container, alice), enabled=False)
    sweep_at(container, clock, NOTICE_DAY, bank)
    cancel_subscription(container.transactions, asked(container, alice))
    clock.move_to(DAY_OF_END - timedelta(hours=1))
    take_back_cancellation(container.transactions, asked(container, alice))

    sweep_at(container, clock, DAY_OF_END, bank)

    assert bank.requests == []
    assert count_of_mails(container)["renewal_notice"] == 1
    sweep_at(container, clock, DAY_OF_END + DAY, bank)
    assert len(bank.requests) == 1
    assert subscription(container).period_start == END


def test_a_transfer_is_announced_by_its_invoice(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    buy(container, alice, "crm-connector")
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(1)
        row.method = PaymentMethodKind.BANK_TRANSFER
        reschedule(work, [row])
    live_until(container, clock, DAY_OF_END - DAY, bank)
    assert told(container, "renewal_notice") == []
    assert bank.requests == []


def test_a_trial_that_continues_is_announced_two_days_before(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int, bank: Bank
) -> None:
    trial_key(container, alice, [shop["crm-connector"], shop["mail-connector"]])
    saved_card(container, alice, "tok_visa")
    continue_trial(container.transactions, asked(container, alice), wanted=True)
    live_until(container, clock, START + 5 * DAY, bank)
    assert told(container, "trial_continues_notice") == [([1], "2026-03-09")]
    assert count_of_mails(container)["trial_ending"] == 1, "the other one ends"
    assert subscription(container).renewal_due_at == START + 7 * DAY
