"""Dunning on real renewals: what is charged when, what is told, how it ends (G4, design §4)."""

from datetime import timedelta

import pytest

from app.billing.invoice import InvoiceStatus, PaymentMethodKind
from app.billing.payment import AttemptState
from app.billing.subscription import SubscriptionStatus as Status
from app.bootstrap import Container
from app.models import StatusChange
from app.services.payment_methods import choose_payment_method, delete_payment_method
from app.services.renewal_dates import reschedule
from app.services.subscriptions import cancel_subscription
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, check, order, pay_by_card, production_key, rows
from tests.ledger_rows import assert_everything_ties, registered
from tests.payments.gateways import Bank
from tests.services.charges import ask_for_charge, charge, states, status
from tests.services.renewing import (
    DAY,
    DAY_OF_END,
    END,
    asked,
    attempts,
    charging,
    count_of_mails,
    invoices,
    live_until,
    open_invoice,
    saved_card,
    subscription,
    sweep_at,
)

VISA = "pm:tok_visa:1"
MASTERCARD = "pm:tok_mastercard:1"
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
def bought(container: Container, alice: int) -> int:
    """Alice with one connector for a month."""
    registered(container, alice)
    buy(container, alice, "crm-connector")
    return alice


def declined(container: Container, clock: ManualClock, bank: Bank, *, retry: bool = True) -> int:
    """The charge of the renewal was declined on its day; the invoice."""
    sweep_at(container, clock, DAY_OF_END - 3 * DAY, bank)
    bank.refuse(VISA, retry=retry)
    sweep_at(container, clock, DAY_OF_END, bank)
    return open_invoice(container).id


def test_the_whole_course(container: Container, clock: ManualClock, bank: Bank, bought: int) -> None:
    key = production_key(container, bought)
    invoice_id = declined(container, clock, bank)
    seen = [(0, 1, Status.PAYMENT_PENDING)]
    for day in range(1, 10):
        sweep_at(container, clock, DAY_OF_END + day * DAY - INSTANT, bank)
        sweep_at(container, clock, DAY_OF_END + day * DAY, bank)
        seen.append((day, len(bank.requests), subscription(container).status))

    tries = {count: day for day, count, _ in reversed(seen)}
    assert tries == {1: 0, 2: 1, 3: 3, 4: 7}
    assert [day for day, _, now in seen if now is Status.SUSPENDED] == [7, 8, 9]
    sweep_at(container, clock, DAY_OF_END + 10 * DAY - INSTANT, bank)
    assert check(container, key, "acc").allowed
    clock.advance(microseconds=1)
    assert not check(container, key, "acc").allowed
    sweep_at(container, clock, clock.now(), bank)
    assert subscription(container).status is Status.EXPIRED
    assert status(container, invoice_id) is InvoiceStatus.VOID
    live_until(container, clock, clock.now() + 30 * DAY, bank)
    assert len(bank.requests) == 4
    mails = count_of_mails(container)
    told = ("renewal_notice", "payment_failed", "subscription_suspended", "access_ended", "payment_reminder")
    assert [mails[kind] for kind in told] == [1, 3, 1, 1, 0]
    changes = rows(container, StatusChange, object_kind="subscription", object_id="1")
    assert [each.new_status for each in changes] == [
        "pending",
        "active",
        "payment_pending",
        "suspended",
        "expired",
    ]
    assert_everything_ties(container)


@pytest.mark.parametrize("day", [1, 3, 7])
def test_paid_while_access_stands_the_period_keeps_its_start(
    container: Container, clock: ManualClock, bank: Bank, bought: int, day: int
) -> None:
    declined(container, clock, bank)
    live_until(container, clock, DAY_OF_END + (day - 1) * DAY, bank)
    bank.refusals.clear()

    sweep_at(container, clock, DAY_OF_END + day * DAY, bank)

    row = subscription(container)
    assert (row.status, row.first_failed_at) == (Status.ACTIVE, None)
    assert (row.period_start, row.period_end) == (END, END + 30 * DAY)
    assert count_of_mails(container)["subscription_renewed"] == 1
    assert_everything_ties(container)


def test_paid_by_hand_after_suspension_the_period_keeps_its_start(
    container: Container, clock: ManualClock, bank: Bank, bought: int
) -> None:
    invoice_id = declined(container, clock, bank)
    live_until(container, clock, DAY_OF_END + 9 * DAY, bank)
    assert subscription(container).status is Status.SUSPENDED

    pay_by_card(container, bought, invoice_id, "tok_mastercard")

    row = subscription(container)
    assert (row.status, row.period_start) == (Status.ACTIVE, END)
    assert_everything_ties(container)


def test_a_hard_decline_is_not_sent_to_the_same_card_again(
    container: Container, clock: ManualClock, bank: Bank, bought: int
) -> None:
    declined(container, clock, bank, retry=False)
    live_until(container, clock, DAY_OF_END + 10 * DAY, bank)
    assert len(bank.requests) == 1
    mails = count_of_mails(container)
    told = ("payment_failed", "payment_reminder", "subscription_suspended", "access_ended")
    assert [mails[kind] for kind in told] == [1, 2, 1, 1]
    assert subscription(container).status is Status.EXPIRED


def test_after_a_hard_decline_the_dates_run_on_for_another_card(
    container: Container, clock: ManualClock, bank: Bank, bought: int
) -> None:
    saved_card(container, bought)
    sweep_at(container, clock, DAY_OF_END - 3 * DAY, bank)
    bank.refuse(MASTERCARD, retry=False)
    sweep_at(container, clock, DAY_OF_END, bank)
    sweep_at(container, clock, DAY_OF_END + DAY - INSTANT, bank)
    assert [request.method_token for request in bank.requests] == [MASTERCARD]

    sweep_at(container, clock, DAY_OF_END + DAY, bank)

    assert [request.method_token for request in bank.requests] == [MASTERCARD, VISA]
    assert subscription(container).period_start == END


def test_a_card_that_was_refused_for_good_is_remembered_when_the_invoice_is_issued_again(
    container: Container, clock: ManualClock, bank: Bank, bought: int
) -> None:
    buy(container, bought, "mail-connector", "sheet-connector")
    invoice_id = declined(container, clock, bank, retry=False)
    cancel_subscription(container.transactions, asked(container, bought, 3))
    cancel_subscription(container.transactions, asked(container, bought, 2))
    again = open_invoice(container)
    assert again.id != invoice_id
    assert [line.subscription_id for line in again.lines] == [1]

    sweep_at(container, clock, DAY_OF_END + DAY, bank)

    assert len(bank.requests) == 1
    assert attempts(container, again.id) == []
    assert count_of_mails(container)["payment_reminder"] == 1


def test_the_named_card_is_charged_first(
    container: Container, clock: ManualClock, bank: Bank, bought: int
) -> None:
    saved_card(container, bought)
    choose_payment_method(container.transactions, asked(container, bought), method_id=1)
    sweep_at(container, clock, DAY_OF_END - 3 * DAY, bank)
    bank.refuse(VISA)
    sweep_at(container, clock, DAY_OF_END, bank)
    sweep_at(container, clock, DAY_OF_END + DAY, bank)
    assert [request.method_token for request in bank.requests] == [VISA, VISA]


def test_without_a_card_there_are_reminders_at_the_same_dates(
    container: Container, clock: ManualClock, bank: Bank, bought: int
) -> None:
    delete_payment_method(container.transactions, customer_id=bought, method_id=1, now=clock.now())
    sweep_at(container, clock, DAY_OF_END - 3 * DAY, bank)
    reminders = []
    for day in (0, 1, 2, 3, 6, 7, 10):
        sweep_at(container, clock, DAY_OF_END + day * DAY, bank)
        reminders.append(count_of_mails(container)["payment_reminder"])
    assert reminders == [1, 2, 2, 3, 3, 3, 3]
    assert bank.requests == []
    assert count_of_mails(container)["subscription_suspended"] == 1
    assert subscription(container).status is Status.EXPIRED
    assert_everything_ties(container)


def test_one_invoice_of_three_lines_is_closed_as_one(
    container: Container, clock: ManualClock, bank: Bank, bought: int
) -> None:
    buy(container, bought, "mail-connector", "sheet-connector")
    declined(container, clock, bank)
    live_until(container, clock, DAY_OF_END + 10 * DAY, bank)
    assert {row.status for row in (subscription(container, each) for each in (1, 2, 3))} == {Status.EXPIRED}
    assert [each.status for each in invoices(container)] == [
        InvoiceStatus.PAID,
        InvoiceStatus.PAID,
        InvoiceStatus.VOID,
    ]
    assert count_of_mails(container)["access_ended"] == 3
    assert_everything_ties(container)


def test_nobody_is_charged_for_what_has_closed_while_the_sweep_was_off(
    container: Container, clock: ManualClock, bank: Bank, bought: int
) -> None:
    declined(container, clock, bank)
    bank.refusals.clear()

    sweep_at(container, clock, DAY_OF_END + 12 * DAY, bank)

    assert bank.taken == []
    assert subscription(container).status is Status.EXPIRED
    assert_everything_ties(container)


def test_late_but_in_time_it_is_one_charge_and_not_one_per_date(
    container: Container, clock: ManualClock, bank: Bank, bought: int
) -> None:
    declined(container, clock, bank)
    sweep_at(container, clock, DAY_OF_END + 5 * DAY, bank)
    assert len(bank.requests) == 2
    sweep_at(container, clock, DAY_OF_END + 5 * DAY, bank)
    assert len(bank.requests) == 2
    assert open_invoice(container).next_attempt_at == DAY_OF_END + 7 * DAY


def test_a_failure_by_hand_leaves_the_dates_alone(
    container: Container, clock: ManualClock, bank: Bank, bought: int
) -> None:
    invoice_id = declined(container, clock, bank)
    clock.advance(hours=30)
    ask_for_charge(container, bought, invoice_id, 1)
    charge(container, invoice_id, 1, ordinal=2, charging=charging(container, bank))

    invoice = open_invoice(container)
    assert states(container, invoice_id) == [AttemptState.FAILED] * 2
    assert (invoice.first_failed_at, invoice.next_attempt_at) == (DAY_OF_END, DAY_OF_END + 3 * DAY)
    assert count_of_mails(container)["payment_failed"] == 2


def test_a_failed_order_is_no_dunning(
    container: Container, clock: ManualClock, bank: Bank, bought: int
) -> None:
    bank.refuse(VISA)
    invoice_id = order(container, bought, "sheet-connector")
    charge(container, invoice_id, 1, charging=charging(container, bank))
    (invoice,) = invoices(container, InvoiceStatus.OPEN)
    assert (invoice.first_failed_at, invoice.next_attempt_at) == (None, None)
    assert subscription(container, 2).status is Status.PENDING
    assert count_of_mails(container)["payment_failed"] == 1


def test_a_transfer_tried_by_card_before_its_day_starts_no_dunning(
    container: Container, clock: ManualClock, bank: Bank, bought: int
) -> None:
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(1)
        row.method = PaymentMethodKind.BANK_TRANSFER
        reschedule(work, [row])
    sweep_at(container, clock, DAY_OF_END - 14 * DAY, bank)
    invoice = open_invoice(container)
    bank.refuse(VISA)
    clock.advance(days=1)

    charge(container, invoice.id, 1, charging=charging(container, bank))

    assert states(container, invoice.id) == [AttemptState.FAILED]
    assert subscription(container).status is Status.ACTIVE
    assert open_invoice(container).first_failed_at is None
    assert open_invoice(container).next_attempt_at == DAY_OF_END
    assert count_of_mails(container)["payment_failed"] == 1
