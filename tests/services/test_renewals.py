"""Renewals: one invoice per customer, day and way of paying; one per period, whoever sweeps (G1, G3, G6)."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from app.billing.invoice import InvoicePurpose, InvoiceStatus, PaymentMethodKind
from app.billing.money import Money
from app.billing.payment import AttemptState
from app.billing.periods import BillingInterval, local_date
from app.billing.subscription import SubscriptionStatus as Status
from app.bootstrap import Container
from app.models import (
    Invoice,
    Payer,
    PriceVersion,
    StaffTask,
    SubscriptionPeriod,
)
from app.services.renewal_dates import reschedule
from app.services.renewals import renew_due
from app.services.subscriptions import cancel_subscription
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, create_customer, create_payer, rows
from tests.ledger_rows import assert_everything_ties, registered
from tests.parallel import at_once
from tests.payments.gateways import Bank
from tests.services.charges import PRICE
from tests.services.renewing import (
    DAY,
    DAY_OF_END,
    END,
    asked,
    attempts,
    billing,
    change,
    count_of_mails,
    credit,
    invoices,
    live_until,
    saved_card,
    subscription,
    sweep_at,
)

MONTH, YEAR = BillingInterval.MONTH, BillingInterval.YEAR
NOTICE_DAY = DAY_OF_END - 3 * DAY


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
def buyer(container: Container, alice: int) -> int:
    """Alice, with the history of a real registration."""
    registered(container, alice)
    return alice


def renew(container: Container, clock: ManualClock, bank: Bank) -> None:
    """Announce and renew what ends on the second of April."""
    sweep_at(container, clock, NOTICE_DAY, bank)
    sweep_at(container, clock, DAY_OF_END, bank)


def renewals(container: Container) -> list[Invoice]:
    return [each for each in invoices(container) if each.purpose is InvoicePurpose.RENEWAL]


def on(invoice: Invoice) -> list[int]:
    """The subscriptions on an invoice."""
    return [line.subscription_id for line in invoice.lines]


def test_a_month_is_invoiced_charged_and_begun_on_its_day(
    container: Container, clock: ManualClock, buyer: int, bank: Bank
) -> None:
    buy(container, buyer, "crm-connector")
    renew(container, clock, bank)

    (invoice,) = renewals(container)
    assert (invoice.status, invoice.total, invoice.due_on.isoformat()) == (
        InvoiceStatus.PAID,
        PRICE,
        "2026-04-09",
    )
    (line,) = invoice.lines
    assert (line.period_start, line.period_end) == (END, END + 30 * DAY)
    assert line.description == "Доступ к коннектору «Crm connector» с 02.04.2026 по 02.05.2026"
    row = subscription(container)
    assert (row.status, row.period_start, row.period_end) == (Status.ACTIVE, END, END + 30 * DAY)
    assert (row.notice_due_at, row.renewal_due_at) == (DAY_OF_END + 27 * DAY, None)
    assert bank.taken == [PRICE]
    assert [period.starts_at for period in rows(container, SubscriptionPeriod)] == [END - 31 * DAY, END]
    mails = count_of_mails(container)
    assert (mails["subscription_renewed"], mails["payment_received"]) == (1, 1)
    assert_everything_ties(container)


def test_what_ends_on_one_local_day_is_one_invoice(
    container: Container, clock: ManualClock, buyer: int, bank: Bank
) -> None:
    buy(container, buyer, "crm-connector", "mail-connector")
    clock.advance(hours=11)
    buy(container, buyer, "sheet-connector")
    clock.advance(hours=3)  # past midnight in Moscow
    buy(container, buyer, "premium-connector")

    live_until(container, clock, DAY_OF_END + DAY, bank)

    assert [on(each) for each in renewals(container)] == [[1, 2, 3], [4]]
    assert bank.taken == [PRICE * 3, Money(500_000, "RUB")]
    assert_everything_ties(container)


def test_what_is_paid_in_another_way_is_another_invoice(
    container: Container, clock: ManualClock, buyer: int, bank: Bank
) -> None:
    buy(container, buyer, "crm-connector", "mail-connector", "sheet-connector", "premium-connector")
    second = saved_card(container, buyer)
    change(container, 2, payment_method_id=1)
    change(container, 4, method=PaymentMethodKind.BANK_TRANSFER)
    _follow_the_facts(container, 4)

    live_until(container, clock, DAY_OF_END, bank)

    assert sorted(on(each) for each in renewals(container)) == [[1, 3], [2], [4]]
    charged = {
        attempt.payment_method_id for each in renewals(container) for attempt in attempts(container, each.id)
    }
    assert charged == {1, second}


def _follow_the_facts(container: Container, subscription_id: int) -> None:
    with container.transactions.begin(FACTORY) as work:
        reschedule(work, [work.subscriptions.get(subscription_id)])


def test_another_currency_is_another_invoice(
    container: Container, shop: dict[str, int], clock: ManualClock, buyer: int, bank: Bank
) -> None:
    buy(container, buyer, "crm-connector", "mail-connector")
    with container.transactions.begin(FACTORY) as work:
        price = PriceVersion(
            connector_id=shop["mail-connector"],
            interval=MONTH,
            currency="USD",
            amount_minor=1_900,
            valid_from=clock.now(),
        )
        work.session.add(price)
        work.session.flush()
        row = work.subscriptions.get(2)
        row.currency, row.price_version_id = "USD", price.id

    renew(container, clock, bank)

    assert [(on(each), each.total) for each in renewals(container)] == [
        ([1], PRICE),
        ([2], Money(1_900, "USD")),
    ]


def test_each_customer_has_invoices_of_their_own(
    container: Container, clock: ManualClock, buyer: int, bank: Bank
) -> None:
    bob = create_customer(container, "bob@example.com")
    create_payer(container, bob, name="ООО «Василёк»")
    buy(container, bob, "crm-connector")
    buy(container, buyer, "crm-connector")
    renew(container, clock, bank)
    assert sorted((each.customer_id, on(each)) for each in renewals(container)) == [(buyer, [2]), (bob, [1])]
    numbers = [each.number for each in invoices(container)]
    assert numbers == [1, 2, 3, 4]


@pytest.mark.parametrize("day", [28, 29, 30, 31])
def test_the_billing_day_returns_after_shorter_months_for_a_year(
    container: Container, clock: ManualClock, buyer: int, bank: Bank, day: int
) -> None:
    clock.move_to(datetime(2026, 1, day, 9, 0, tzinfo=UTC))
    buy(container, buyer, "crm-connector")
    for _ in range(14):
        end = subscription(container).period_end
        assert end is not None
        sweep_at(container, clock, end - 3 * DAY - timedelta(hours=12), bank)
        sweep_at(container, clock, end, bank)
    starts = [period.starts_at for period in rows(container, SubscriptionPeriod)]
    lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28]
    assert [each.hour for each in starts] == [9] * 15
    assert [local_date(each).day for each in starts[:14]] == [min(day, length) for length in lengths]
    assert len(bank.taken) == 14
    assert_everything_ties(container)


def test_several_sweeps_at_once_make_one_invoice_per_period(
    container: Container, clock: ManualClock, buyer: int, bank: Bank
) -> None:
    customers = [buyer]
    for number in range(7):
        customers.append(create_customer(container, f"c{number}@example.com"))
        create_payer(container, customers[-1])
        registered(container, customers[-1])
    for each in customers:
        buy(container, each, "crm-connector", "mail-connector")
    sweep_at(container, clock, NOTICE_DAY, bank)
    clock.move_to(DAY_OF_END)

    at_once(*[partial(sweep, billing(container, bank))] * 4)
    sweep(billing(container, bank))

    assert len(renewals(container)) == len(bank.taken) == 8
    assert {each.status for each in renewals(container)} == {InvoiceStatus.PAID}
    assert len(rows(container, SubscriptionPeriod)) == 32
    assert count_of_mails(container)["subscription_renewed"] == 8
    assert_everything_ties(container)


def test_off_for_forty_days_each_missed_period_is_made_up_for_once_and_in_order(
    container: Container, clock: ManualClock, buyer: int, bank: Bank
) -> None:
    buy(container, buyer, "crm-connector")
    clock.move_to(END + 40 * DAY)
    mails = []
    for _ in range(4):
        sweep(billing(container, bank))
        before = count_of_mails(container)
        clock.advance(days=1)
        mails.append(before["renewal_notice"])

    assert mails == [1, 1, 2, 2], "of one period after the other"
    starts = [line.period_start for each in renewals(container) for line in each.lines]
    assert starts == [END, END + 30 * DAY]
    assert len(bank.taken) == 2
    sweep(billing(container, bank))
    assert len(renewals(container)) == 2
    assert count_of_mails(container)["subscription_renewed"] == 2
    assert_everything_ties(container)


def test_who_has_no_payer_is_parked_and_nobody_else_waits(
    container: Container, clock: ManualClock, buyer: int, bank: Bank
) -> None:
    others = []
    for number in range(3):
        customer_id = create_customer(container, f"c{number}@example.com")
        create_payer(container, customer_id)
        others.append(customer_id)
    for each in (others[0], buyer, *others[1:]):
        buy(container, each, "crm-connector")
    _forget_the_payer(container, others[1])

    sweep_at(container, clock, NOTICE_DAY, bank)
    report = sweep_at(container, clock, DAY_OF_END, bank)

    assert (report.renewals, report.parked) == (3, 1)
    assert sorted(each.customer_id for each in renewals(container)) == sorted({buyer, *others} - {others[1]})
    assert [(task.kind, task.customer_id) for task in rows(container, StaffTask)] == [
        ("billing_parked", others[1])
    ]
    again = sweep_at(container, clock, DAY_OF_END + 30 * DAY, bank)
    assert (again.parked, len(bank.taken)) == (0, 3)


def _forget_the_payer(container: Container, customer_id: int) -> None:
    """Let the payer belong to somebody else; invoices keep it."""
    somebody = create_customer(container, "somebody@example.com")
    with container.transactions.begin(FACTORY) as work:
        work.session.query(Payer).filter_by(customer_id=customer_id).update({"customer_id": somebody})


def test_cancel_and_renew_at_once_is_one_serial_order(
    container: Container, clock: ManualClock, buyer: int, bank: Bank
) -> None:
    for number in range(6):
        buy(container, buyer, "crm-connector", make_account=f"acc-{number}")
    sweep_at(container, clock, NOTICE_DAY, bank)
    clock.move_to(DAY_OF_END)
    cancels = [
        partial(cancel_subscription, container.transactions, asked(container, buyer, each))
        for each in range(1, 7)
    ]

    outcomes = at_once(partial(renew_and_forget, container, bank), *cancels)
    sweep(billing(container, bank))

    assert outcomes.refusals == []
    renewed = {
        period.subscription_id for period in rows(container, SubscriptionPeriod) if period.starts_at == END
    }
    credited = credit(container, buyer).minor // PRICE.minor
    for each in range(1, 7):
        row = subscription(container, each)
        assert row.status is Status.CANCELED
        assert (row.period_end == END + 30 * DAY) == (each in renewed)
    assert sum(each.minor for each in bank.taken) == (len(renewed) + credited) * PRICE.minor
    assert not [each for each in renewals(container) if each.status is InvoiceStatus.OPEN]
    assert_everything_ties(container)


def renew_and_forget(container: Container, bank: Bank) -> None:
    renew_due(billing(container, bank))


def test_cancelled_first_nothing_is_charged(
    container: Container, clock: ManualClock, buyer: int, bank: Bank
) -> None:
    buy(container, buyer, "crm-connector")
    sweep_at(container, clock, NOTICE_DAY, bank)
    clock.move_to(DAY_OF_END)
    cancel_subscription(container.transactions, asked(container, buyer))
    sweep(billing(container, bank))
    assert bank.requests == []
    assert renewals(container) == []


def test_renewed_first_the_paid_period_stays(
    container: Container, clock: ManualClock, buyer: int, bank: Bank
) -> None:
    buy(container, buyer, "crm-connector")
    renew(container, clock, bank)
    cancel_subscription(container.transactions, asked(container, buyer))
    row = subscription(container)
    assert (row.status, row.period_end) == (Status.CANCELED, END + 30 * DAY)
    sweep_at(container, clock, END + 30 * DAY, bank)
    assert subscription(container).status is Status.EXPIRED
    assert bank.taken == [PRICE]


def test_a_provider_that_does_not_answer_leaves_the_charge_in_doubt(
    container: Container, clock: ManualClock, buyer: int, bank: Bank
) -> None:
    buy(container, buyer, "crm-connector")
    bank.deaf = True
    renew(container, clock, bank)
    (invoice,) = renewals(container)
    for hours in (1, 24, 24 * 8):
        sweep_at(container, clock, DAY_OF_END + timedelta(hours=hours), bank)
    (attempt,) = attempts(container, invoice.id)
    assert attempt.state is AttemptState.UNKNOWN
    row = subscription(container)
    assert (row.status, row.first_failed_at) == (Status.ACTIVE, None), "nobody has failed"
