"""What a customer decides while nobody knows whether the renewal's money has moved (design §3, F2, F4)."""

from datetime import timedelta

import pytest

from app.billing.invoice import InvoiceStatus
from app.billing.payment import AttemptState, ChargeRequest
from app.billing.subscription import SubscriptionStatus as Status
from app.bootstrap import Container
from app.models import StaffTask, SubscriptionPeriod
from app.services.charging import janitor
from app.services.payment_methods import delete_payment_method
from app.services.subscriptions import (
    cancel_subscription,
    switch_auto_renewal,
    take_back_cancellation,
)
from tests.clock import ManualClock
from tests.factories import buy, rows
from tests.ledger_rows import assert_everything_ties, registered
from tests.payments.gateways import Bank
from tests.services.charges import PRICE, status
from tests.services.renewing import (
    DAY,
    DAY_OF_END,
    END,
    NOTHING,
    ask_the_provider,
    asked,
    attempts,
    charging,
    count_of_mails,
    credit,
    invoices,
    live_until,
    open_invoice,
    subscription,
    sweep_at,
)


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
def bought(container: Container, alice: int) -> None:
    registered(container, alice)
    buy(container, alice, "crm-connector")


def renewal_in_doubt(container: Container, clock: ManualClock, bank: Bank) -> int:
    """The renewal's charge was asked for on its day, and nobody knows what became of it; the invoice."""
    sweep_at(container, clock, DAY_OF_END - 3 * DAY, bank)
    bank.silent = True
    sweep_at(container, clock, DAY_OF_END, bank)
    (attempt,) = attempts(container, open_invoice(container).id)
    assert attempt.state is AttemptState.UNKNOWN
    bank.silent = False
    return attempt.invoice_id


def retry_in_doubt(container: Container, clock: ManualClock, bank: Bank) -> int:
    """The first charge was declined, and of the retry nobody knows what became; the invoice."""
    sweep_at(container, clock, DAY_OF_END - 3 * DAY, bank)
    bank.refuse("pm:tok_visa:1")
    sweep_at(container, clock, DAY_OF_END, bank)
    bank.refusals.clear()
    bank.silent = True
    sweep_at(container, clock, DAY_OF_END + DAY, bank)
    bank.silent = False
    assert subscription(container).status is Status.PAYMENT_PENDING
    return open_invoice(container).id


@pytest.mark.usefixtures("bought")
def test_cancelled_in_doubt_the_money_is_the_customers(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    in_doubt = renewal_in_doubt(container, clock, bank)
    cancel_subscription(container.transactions, asked(container, alice))
    assert open_invoice(container).id == in_doubt, "nobody knows yet"

    ask_the_provider(container, bank)

    assert subscription(container).status is Status.CANCELED
    assert subscription(container).period_end == END
    assert len(rows(container, SubscriptionPeriod)) == 1
    assert credit(container, alice) == PRICE
    assert [task.kind for task in rows(container, StaffTask)] == ["unallocated_payment"]
    assert count_of_mails(container)["balance_credited"] == 1
    assert_everything_ties(container)


@pytest.mark.usefixtures("bought")
def test_cancelled_while_the_charge_stands_still_before_its_call_no_money_is_forgotten(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    def stand_still(request: ChargeRequest) -> None:
        cancel_subscription(container.transactions, asked(container, alice))
        real_now = container.wall_clock.now() + timedelta(minutes=50)
        janitor(charging(container, bank), now=clock.now(), real_now=real_now)

    sweep_at(container, clock, DAY_OF_END - 3 * DAY, bank)
    bank.before_answer, bank.silent = stand_still, True
    sweep_at(container, clock, DAY_OF_END, bank)
    assert bank.taken == [PRICE]

    ask_the_provider(container, bank)

    assert credit(container, alice) == PRICE
    assert_everything_ties(container)


@pytest.mark.usefixtures("bought")
def test_cancelled_before_the_call_of_a_process_that_died_it_is_over_after_an_hour(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    sweep_at(container, clock, DAY_OF_END - 3 * DAY, bank)
    bank.deaf = True
    sweep_at(container, clock, DAY_OF_END, bank)
    bank.deaf = False
    invoice = open_invoice(container)
    cancel_subscription(container.transactions, asked(container, alice))

    ask_the_provider(container, bank)

    assert [each.state for each in attempts(container, invoice.id)] == [AttemptState.ABANDONED]
    assert [each.status for each in invoices(container)][-1] is InvoiceStatus.VOID
    assert bank.taken == []


@pytest.mark.usefixtures("bought")
def test_cancelled_in_dunning_in_doubt_the_money_is_the_customers(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    retry_in_doubt(container, clock, bank)
    cancel_subscription(container.transactions, asked(container, alice))
    assert subscription(container).status is Status.EXPIRED

    ask_the_provider(container, bank)

    assert subscription(container).status is Status.EXPIRED
    assert credit(container, alice) == PRICE
    mails = count_of_mails(container)
    assert (mails["balance_credited"], mails["subscription_renewed"]) == (1, 0)
    assert_everything_ties(container)


@pytest.mark.usefixtures("bought")
def test_switched_off_in_doubt_the_money_is_the_customers(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    renewal_in_doubt(container, clock, bank)
    switch_auto_renewal(container.transactions, asked(container, alice), enabled=False)

    ask_the_provider(container, bank)

    row = subscription(container)
    assert (row.status, row.auto_renew, row.period_end) == (Status.ACTIVE, False, END)
    assert credit(container, alice) == PRICE
    sweep_at(container, clock, END - DAY, bank)
    sweep_at(container, clock, END, bank)
    assert subscription(container).status is Status.EXPIRED
    mails = count_of_mails(container)
    assert (mails["access_ending"], mails["access_ended"]) == (1, 1)
    assert_everything_ties(container)


@pytest.mark.usefixtures("bought")
@pytest.mark.parametrize("how", ["canceled", "renewal off"])
def test_given_up_in_doubt_and_declined_nobody_is_dunned(
    container: Container, clock: ManualClock, alice: int, bank: Bank, how: str
) -> None:
    bank.refuse("pm:tok_visa:1")
    invoice_id = renewal_in_doubt(container, clock, bank)
    if how == "canceled":
        cancel_subscription(container.transactions, asked(container, alice))
    else:
        switch_auto_renewal(container.transactions, asked(container, alice), enabled=False)
    before = subscription(container).status

    ask_the_provider(container, bank)

    row = subscription(container)
    assert (row.status, row.first_failed_at, row.period_end) == (before, None, END)
    assert status(container, invoice_id) is InvoiceStatus.VOID
    assert count_of_mails(container)["payment_failed"] == 0
    live_until(container, clock, END + 20 * DAY, bank)
    assert subscription(container).status is Status.EXPIRED
    assert len(bank.requests) == 1
    assert_everything_ties(container)


@pytest.mark.usefixtures("bought")
def test_a_cancellation_in_doubt_that_is_taken_back_renews(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    renewal_in_doubt(container, clock, bank)
    cancel_subscription(container.transactions, asked(container, alice))
    take_back_cancellation(container.transactions, asked(container, alice))
    sweep_at(container, clock, clock.now(), bank)

    ask_the_provider(container, bank)

    row = subscription(container)
    assert (row.status, row.period_start) == (Status.ACTIVE, END)
    assert bank.taken == [PRICE]
    assert_everything_ties(container)


@pytest.mark.usefixtures("bought")
@pytest.mark.parametrize("how", ["canceled", "renewal off"])
def test_a_charge_that_was_never_heard_of_is_not_asked_for_again_once_given_up(
    container: Container, clock: ManualClock, alice: int, bank: Bank, how: str
) -> None:
    bank.deaf = True
    invoice_id = renewal_in_doubt(container, clock, bank)
    bank.deaf = False
    if how == "canceled":
        cancel_subscription(container.transactions, asked(container, alice))
    else:
        switch_auto_renewal(container.transactions, asked(container, alice), enabled=False)

    ask_the_provider(container, bank)

    assert bank.taken == []
    assert [each.state for each in attempts(container, invoice_id)] == [AttemptState.ABANDONED]
    assert status(container, invoice_id) is InvoiceStatus.VOID
    assert_everything_ties(container)


@pytest.mark.usefixtures("bought")
def test_a_charge_that_was_never_heard_of_is_asked_for_again_while_it_is_wanted(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    bank.deaf = True
    renewal_in_doubt(container, clock, bank)
    bank.deaf = False

    ask_the_provider(container, bank)

    first, second = bank.requests
    assert first == second, "the same question under the same key, or the provider refuses it"
    assert bank.taken == [PRICE]
    assert subscription(container).period_start == END


@pytest.mark.usefixtures("bought")
def test_a_card_deleted_meanwhile_is_not_asked_for_again(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    bank.deaf = True
    invoice_id = renewal_in_doubt(container, clock, bank)
    bank.deaf = False
    delete_payment_method(container.transactions, customer_id=alice, method_id=1, now=clock.now())

    ask_the_provider(container, bank)

    assert bank.taken == []
    assert [each.state for each in attempts(container, invoice_id)] == [AttemptState.ABANDONED]
    sweep_at(container, clock, clock.now(), bank)
    assert subscription(container).status is Status.PAYMENT_PENDING, "there is nothing to charge"
    assert_everything_ties(container)


@pytest.fixture
def bought_two(container: Container, alice: int) -> None:
    registered(container, alice)
    buy(container, alice, "crm-connector", "mail-connector")


@pytest.mark.usefixtures("bought_two")
def test_one_of_two_lines_cancelled_in_doubt_the_other_starts(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    renewal_in_doubt(container, clock, bank)
    cancel_subscription(container.transactions, asked(container, alice, 2))

    ask_the_provider(container, bank)

    assert subscription(container).period_start == END
    assert subscription(container, 2).status is Status.CANCELED
    assert (bank.taken, credit(container, alice)) == ([PRICE * 2], PRICE)
    assert_everything_ties(container)


@pytest.mark.usefixtures("bought_two")
def test_one_of_two_lines_cancelled_in_doubt_and_declined_the_other_is_dunned(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    bank.refuse("pm:tok_visa:1")
    first = renewal_in_doubt(container, clock, bank)
    cancel_subscription(container.transactions, asked(container, alice, 2))

    ask_the_provider(container, bank)

    again = open_invoice(container)
    assert status(container, first) is InvoiceStatus.VOID
    assert (again.replaces_id, again.total, [line.subscription_id for line in again.lines]) == (
        first,
        PRICE,
        [1],
    )
    assert (again.first_failed_at, again.next_attempt_at) == (DAY_OF_END, DAY_OF_END + DAY)
    assert subscription(container).status is Status.PAYMENT_PENDING
    assert subscription(container, 2).status is Status.CANCELED
    bank.refusals.clear()
    sweep_at(container, clock, DAY_OF_END + DAY, bank)
    assert bank.taken == [PRICE]
    assert subscription(container).period_start == END
    assert_everything_ties(container)


@pytest.mark.usefixtures("bought")
def test_access_closes_in_doubt_and_money_that_did_come_begins_a_new_period(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    retry_in_doubt(container, clock, bank)
    live_until(container, clock, DAY_OF_END + 10 * DAY, bank)
    assert subscription(container).status is Status.EXPIRED

    ask_the_provider(container, bank)

    row = subscription(container)
    assert (row.status, row.period_start, row.anchor_day) == (Status.ACTIVE, clock.now(), 12)
    assert credit(container, alice) == NOTHING
    assert_everything_ties(container)


@pytest.mark.usefixtures("bought")
@pytest.mark.parametrize("forgotten", [True, False])
def test_access_closes_in_doubt_and_without_money_the_invoice_is_void(
    container: Container, clock: ManualClock, alice: int, bank: Bank, forgotten: bool
) -> None:
    sweep_at(container, clock, DAY_OF_END - 3 * DAY, bank)
    bank.refuse("pm:tok_visa:1")
    sweep_at(container, clock, DAY_OF_END, bank)
    bank.silent, bank.deaf = not forgotten, forgotten
    live_until(container, clock, DAY_OF_END + 10 * DAY, bank)
    assert subscription(container).status is Status.EXPIRED
    bank.silent = bank.deaf = False

    ask_the_provider(container, bank)
    live_until(container, clock, clock.now() + 3 * DAY, bank)

    assert {each.status for each in invoices(container)} == {InvoiceStatus.PAID, InvoiceStatus.VOID}
    assert len(bank.requests) == 2
    assert subscription(container).status is Status.EXPIRED
    assert_everything_ties(container)


@pytest.mark.usefixtures("bought")
def test_taken_back_after_the_money_became_a_balance_the_balance_pays_the_period(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    renewal_in_doubt(container, clock, bank)
    cancel_subscription(container.transactions, asked(container, alice))
    ask_the_provider(container, bank)
    assert credit(container, alice) == PRICE
    take_back_cancellation(container.transactions, asked(container, alice))

    sweep_at(container, clock, clock.now(), bank)

    row = subscription(container)
    assert (row.status, row.period_start) == (Status.ACTIVE, END)
    assert (bank.taken, credit(container, alice)) == ([PRICE], NOTHING)
    assert_everything_ties(container)
