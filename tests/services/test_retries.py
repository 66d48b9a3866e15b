"""Retries: pages are closed first, nothing is asked twice, one odd attempt holds up nobody (G4)."""

import pytest

from app.billing.invoice import InvoiceStatus
from app.billing.payment import AttemptState, ChargeOutcome, OutcomeKind
from app.billing.subscription import SubscriptionStatus as Status
from app.bootstrap import Container
from app.models import Payment, PaymentAttempt
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, create_customer, create_payer, rows
from tests.ledger_rows import assert_everything_ties, registered
from tests.payments.gateways import Bank
from tests.services.charges import PRICE, charge, checkout, states, status
from tests.services.renewing import (
    DAY,
    DAY_OF_END,
    END,
    ask_the_provider,
    charging,
    count_of_mails,
    open_invoice,
    subscription,
    sweep_at,
)

VISA = "pm:tok_visa:1"


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
def unpaid(container: Container, clock: ManualClock, alice: int, bank: Bank) -> int:
    """Alice's renewal was declined on its day; the invoice."""
    registered(container, alice)
    buy(container, alice, "crm-connector")
    bank.refuse(VISA)
    sweep_at(container, clock, DAY_OF_END - 3 * DAY, bank)
    sweep_at(container, clock, DAY_OF_END, bank)
    bank.refusals.clear()
    return open_invoice(container).id


def page(container: Container, bank: Bank, customer_id: int, invoice_id: int) -> str:
    """The customer opens the provider's page and leaves it open; the attempt's id."""
    return checkout(container, customer_id, invoice_id, charging(container, bank)).rsplit("/", 1)[1]


def test_an_open_page_is_closed_before_the_saved_card_is_charged(
    container: Container, clock: ManualClock, alice: int, bank: Bank, unpaid: int
) -> None:
    left_open = page(container, bank, alice, unpaid)
    sweep_at(container, clock, DAY_OF_END + DAY, bank)
    assert states(container, unpaid) == [AttemptState.FAILED, AttemptState.ABANDONED, AttemptState.SUCCEEDED]
    assert bank.find(left_open).kind is OutcomeKind.ABANDONED
    assert bank.taken == [PRICE]
    assert_everything_ties(container)


def test_a_page_that_was_paid_a_moment_ago_is_the_payment(
    container: Container, clock: ManualClock, alice: int, bank: Bank, unpaid: int
) -> None:
    bank.pay(page(container, bank, alice, unpaid), PRICE)
    sweep_at(container, clock, DAY_OF_END + DAY, bank)
    assert states(container, unpaid) == [AttemptState.FAILED, AttemptState.SUCCEEDED]
    assert subscription(container).period_start == END
    assert bank.taken == [PRICE]


def test_without_a_definite_answer_about_the_page_nothing_is_charged(
    container: Container, clock: ManualClock, alice: int, bank: Bank, unpaid: int
) -> None:
    page(container, bank, alice, unpaid)
    bank.deaf = True
    sweep_at(container, clock, DAY_OF_END + DAY, bank)
    assert states(container, unpaid) == [AttemptState.FAILED, AttemptState.AWAITING_CUSTOMER]
    bank.deaf = False
    sweep_at(container, clock, DAY_OF_END + DAY, bank)
    assert bank.taken == [PRICE]


def test_the_page_of_a_provider_that_is_no_longer_set_up_waits(
    container: Container, clock: ManualClock, alice: int, bank: Bank, unpaid: int
) -> None:
    page(container, bank, alice, unpaid)
    with container.transactions.begin(FACTORY) as work:
        work.session.query(PaymentAttempt).filter_by(state=AttemptState.AWAITING_CUSTOMER).update(
            {"provider": "the acquirer of last year"}
        )
    sweep_at(container, clock, DAY_OF_END + DAY, bank)
    assert states(container, unpaid) == [AttemptState.FAILED, AttemptState.AWAITING_CUSTOMER]
    assert bank.taken == []


def test_a_page_whose_money_can_not_be_booked_holds_up_no_other(
    container: Container, clock: ManualClock, alice: int, bank: Bank, unpaid: int
) -> None:
    bob = create_customer(container, "bob@example.com")
    create_payer(container, bob, inn="7707083893", kpp="770701001")
    registered(container, bob)
    clock.move_to(END - 31 * DAY)
    buy(container, bob, "crm-connector")
    bank.refuse(f"pm:tok_visa:{bob}")
    sweep_at(container, clock, DAY_OF_END - 3 * DAY, bank)
    sweep_at(container, clock, DAY_OF_END, bank)
    bank.refusals.clear()
    attempt_id = page(container, bank, alice, unpaid)
    known = rows(container, Payment)[0].provider_reference
    bank.outcomes[attempt_id] = ChargeOutcome(OutcomeKind.SUCCEEDED, known, amount=PRICE)

    sweep_at(container, clock, DAY_OF_END + DAY, bank)

    assert states(container, unpaid) == [AttemptState.FAILED, AttemptState.AWAITING_CUSTOMER]
    assert subscription(container, 2).period_start == END


def test_a_charge_that_waits_for_its_customer_is_tried_at_the_dates_only(
    container: Container, clock: ManualClock, alice: int, bank: Bank, unpaid: int
) -> None:
    """Without it the page would be closed and the card be charged again by every sweep."""
    bank.refusals[VISA] = ChargeOutcome(OutcomeKind.AWAITING_CUSTOMER, redirect_url="http://bank/3ds")
    for day in (1, 1.1, 1.2, 2, 3, 3.1, 7, 8, 9.9):
        sweep_at(container, clock, DAY_OF_END + day * DAY, bank)
    assert len(bank.requests) == 1 + 3
    assert subscription(container).status is Status.SUSPENDED
    mails = count_of_mails(container)
    told = ("payment_failed", "payment_confirmation", "subscription_suspended", "payment_reminder")
    assert [mails[kind] for kind in told] == [1, 3, 1, 0]
    bank.pay(bank.requests[-1].attempt_id, PRICE)
    ask_the_provider(container, bank)
    assert subscription(container).period_start == END
    assert_everything_ties(container)


def test_a_renewal_that_waits_for_its_customer_is_in_dunning(
    container: Container, clock: ManualClock, alice: int, bank: Bank
) -> None:
    buy(container, alice, "crm-connector")
    bank.refusals[VISA] = ChargeOutcome(OutcomeKind.AWAITING_CUSTOMER, redirect_url="http://bank/3ds")
    sweep_at(container, clock, DAY_OF_END - 3 * DAY, bank)
    for _ in range(3):
        sweep_at(container, clock, DAY_OF_END, bank)
    assert len(bank.requests) == 1
    assert subscription(container).status is Status.PAYMENT_PENDING
    assert open_invoice(container).next_attempt_at == DAY_OF_END + DAY


def test_an_order_that_waits_for_its_customer_is_not(
    container: Container, clock: ManualClock, alice: int, bank: Bank, method_id: int, invoice_id: int
) -> None:
    bank.refusals[VISA] = ChargeOutcome(OutcomeKind.AWAITING_CUSTOMER, redirect_url="http://bank/3ds")
    charge(container, invoice_id, method_id, charging=charging(container, bank))
    assert states(container, invoice_id) == [AttemptState.AWAITING_CUSTOMER]
    assert status(container, invoice_id) is InvoiceStatus.OPEN
    assert open_invoice(container).first_failed_at is None
    assert "payment_reminder" not in count_of_mails(container)


def test_unknown_blocks_until_it_is_known(
    container: Container, clock: ManualClock, alice: int, bank: Bank, unpaid: int
) -> None:
    bank.silent = True
    sweep_at(container, clock, DAY_OF_END + DAY, bank)
    bank.silent = False
    for day in (1, 3, 7, 9):
        sweep_at(container, clock, DAY_OF_END + day * DAY, bank)
    assert states(container, unpaid) == [AttemptState.FAILED, AttemptState.UNKNOWN]
    assert len(bank.requests) == 2
    assert [row.state for row in rows(container, PaymentAttempt, invoice_id=unpaid)].count(
        AttemptState.UNKNOWN
    ) == 1
