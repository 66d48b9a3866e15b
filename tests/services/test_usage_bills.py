"""Months of operations on a real database: told, closed, billed, charged, run on (I1, G2, G4)."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import insert

from app.billing.invoice import InvoiceStatus
from app.billing.ledger import Account
from app.billing.money import Money
from app.billing.subscription import SubscriptionStatus
from app.billing.tax import included_vat
from app.bootstrap import Container
from app.models import (
    CreditKind,
    Customer,
    LedgerEntry,
    MeteredOperation,
    PayerKind,
    Payment,
    PaymentAttempt,
    StaffTask,
    Subscription,
    UsageMonth,
)
from app.services.bulk import BulkResult
from app.services.parking import resume_billing
from app.services.payment_methods import choose_payment_method
from app.services.subscriptions import Asked
from app.services.usage_bills import close_months, send_usage_notices
from tests.clock import ManualClock
from tests.factories import FACTORY, create_customer, create_payer, mails, promised, rows
from tests.parallel import at_once
from tests.services.charges import taken
from tests.services.metered import (
    APRIL,
    APRIL_BEGINS,
    MARCH,
    MAY_BEGINS,
    PRICE,
    assert_every_operation_is_on_one_bill,
    billed,
    bills,
    create_metered_connector,
    metered_key,
    run_sweep,
    save_card,
    set_price,
    start,
    use,
)

DAY, HOUR, INSTANT = timedelta(days=1), timedelta(hours=1), timedelta(microseconds=1)
ACTIVE = SubscriptionStatus.ACTIVE
FOREIGN: dict[str, object] = {
    "kind": PayerKind.FOREIGN_COMPANY,
    "country": "US",
    "name": "Bob Inc.",
    "inn": None,
    "kpp": None,
}
NOTICE = APRIL_BEGINS - 3 * DAY


@pytest.fixture
def connector(container: Container, shop: dict[str, int]) -> int:
    """A connector at 500 roubles for 1 000 operations."""
    return create_metered_connector(container)


@pytest.fixture
def key(container: Container, connector: int, alice: int) -> str:
    """The key of Alice, who pays for operations with a good card; her subscription is the first."""
    return metered_key(container, alice)


@pytest.fixture
def told(container: Container, clock: ManualClock, key: str) -> str:
    """The key of Alice, who used 1 234 operations in March and was told so in time."""
    use(container, 4)
    with container.transactions.begin(FACTORY) as work:  # the others as they would have been written
        work.metering.get((1, MARCH), lock=True).operations += 1_230
        work.session.execute(insert(MeteredOperation), [_operation(clock.now())] * 1_230)
    clock.move_to(NOTICE)
    run_sweep(container)
    return key


def _operation(now: datetime) -> dict[str, object]:
    return {"subscription_id": 1, "api_key_id": 1, "month": MARCH, "at": now}


def subscription(container: Container, subscription_id: int = 1) -> Subscription:
    return rows(container, Subscription, id=subscription_id)[0]


def month(container: Container, day: date = MARCH, subscription_id: int = 1) -> UsageMonth:
    return rows(container, UsageMonth, subscription_id=subscription_id, month=day)[0]


def at(container: Container, clock: ManualClock, instant: datetime) -> None:
    clock.move_to(instant)
    run_sweep(container)


@pytest.mark.usefixtures("key")
def test_the_preliminary_sum_is_told_three_days_before_the_end_once(
    container: Container, clock: ManualClock
) -> None:
    use(container, 10)
    at(container, clock, NOTICE - INSTANT)
    assert "usage_notice" not in mails(container)
    at(container, clock, NOTICE)
    use(container, 5)
    for _ in range(3):
        clock.advance(hours=1)
        run_sweep(container)
    (mail,) = promised(container, "mail.usage_notice")
    assert mail.payload == {"subscription_id": 1, "month": "2026-03-01"}
    assert month(container).noticed_at == NOTICE
    assert "renewal_notice" not in mails(container)


@pytest.mark.usefixtures("key")
def test_what_is_used_in_the_last_days_alone_is_told_then(container: Container, clock: ManualClock) -> None:
    at(container, clock, NOTICE)
    assert "usage_notice" not in mails(container)
    clock.advance(days=1)
    use(container)
    run_sweep(container)
    assert mails(container).count("usage_notice") == 1


@pytest.mark.usefixtures("key")
def test_two_machines_tell_once(container: Container, clock: ManualClock) -> None:
    use(container)
    clock.move_to(NOTICE)
    run = container.billing_run()
    at_once(*[lambda: send_usage_notices(run)] * 4)
    assert mails(container).count("usage_notice") == 1


@pytest.mark.usefixtures("told")
def test_the_bill_comes_with_the_next_month_and_is_charged_at_once(
    container: Container, clock: ManualClock
) -> None:
    at(container, clock, APRIL_BEGINS - INSTANT)
    assert bills(container) == []

    at(container, clock, APRIL_BEGINS)

    (bill,) = bills(container)
    (line,) = billed(container)
    assert (bill.status, bill.total, bill.issued_on, bill.due_on) == (
        InvoiceStatus.PAID,
        Money(61_700, "RUB"),
        APRIL,
        date(2026, 4, 8),
    )
    assert line.description == "Коннектор «Ai connector»: 1\u00a0234 операции за март 2026"
    assert (line.quantity, line.total_minor, line.vat_rate, line.vat_minor) == (1_234, 61_700, 2_200, 11_126)
    assert (line.period_start, line.period_end) == (APRIL_BEGINS - 31 * DAY, APRIL_BEGINS)
    closed = month(container)
    assert (closed.closed_at, closed.invoice_line_id) == (APRIL_BEGINS, line.id)
    assert taken(container) == [bill.total]
    assert mails(container)[-2:] == ["usage_invoiced", "payment_received"]
    assert_every_operation_is_on_one_bill(container)


@pytest.mark.usefixtures("told")
def test_the_month_runs_on_and_is_billed_again(container: Container, clock: ManualClock) -> None:
    at(container, clock, APRIL_BEGINS + HOUR)
    row = subscription(container)
    assert (row.status, row.period_start, row.period_end) == (ACTIVE, APRIL_BEGINS, MAY_BEGINS)
    assert row.notice_due_at == MAY_BEGINS - 3 * DAY
    use(container, 7)
    at(container, clock, MAY_BEGINS - 3 * DAY)
    at(container, clock, MAY_BEGINS)
    assert [line.quantity for line in billed(container)] == [1_234, 7]
    assert [money.minor for money in taken(container)] == [61_700, 350]
    assert mails(container).count("usage_notice") == 2


@pytest.mark.usefixtures("told")
def test_revenue_is_of_the_last_day_and_the_money_pays_the_receivable(
    container: Container, clock: ManualClock
) -> None:
    at(container, clock, APRIL_BEGINS)
    entries = [
        (row.kind, row.debit, row.credit, row.amount_minor, row.booked_on)
        for row in rows(container, LedgerEntry)
    ]
    march_31 = date(2026, 3, 31)
    assert entries == [
        ("service_given", Account.RECEIVABLE, Account.REVENUE, 61_700, march_31),
        ("service_vat", Account.REVENUE, Account.VAT_PAYABLE, 11_126, march_31),
        ("money_received", "cash:test", Account.RECEIVABLE, 61_700, APRIL),
    ]
    assert {row.invoice_id for row in rows(container, LedgerEntry)} == {bills(container)[0].id}


def test_the_rate_is_that_of_the_month_and_not_of_its_bill(
    container: Container, clock: ManualClock, connector: int, alice: int
) -> None:
    clock.move_to(datetime.fromisoformat("2025-12-10T12:00+03:00"))
    save_card(container, alice)
    start(container, alice)
    use(container, 1_000)
    at(container, clock, datetime.fromisoformat("2026-01-01T00:00+03:00"))
    (line,) = billed(container)
    assert (line.vat_rate, line.vat) == (2_000, included_vat(PRICE, 2_000))


@pytest.mark.parametrize("late", [INSTANT, HOUR, DAY - INSTANT])
@pytest.mark.usefixtures("key")
def test_a_late_notice_moves_the_charge_and_not_the_bill(
    container: Container, clock: ManualClock, late: timedelta
) -> None:
    use(container)
    at(container, clock, APRIL_BEGINS - late)
    at(container, clock, APRIL_BEGINS)
    (bill,) = bills(container)
    assert bill.issued_at == APRIL_BEGINS
    at(container, clock, APRIL_BEGINS - late + DAY - INSTANT)
    assert taken(container) == []
    at(container, clock, APRIL_BEGINS - late + DAY)
    assert taken(container) == [bill.total]


@pytest.mark.usefixtures("key")
def test_without_a_notice_the_bill_is_the_notice(container: Container, clock: ManualClock) -> None:
    use(container)
    late = APRIL_BEGINS + 2 * DAY
    at(container, clock, late)
    (bill,) = bills(container)
    assert (bill.status, bill.next_attempt_at) == (InvoiceStatus.OPEN, late + DAY)
    assert month(container).noticed_at == late
    assert mails(container)[-1] == "usage_invoiced"
    assert "usage_notice" not in mails(container)
    at(container, clock, late + DAY - INSTANT)
    assert taken(container) == []
    at(container, clock, late + DAY)
    assert taken(container) == [bill.total]


@pytest.mark.usefixtures("key")
def test_off_for_two_months_it_bills_each_month_once(container: Container, clock: ManualClock) -> None:
    use(container, 10)
    use(container, 20, at=APRIL_BEGINS)
    at(container, clock, MAY_BEGINS + 12 * DAY)
    run_sweep(container)
    assert [(line.quantity, line.description[-12:].split()[-2]) for line in billed(container)] == [
        (10, "март"),
        (20, "апрель"),
    ]
    row = subscription(container)
    assert (row.status, row.period_start) == (ACTIVE, MAY_BEGINS)
    assert {entry.booked_on for entry in rows(container, LedgerEntry)} == {
        date(2026, 3, 31),
        date(2026, 4, 30),
    }
    assert_every_operation_is_on_one_bill(container)


@pytest.mark.usefixtures("key")
def test_a_month_without_operations_is_no_bill(container: Container, clock: ManualClock) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.metering.add(UsageMonth(subscription_id=1, month=MARCH))
    at(container, clock, APRIL_BEGINS)
    assert bills(container) == []
    assert (month(container).closed_at, month(container).invoice_line_id) == (APRIL_BEGINS, None)
    at(container, clock, MAY_BEGINS)
    assert subscription(container).period_start == MAY_BEGINS
    assert "usage_invoiced" not in mails(container)


def test_less_than_half_a_kopeck_is_no_bill(container: Container, clock: ManualClock, alice: int) -> None:
    create_metered_connector(container, amount=Money(49, "RUB"), per=100)
    metered_key(container, alice)
    use(container)
    at(container, clock, APRIL_BEGINS)
    assert bills(container) == []
    assert month(container).closed_at == APRIL_BEGINS


def test_the_price_is_the_one_of_the_last_instant(
    container: Container, clock: ManualClock, connector: int, key: str
) -> None:
    set_price(container, connector, Money(70_000, "RUB"), valid_from=APRIL_BEGINS - INSTANT)
    set_price(container, connector, Money(90_000, "RUB"), valid_from=APRIL_BEGINS)
    use(container, 10)
    at(container, clock, APRIL_BEGINS)
    assert billed(container)[0].total == Money(700, "RUB")


def test_one_bill_takes_what_one_card_pays(container: Container, clock: ManualClock, alice: int) -> None:
    for slug in ("a-connector", "b-connector", "c-connector"):
        create_metered_connector(container, slug)
    older, newer = save_card(container, alice), save_card(container, alice, "tok_mastercard")
    for slug in ("a-connector", "b-connector", "c-connector"):
        use(container, subscription_id=start(container, alice, slug))
    asked = Asked.by_customer(alice, 3, clock.now())
    choose_payment_method(container.transactions, asked, method_id=older)
    at(container, clock, NOTICE)
    at(container, clock, APRIL_BEGINS)
    first, second = bills(container)
    assert [line.subscription_id for line in billed(container) if line.invoice_id == first.id] == [1, 2]
    assert [line.subscription_id for line in billed(container) if line.invoice_id == second.id] == [3]
    charged = {row.invoice_id: row.payment_method_id for row in rows(container, PaymentAttempt)}
    assert charged == {first.id: newer, second.id: older}


@pytest.mark.usefixtures("key")
def test_what_comes_to_a_month_after_its_end_has_a_bill_of_its_own(
    container: Container, clock: ManualClock
) -> None:
    at(container, clock, APRIL_BEGINS)
    use(container, at=APRIL_BEGINS - INSTANT)
    clock.advance(minutes=1)
    run_sweep(container)
    assert [line.quantity for line in billed(container)] == [1]
    assert subscription(container).period_end == MAY_BEGINS
    assert_every_operation_is_on_one_bill(container)


@pytest.mark.usefixtures("key")
def test_without_a_payer_there_is_no_bill(container: Container, clock: ManualClock, alice: int) -> None:
    use(container)
    with container.transactions.begin(FACTORY) as work:
        work.session.delete(work.payers.of_customer(alice))
    at(container, clock, APRIL_BEGINS)
    assert rows(container, Customer)[0].billing_parked_reason == "billing failed: PAYER_REQUIRED"
    assert month(container).closed_at is None


def test_a_foreign_customer_reads_english_and_pays_no_vat(
    container: Container, clock: ManualClock, connector: int
) -> None:
    set_price(container, connector, Money(1_000, "USD"))
    bob = create_customer(container, "bob@example.com", country="US", currency="USD", language="en")
    create_payer(container, bob, **FOREIGN)
    metered_key(container, bob)
    use(container)
    at(container, clock, NOTICE)
    at(container, clock, APRIL_BEGINS)
    (line,) = billed(container)
    assert line.description == "Connector “Ai connector”: 1 operation in March 2026"
    assert (line.total, line.vat_rate) == (Money(1, "USD"), None)


@pytest.mark.usefixtures("told")
def test_the_balance_pays_without_any_card(container: Container, clock: ManualClock, alice: int) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.credits.change(alice, CreditKind.BALANCE, Money(100_000, "RUB"))
    at(container, clock, APRIL_BEGINS)
    assert bills(container)[0].status is InvoiceStatus.PAID
    assert taken(container) == []
    assert [payment.provider for payment in rows(container, Payment)] == ["balance"]


@pytest.mark.usefixtures("told")
def test_goodwill_lowers_the_bill_and_its_revenue(
    container: Container, clock: ManualClock, alice: int
) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.credits.change(alice, CreditKind.GOODWILL, Money(1_700, "RUB"))
    at(container, clock, APRIL_BEGINS)
    assert taken(container) == [Money(60_000, "RUB")]
    (given,) = rows(container, LedgerEntry, kind="service_given")
    assert given.amount_minor == 60_000


@pytest.mark.usefixtures("told")
def test_machines_at_once_bill_once(container: Container, clock: ManualClock) -> None:
    clock.move_to(APRIL_BEGINS)
    run = container.billing_run()
    at_once(*[lambda: close_months(run)] * 4)
    assert close_months(run) == BulkResult()
    assert len(bills(container)) == len(taken(container)) == 1
    assert_every_operation_is_on_one_bill(container)


@pytest.mark.usefixtures("told")
def test_a_bill_that_can_not_be_made_parks_its_customer_and_loses_nothing(
    container: Container, clock: ManualClock, connector: int
) -> None:
    bob = create_customer(container, "bob@example.com", country="US", currency="EUR")
    create_payer(container, bob, **FOREIGN)
    set_price(container, connector, Money(1_000, "EUR"), valid_from=APRIL_BEGINS - 2 * DAY)
    clock.move_to(APRIL_BEGINS - 2 * DAY)
    save_card(container, bob)
    use(container, 3, subscription_id=start(container, bob))
    with container.transactions.begin(FACTORY) as work:
        work.subscriptions.get(2).currency = "USD"  # which nobody has a price for

    at(container, clock, APRIL_BEGINS)

    assert [line.subscription_id for line in billed(container)] == [1]
    assert month(container, subscription_id=2).closed_at is None
    assert rows(container, StaffTask, kind="billing_parked")[0].customer_id == bob
    with container.transactions.begin(FACTORY) as work:
        work.subscriptions.get(2).currency = "EUR"
    clock.advance(days=3)
    resume_billing(
        container.transactions, actor=FACTORY, customer_id=bob, reason="исправлено", now=clock.now()
    )
    run_sweep(container)
    assert [line.quantity for line in billed(container)] == [1_234, 3]
    assert_every_operation_is_on_one_bill(container)
