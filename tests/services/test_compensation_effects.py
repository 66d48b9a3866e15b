"""What a compensation gives: days, goodwill or a discount (H7)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.billing.compensation import CompensationFacts, CompensationKind, CompensationStatus
from app.billing.errors import Conflict, InvalidInput
from app.billing.invoice import InvoiceStatus, PaymentMethodKind
from app.billing.money import Money
from app.billing.payment import AttemptState
from app.billing.promotions import PromoDuration, PromoKind, PromoRefused
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import (
    Compensation,
    CreditKind,
    CustomerCredit,
    Invoice,
    InvoiceLine,
    LedgerEntry,
    PaymentAttempt,
    PromoCode,
    ServiceMonth,
    SubscriptionPeriod,
)
from app.services.promotions import apply_promo_code
from app.services.refunds import RefundRequest, approve_refund, request_refund
from app.services.renewal_dates import reschedule
from app.services.renewals import renew_due
from app.services.revenue import recognise_revenue
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, filled_cart, order, rows, trial_key
from tests.ledger_rows import assert_everything_ties, registered
from tests.services.compensating import (
    ANNA,
    FIVE_DAYS,
    GOODWILL,
    HALF,
    PRICE,
    WHY,
    approve,
    asked,
    change,
    code_of,
    given,
    pay_transfer,
    subscription,
)


@pytest.fixture
def paid(container: Container, alice: int) -> int:
    """Alice, with a paid month of the CRM connector that ends on 2 April at noon."""
    registered(container, alice)
    buy(container, alice, "crm-connector")
    return alice


@pytest.fixture
def by_transfer(container: Container, clock: ManualClock, paid: int) -> int:
    """Alice pays by transfer, and her next month is invoiced ten days ahead."""
    change(container, method=PaymentMethodKind.BANK_TRANSFER)
    clock.advance(days=21)
    renew_due(container.billing_run(clock.now()))
    assert [row.status for row in rows(container, Invoice)] == [InvoiceStatus.PAID, InvoiceStatus.OPEN]
    return paid


def test_extra_days_move_the_end_and_not_the_billing_day(
    container: Container, clock: ManualClock, paid: int
) -> None:
    given(container, paid, FIVE_DAYS)
    row = subscription(container)
    nominal, end = datetime(2026, 4, 2, 9, tzinfo=UTC), datetime(2026, 4, 7, 9, tzinfo=UTC)
    assert (row.period_end, row.nominal_period_end, row.anchor_day) == (end, nominal, 2)
    (period,) = rows(container, SubscriptionPeriod)
    assert period.ends_at == end
    (month,) = rows(container, ServiceMonth)
    assert (month.ends_at, month.last_day) == (end, date(2026, 4, 7))
    assert row.notice_due_at == datetime(2026, 4, 3, 21, tzinfo=UTC)  # three days before, Moscow midnight

    given(container, paid, FIVE_DAYS)

    row = subscription(container)
    assert (row.period_end, row.nominal_period_end) == (datetime(2026, 4, 12, 9, tzinfo=UTC), nominal)


def test_the_period_after_extra_days_is_shorter_and_cheaper(
    container: Container, clock: ManualClock, by_transfer: int
) -> None:
    given(container, by_transfer, FIVE_DAYS)

    old, new = rows(container, Invoice)[1], rows(container, Invoice, status=InvoiceStatus.OPEN)
    assert (old.status, new) == (InvoiceStatus.VOID, [])
    assert subscription(container).renewal_due_at is not None
    clock.advance(days=4)
    renew_due(container.billing_run(clock.now()))
    line = rows(container, InvoiceLine)[-1]
    assert (line.period_start, line.period_end) == (
        datetime(2026, 4, 7, 9, tzinfo=UTC),
        datetime(2026, 5, 2, 9, tzinfo=UTC),
    )
    assert line.total_minor == PRICE * 25 // 30
    pay_transfer(container)
    row = subscription(container)
    assert (row.period_end, row.nominal_period_end) == (datetime(2026, 5, 2, 9, tzinfo=UTC), None)


def test_a_cancelled_subscription_runs_longer_too(
    container: Container, clock: ManualClock, paid: int
) -> None:
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(1)
        work.move_subscription(row, SubscriptionStatus.CANCELED, "made", clock.now())
        reschedule(work, [row])
    given(container, paid, FIVE_DAYS)
    assert subscription(container).period_end == datetime(2026, 4, 7, 9, tzinfo=UTC)


def test_a_month_that_was_booked_keeps_its_date(container: Container, clock: ManualClock, paid: int) -> None:
    clock.move_to(datetime(2026, 4, 2, 8, tzinfo=UTC))  # its last day, an hour before its end
    recognise_revenue(container.transactions, now=clock.now())
    given(container, paid, FIVE_DAYS)
    (month,) = rows(container, ServiceMonth)
    assert month.last_day == date(2026, 4, 2)
    assert subscription(container).period_end == datetime(2026, 4, 7, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "columns",
    [
        {"status": SubscriptionStatus.EXPIRED},
        {"status": SubscriptionStatus.PAYMENT_PENDING},
        {"status": SubscriptionStatus.SUSPENDED},
        {"period_end": datetime(2026, 3, 2, 9, tzinfo=UTC)},
    ],
)
def test_only_a_period_that_runs_gets_longer(
    container: Container, paid: int, columns: dict[str, Any]
) -> None:
    waiting = asked(container, paid, FIVE_DAYS)
    change(container, **columns)
    with pytest.raises(Conflict) as refusal:
        asked(container, paid, FIVE_DAYS)
    assert code_of(refusal) == "NOT_EXTENDABLE"
    with pytest.raises(Conflict):
        approve(container, waiting)
    assert rows(container, Compensation)[0].status is CompensationStatus.REQUESTED


def test_a_trial_has_no_paid_period(container: Container, shop: dict[str, int], alice: int) -> None:
    trial_key(container, alice, [shop["crm-connector"]])
    with pytest.raises(Conflict) as refusal:
        asked(container, alice, FIVE_DAYS)
    assert code_of(refusal) == "NOT_EXTENDABLE"


@pytest.mark.parametrize("facts", [FIVE_DAYS, HALF])
def test_what_is_paid_per_operation_has_no_next_period(
    container: Container, paid: int, facts: CompensationFacts
) -> None:
    change(container, metered=True)
    with pytest.raises(Conflict) as refusal:
        asked(container, paid, facts)
    assert code_of(refusal) == "COMPENSATION_OF_USAGE"


@pytest.mark.parametrize("facts", [FIVE_DAYS, HALF])
def test_while_the_next_period_is_charged_nothing_changes(
    container: Container, clock: ManualClock, by_transfer: int, facts: CompensationFacts
) -> None:
    waiting = asked(container, by_transfer, facts)
    (invoice,) = rows(container, Invoice, status=InvoiceStatus.OPEN)
    with container.transactions.begin(FACTORY) as work:
        work.attempts.add(
            PaymentAttempt(
                invoice_id=invoice.id,
                ordinal=1,
                provider="test",
                state=AttemptState.UNKNOWN,
                currency="RUB",
                amount_minor=invoice.total_minor,
                started_at=clock.now(),
            )
        )
    with pytest.raises(Conflict) as refusal:
        approve(container, waiting)
    assert code_of(refusal) == "CHARGE_IN_PROGRESS"
    assert subscription(container).nominal_period_end is None
    assert rows(container, PromoCode) == []


def test_goodwill_is_a_discount_to_come(container: Container, paid: int) -> None:
    given(container, paid, GOODWILL, None)
    (row,) = rows(container, CustomerCredit)
    assert (row.kind, row.currency, row.amount_minor) == (CreditKind.GOODWILL, "RUB", 50_000)
    (entry,) = rows(container, LedgerEntry, kind="goodwill_granted")
    assert (entry.amount, entry.customer_id, entry.debit, entry.credit) == (
        Money(50_000, "RUB"),
        paid,
        "goodwill_granted",
        "goodwill",
    )
    order(container, paid, "mail-connector")
    (line,) = rows(container, InvoiceLine)[1:]
    assert (line.discount_minor, line.total_minor) == (50_000, PRICE - 50_000)


def test_goodwill_is_in_the_customers_currency(container: Container, paid: int) -> None:
    dollars = CompensationFacts(CompensationKind.BALANCE, WHY, amount=Money(500, "USD"))
    with pytest.raises(InvalidInput) as refusal:
        asked(container, paid, dollars, None)
    assert code_of(refusal) == "COMPENSATION_CURRENCY"


def test_a_discount_is_a_personal_code_on_the_next_period(
    container: Container, clock: ManualClock, shop: dict[str, int], paid: int
) -> None:
    row = given(container, paid, HALF)
    with container.transactions.reading() as repositories:
        (code,) = repositories.promo_codes.facts([row.promo_code_id or 0]).values()
    assert (code.code, code.kind, code.percent, code.duration) == (
        f"SORRY-{row.id:06d}",
        PromoKind.PERCENT,
        5_000,
        PromoDuration.FIRST,
    )
    assert (code.max_redemptions, code.only_customer_id, code.only_connector_ids) == (
        1,
        paid,
        frozenset({shop["crm-connector"]}),
    )
    assert subscription(container).promo_code_id == row.promo_code_id


def test_the_next_renewal_gets_the_discount_exactly_once(
    container: Container, clock: ManualClock, by_transfer: int
) -> None:
    given(container, by_transfer, HALF)  # the invoice that was open already is made anew
    totals = []
    for number in range(3):
        renew_due(container.billing_run(clock.now()))
        totals.append(rows(container, InvoiceLine)[-1].total_minor)
        pay_transfer(container, f"tr-{number}")
        clock.advance(days=30)
    assert totals == [PRICE // 2, PRICE, PRICE]
    assert [row.redemptions for row in rows(container, PromoCode)] == [1]
    assert subscription(container).promo_code_id is None


def test_no_order_takes_the_discount_from_the_renewal(
    container: Container, clock: ManualClock, paid: int
) -> None:
    given(container, paid, HALF)
    filled_cart(container, paid, "acc-2")
    with pytest.raises(PromoRefused) as refusal:
        apply_promo_code(container.transactions, customer_id=paid, code="sorry-000001", now=clock.now())
    assert code_of(refusal) == "PROMO_NOT_YET"


def test_the_discount_of_what_has_ended_is_for_a_new_order(
    container: Container, clock: ManualClock, paid: int
) -> None:
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(1)
        work.move_subscription(row, SubscriptionStatus.EXPIRED, "made", clock.now())
        work.session.flush()
        row.period_end = row.periods[0].ends_at = clock.now() + timedelta(hours=1)
        reschedule(work, [row])
    clock.advance(hours=2)
    given(container, paid, HALF)
    assert subscription(container).promo_code_id is None
    filled_cart(container, paid)
    apply_promo_code(container.transactions, customer_id=paid, code="sorry-000001", now=clock.now())
    order(container, paid)
    assert rows(container, InvoiceLine)[-1].total_minor == PRICE // 2
    filled_cart(container, paid, "acc-2")
    with pytest.raises(PromoRefused):
        apply_promo_code(container.transactions, customer_id=paid, code="sorry-000001", now=clock.now())


def test_a_trial_that_continues_begins_with_the_discount(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    trial_key(container, alice, [shop["crm-connector"]])
    row = given(container, alice, HALF)
    assert subscription(container).promo_code_id == row.promo_code_id
    assert rows(container, PromoCode)[0].valid_from == subscription(container).trial_ends_at


@pytest.mark.parametrize("status", [SubscriptionStatus.PAYMENT_PENDING, SubscriptionStatus.SUSPENDED])
def test_a_renewal_that_waits_for_its_money_comes_first(
    container: Container, paid: int, status: SubscriptionStatus
) -> None:
    change(container, status=status)
    with pytest.raises(Conflict) as refusal:
        asked(container, paid, HALF)
    assert code_of(refusal) == "IN_DUNNING"


def test_one_discount_at_a_time(container: Container, paid: int) -> None:
    waiting = asked(container, paid, HALF)
    given(container, paid, HALF)
    with pytest.raises(Conflict) as refusal:
        approve(container, waiting)
    assert code_of(refusal) == "PROMO_IN_PLACE"
    assert len(rows(container, PromoCode)) == 1


def test_whatever_is_given_everything_ties_and_is_told(
    container: Container, clock: ManualClock, by_transfer: int
) -> None:
    for facts in (FIVE_DAYS, GOODWILL, HALF):
        given(container, by_transfer, facts)
        assert_everything_ties(container)
    clock.advance(days=4)
    renew_due(container.billing_run(clock.now()))  # 25 of 30 days at half price, all of it paid by goodwill
    assert rows(container, InvoiceLine)[-1].total_minor == 0
    assert [row.amount_minor for row in rows(container, CustomerCredit)] == [50_000 - 41_250]
    recognise_revenue(container.transactions, now=clock.now())
    assert_everything_ties(container)


def test_what_was_given_back_before_it_began_runs_longer_too(
    container: Container, clock: ManualClock, by_transfer: int
) -> None:
    pay_transfer(container)
    request = RefundRequest(by_transfer, 2, "не нужен")
    refund_id = request_refund(container.transactions, actor=ANNA, request=request, now=clock.now())
    approve_refund(container.transactions, actor=ANNA, refund_id=refund_id, reason="да", now=clock.now())
    given(container, by_transfer, FIVE_DAYS)
    assert subscription(container).period_end == datetime(2026, 4, 7, 9, 0, 0, 1, tzinfo=UTC)
    assert_everything_ties(container)
