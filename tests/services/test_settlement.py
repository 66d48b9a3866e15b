"""Settlement: what a provider's answer changes, once (H1)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from app.billing.invoice import InvoiceStatus
from app.billing.money import Money
from app.billing.payment import AttemptState, ChargeOutcome, OutcomeKind
from app.billing.periods import BillingInterval
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import (
    CreditKind,
    CustomerCredit,
    Invoice,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    StaffTask,
    StatusChange,
    Subscription,
    SubscriptionPeriod,
)
from app.services.settlement import settle_attempt
from app.services.sweep import sweep
from tests.bank import bring, broken_rules, line
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, check, mails, order, pay_by_card, rows, trial_key
from tests.parallel import at_once, wait_until_blocked
from tests.payments.gateways import METHOD
from tests.services.charges import PRICE, opened, states, status


def success(reference: str = "ch_1", amount: Money | None = PRICE) -> ChargeOutcome:
    return ChargeOutcome(OutcomeKind.SUCCEEDED, reference, amount=amount, method=METHOD)


def settle(container: Container, attempt_id: UUID, outcome: ChargeOutcome) -> None:
    settle_attempt(container.transactions, attempt_id=attempt_id, outcome=outcome, now=container.clock.now())


def balance(container: Container, customer_id: int) -> Money:
    held = rows(container, CustomerCredit, customer_id=customer_id, kind=CreditKind.BALANCE)
    return Money(sum(each.amount_minor for each in held), "RUB")


def tasks(container: Container) -> list[str]:
    return [task.kind for task in rows(container, StaffTask)]


def test_a_success_pays_and_starts_everything(container: Container, clock: ManualClock, alice: int) -> None:
    clock.move_to(datetime(2026, 1, 31, 9, 0, tzinfo=UTC))
    invoice_id = order(container, alice, "crm-connector", "mail-connector")
    attempt_id = opened(container, alice, invoice_id)

    settle(container, attempt_id, success(amount=PRICE * 2))

    (invoice,) = rows(container, Invoice)
    assert (invoice.status, invoice.paid_at) == (InvoiceStatus.PAID, clock.now())
    end = datetime(2026, 2, 28, 9, 0, tzinfo=UTC)
    for row in rows(container, Subscription):
        assert (row.status, row.anchor_day, row.period_start, row.period_end, row.first_paid_at) == (
            SubscriptionStatus.ACTIVE,
            31,
            clock.now(),
            end,
            clock.now(),
        )
    assert [(period.starts_at, period.ends_at) for period in rows(container, SubscriptionPeriod)] == [
        (clock.now(), end)
    ] * 2
    (payment,) = rows(container, Payment)
    assert (payment.amount, payment.unallocated_minor, payment.attempt_id) == (PRICE * 2, 0, attempt_id)
    assert (payment.provider_reference, payment.method_label) == ("ch_1", "Visa •••• 4242")
    assert [method.token for method in rows(container, PaymentMethod)] == ["pm:1"]
    assert mails(container) == ["payment_received", "subscription_started", "api_key_waiting"]
    assert tasks(container) == []
    changes = rows(container, StatusChange, object_kind="payment_attempt")
    assert [change.new_status for change in changes] == ["started", "awaiting_customer", "succeeded"]


def test_a_year_is_paid_for_a_year(container: Container, clock: ManualClock, alice: int) -> None:
    buy(container, alice, "crm-connector", interval=BillingInterval.YEAR)
    (row,) = rows(container, Subscription)
    assert row.period_end == datetime(2027, 3, 2, 9, 0, tzinfo=UTC)


def test_the_same_answer_forty_times_at_once_is_one_payment(
    container: Container, alice: int, invoice_id: int
) -> None:
    attempt_id = opened(container, alice, invoice_id)
    at_once(*[partial(settle, container, attempt_id, success())] * 20)
    assert len(rows(container, Payment)) == len(rows(container, SubscriptionPeriod)) == 1
    assert mails(container) == ["payment_received", "subscription_started", "api_key_waiting"]


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (ChargeOutcome(OutcomeKind.FAILED, failure_code="declined"), AttemptState.FAILED),
        (ChargeOutcome(OutcomeKind.ABANDONED), AttemptState.ABANDONED),
        (ChargeOutcome(OutcomeKind.NOT_FOUND), AttemptState.ABANDONED),
        (ChargeOutcome(OutcomeKind.UNKNOWN), AttemptState.AWAITING_CUSTOMER),
        (ChargeOutcome(OutcomeKind.AWAITING_CUSTOMER), AttemptState.AWAITING_CUSTOMER),
    ],
)
def test_answers_without_money(
    container: Container, alice: int, invoice_id: int, outcome: ChargeOutcome, state: AttemptState
) -> None:
    attempt_id = opened(container, alice, invoice_id)
    for _ in range(2):
        settle(container, attempt_id, outcome)
    assert states(container, invoice_id) == [state]
    assert status(container, invoice_id) is InvoiceStatus.OPEN
    assert rows(container, Payment) == []
    expected = ["payment_failed"] if state is AttemptState.FAILED else []
    assert mails(container) == expected


def test_what_has_failed_never_succeeds(container: Container, alice: int, invoice_id: int) -> None:
    attempt_id = opened(container, alice, invoice_id)
    settle(container, attempt_id, ChargeOutcome(OutcomeKind.FAILED))
    settle(container, attempt_id, success())
    assert states(container, invoice_id) == [AttemptState.FAILED]
    assert rows(container, Payment) == []


@pytest.mark.parametrize("amount", [PRICE - Money(1, "RUB"), PRICE * 2, Money(99_000, "USD"), None])
def test_another_amount_than_asked_for_is_never_believed(
    container: Container, alice: int, invoice_id: int, amount: Money | None
) -> None:
    attempt_id = opened(container, alice, invoice_id)
    for _ in range(2):
        settle(container, attempt_id, success(amount=amount))
    assert tasks(container) == ["amount_mismatch"]
    assert status(container, invoice_id) is InvoiceStatus.OPEN
    assert rows(container, Payment) == []
    assert states(container, invoice_id) == [AttemptState.AWAITING_CUSTOMER]


def test_a_late_success_of_an_abandoned_attempt_still_pays(
    container: Container, alice: int, invoice_id: int
) -> None:
    attempt_id = opened(container, alice, invoice_id)
    settle(container, attempt_id, ChargeOutcome(OutcomeKind.ABANDONED))
    settle(container, attempt_id, success())
    assert status(container, invoice_id) is InvoiceStatus.PAID
    assert tasks(container) == []


def test_a_second_success_on_a_paid_invoice_is_the_customers_money(
    container: Container, alice: int, invoice_id: int
) -> None:
    first = opened(container, alice, invoice_id)
    settle(container, first, ChargeOutcome(OutcomeKind.ABANDONED))
    second = opened(container, alice, invoice_id)
    settle(container, second, success("ch_2"))

    settle(container, first, success("ch_1"))

    assert [(payment.attempt_id, payment.unallocated) for payment in rows(container, Payment)] == [
        (second, Money(0, "RUB")),
        (first, PRICE),
    ]
    assert tasks(container) == ["unallocated_payment"]
    assert len(rows(container, SubscriptionPeriod)) == 1
    assert mails(container).count("payment_received") == 1
    assert mails(container).count("balance_credited") == 1
    assert balance(container, alice) == PRICE


def test_an_abandoned_page_then_a_transfer_then_late_money_of_the_card_are_one_period(
    container: Container, alice: int, invoice_id: int
) -> None:
    attempt_id = opened(container, alice, invoice_id)
    settle(container, attempt_id, ChargeOutcome(OutcomeKind.ABANDONED))
    bring(container, line("Оплата по счёту СЧ-2026-000001"))
    assert status(container, invoice_id) is InvoiceStatus.PAID
    for _ in range(2):
        settle(container, attempt_id, success())
    assert [(each.provider, each.unallocated) for each in rows(container, Payment)] == [
        ("bank", Money(0, "RUB")),
        ("test", PRICE),
    ]
    assert len(rows(container, SubscriptionPeriod)) == 1
    assert balance(container, alice) == PRICE
    assert tasks(container) == ["unallocated_payment"]
    assert broken_rules(container) == []


def test_two_successes_at_once_pay_once(container: Container, alice: int, invoice_id: int) -> None:
    first = opened(container, alice, invoice_id)
    settle(container, first, ChargeOutcome(OutcomeKind.ABANDONED))
    second = opened(container, alice, invoice_id)

    at_once(
        partial(settle, container, first, success("ch_1")),
        partial(settle, container, second, success("ch_2")),
    )

    assert sorted(payment.unallocated_minor for payment in rows(container, Payment)) == [0, 99_000]
    assert len(rows(container, SubscriptionPeriod)) == 1


def test_money_for_a_void_order_starts_it_from_the_balance(
    container: Container, clock: ManualClock, alice: int, invoice_id: int
) -> None:
    attempt_id = opened(container, alice, invoice_id)
    settle(container, attempt_id, ChargeOutcome(OutcomeKind.ABANDONED))
    clock.advance(days=8)
    sweep(container.billing_run())
    assert status(container, invoice_id) is InvoiceStatus.VOID

    settle(container, attempt_id, success())

    late, from_balance = rows(container, Payment)
    assert (late.invoice_id, late.unallocated) == (invoice_id, PRICE)
    assert (from_balance.provider, from_balance.amount) == ("balance", PRICE)
    assert tasks(container) == ["unallocated_payment"]
    assert status(container, invoice_id) is InvoiceStatus.VOID
    assert status(container, from_balance.invoice_id) is InvoiceStatus.PAID
    (row,) = rows(container, Subscription)
    assert (row.status, row.period_start) == (SubscriptionStatus.ACTIVE, clock.now())
    assert balance(container, alice) == Money(0, "RUB")
    assert {"balance_credited", "billing_resumed"} < set(mails(container))


def test_a_line_that_can_not_start_gives_its_money_back_to_the_customer(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    trial_key(container, alice, [shop["crm-connector"]])
    invoice_id = order(container, alice, "crm-connector", "mail-connector")
    attempt_id = opened(container, alice, invoice_id)
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(1)
        row.status, row.anchor_day = SubscriptionStatus.ACTIVE, 2
        row.first_paid_at = row.period_end = container.clock.now()

    settle(container, attempt_id, success(amount=PRICE * 2))

    (payment,) = rows(container, Payment)
    assert (payment.amount, payment.unallocated) == (PRICE * 2, PRICE)
    assert [period.subscription_id for period in rows(container, SubscriptionPeriod)] == [2]
    assert tasks(container) == ["unallocated_payment"]


def test_an_account_bound_meanwhile_leaves_the_order_unbound(container: Container, alice: int) -> None:
    invoice_id = order(container, alice, "crm-connector", make_account="acc-1")
    buy(container, alice, "crm-connector")
    with container.transactions.begin(FACTORY) as work:
        work.subscriptions.get(2).make_account = "acc-1"
    pay_by_card(container, alice, invoice_id)
    assert [(row.status, row.make_account) for row in rows(container, Subscription)] == [
        (SubscriptionStatus.ACTIVE, None),
        (SubscriptionStatus.ACTIVE, "acc-1"),
    ]


def test_an_ended_trial_whose_account_was_bound_meanwhile_starts_unbound(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    check(container, trial_key(container, alice, [shop["crm-connector"]]), "acc-1")
    clock.advance(days=5)
    invoice_id = order(container, alice, "crm-connector")
    clock.advance(days=3)
    sweep(container.billing_run())
    buy(container, alice, "crm-connector")
    with container.transactions.begin(FACTORY) as work:
        work.subscriptions.get(2).make_account = "acc-1"

    pay_by_card(container, alice, invoice_id)

    assert [(row.status, row.make_account) for row in rows(container, Subscription)] == [
        (SubscriptionStatus.ACTIVE, None),
        (SubscriptionStatus.ACTIVE, "acc-1"),
    ]


def test_an_account_bound_at_the_very_moment_loses_no_money(container: Container, alice: int) -> None:
    invoice_id = order(container, alice, "crm-connector", make_account="acc-1")
    buy(container, alice, "crm-connector")
    attempt_id = opened(container, alice, invoice_id)
    with container.transactions.begin(FACTORY) as work, ThreadPoolExecutor() as threads:
        work.subscriptions.get(2).make_account = "acc-1"
        work.session.flush()
        settling = threads.submit(settle, container, attempt_id, success())
        wait_until_blocked(container)
        work.session.commit()
        settling.result()
    assert status(container, invoice_id) is InvoiceStatus.PAID
    assert [row.make_account for row in rows(container, Subscription)] == [None, "acc-1"]


def test_a_declined_charge_says_why(container: Container, alice: int, invoice_id: int) -> None:
    attempt_id = opened(container, alice, invoice_id)
    settle(container, attempt_id, ChargeOutcome(OutcomeKind.FAILED, "ref", failure_code="stolen_card"))
    (attempt,) = rows(container, PaymentAttempt)
    assert (attempt.failure_code, attempt.reference) == ("stolen_card", "ref")
    assert rows(container, StatusChange, object_kind="payment_attempt")[-1].reason == "stolen_card"


def test_a_provider_that_keeps_no_method_still_pays(
    container: Container, alice: int, invoice_id: int
) -> None:
    attempt_id = opened(container, alice, invoice_id)
    settle(container, attempt_id, ChargeOutcome(OutcomeKind.SUCCEEDED, amount=PRICE))
    (payment,) = rows(container, Payment)
    assert (payment.method_label, payment.provider_reference) == ("test", str(attempt_id))
    assert rows(container, PaymentMethod) == []


def test_money_that_the_database_keeps_refusing_is_not_called_booked(
    container: Container, alice: int, invoice_id: int
) -> None:
    attempt_id = opened(container, alice, invoice_id)
    other = order(container, alice, "mail-connector")
    with container.transactions.begin(FACTORY) as work:
        work.session.add(
            Payment(
                customer_id=alice,
                invoice_id=other,
                attempt_id=opened(container, alice, other),
                provider="test",
                provider_reference="ch_1",
                method_label="Visa",
                currency="RUB",
                amount_minor=1,
                received_at=container.clock.now(),
            )
        )
    with pytest.raises(IntegrityError):
        settle(container, attempt_id, success("ch_1"))
    assert status(container, invoice_id) is InvoiceStatus.OPEN
    assert states(container, invoice_id) == [AttemptState.AWAITING_CUSTOMER]
