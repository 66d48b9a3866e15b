"""What renewals cost: balance, goodwill, codes, extra days, months and years (B5, F3, G3, H7)."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.billing.invoice import InvoicePurpose, InvoiceStatus
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.promotions import PromoDuration
from app.bootstrap import Container
from app.models import (
    CreditKind,
    Invoice,
    Payment,
    PromoCode,
    PromoRedemption,
    ServiceMonth,
)
from app.services.promotions import NewPromoCode, create_promo_code
from app.services.renewal_dates import reschedule
from app.services.subscriptions import switch_interval
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, promised, rows
from tests.ledger_rows import assert_everything_ties, registered
from tests.payments.gateways import Bank
from tests.services.charges import PRICE
from tests.services.renewing import (
    DAY,
    DAY_OF_END,
    END,
    NOTHING,
    asked,
    change,
    count_of_mails,
    credit,
    give,
    invoices,
    live_until,
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


@pytest.mark.parametrize("paid_by_balance", [1, 30_000, 99_000, 250_000])
def test_the_balance_pays_first(
    container: Container, clock: ManualClock, buyer: int, bank: Bank, paid_by_balance: int
) -> None:
    buy(container, buyer, "crm-connector")
    give(container, buyer, paid_by_balance)
    renew(container, clock, bank)

    used = min(paid_by_balance, PRICE.minor)
    (invoice,) = renewals(container)
    assert (invoice.status, invoice.total, invoice.balance_minor) == (InvoiceStatus.PAID, PRICE, used)
    assert bank.taken == ([PRICE - Money(used, "RUB")] if used < PRICE.minor else [])
    assert credit(container, buyer) == Money(paid_by_balance - used, "RUB")
    paid = {each.provider: each.amount_minor for each in rows(container, Payment, invoice_id=invoice.id)}
    assert sum(paid.values()) == PRICE.minor
    assert paid["balance"] == used
    assert count_of_mails(container)["subscription_renewed"] == 1
    assert_everything_ties(container)


def test_goodwill_is_a_discount_and_lowers_the_vat(
    container: Container, clock: ManualClock, buyer: int, bank: Bank
) -> None:
    buy(container, buyer, "crm-connector")
    give(container, buyer, 22_000, CreditKind.GOODWILL)
    renew(container, clock, bank)
    (invoice,) = renewals(container)
    (line,) = invoice.lines
    assert (line.price, line.discount_minor, line.total) == (PRICE, 22_000, Money(77_000, "RUB"))
    assert line.vat_minor == 13_885  # 770.00 × 22 / 122
    assert (invoice.goodwill_minor, bank.taken) == (22_000, [Money(77_000, "RUB")])
    assert credit(container, buyer, CreditKind.GOODWILL) == NOTHING
    assert_everything_ties(container)


def promo(container: Container, code: str, duration: PromoDuration, **fields: object) -> int:
    new = NewPromoCode(code=code, percent=2_000, duration=duration, valid_from=container.clock.now())
    return create_promo_code(
        container.transactions,
        actor=FACTORY,
        new=replace(new, **fields),  # type: ignore[arg-type]  # by name
        now=container.clock.now(),
    )


def test_a_lasting_code_lowers_every_renewal(
    container: Container, clock: ManualClock, buyer: int, bank: Bank
) -> None:
    buy(container, buyer, "crm-connector")
    change(container, promo_code_id=promo(container, "FOREVER", PromoDuration.EVERY))
    live_until(container, clock, END + 62 * DAY, bank)
    assert bank.taken == [Money(79_200, "RUB")] * 3
    assert rows(container, PromoRedemption) == []
    assert_everything_ties(container)


def test_a_code_for_one_period_lowers_one_and_is_counted_once(
    container: Container, clock: ManualClock, buyer: int, bank: Bank
) -> None:
    buy(container, buyer, "crm-connector", "mail-connector")
    code = promo(container, "ONCE", PromoDuration.FIRST, max_redemptions=1)
    for each in (1, 2):
        change(container, each, promo_code_id=code)
    live_until(container, clock, END + 31 * DAY, bank)
    assert bank.taken == [Money(79_200, "RUB") * 2, PRICE * 2]
    assert [each.promo_code_id for each in (subscription(container), subscription(container, 2))] == [
        None
    ] * 2
    assert rows(container, PromoCode)[0].redemptions == 1
    assert_everything_ties(container)


def test_a_code_for_one_period_comes_back_when_nothing_was_paid(
    container: Container, clock: ManualClock, buyer: int, bank: Bank
) -> None:
    buy(container, buyer, "crm-connector")
    change(container, promo_code_id=promo(container, "ONCE", PromoDuration.FIRST))
    bank.refuse("pm:tok_visa:1")
    renew(container, clock, bank)
    assert rows(container, PromoCode)[0].redemptions == 1
    live_until(container, clock, DAY_OF_END + 10 * DAY, bank)
    assert rows(container, PromoCode)[0].redemptions == 0
    assert_everything_ties(container)


def test_a_renewal_that_costs_nothing_begins_without_a_charge(
    container: Container, clock: ManualClock, buyer: int, bank: Bank
) -> None:
    buy(container, buyer, "crm-connector")
    change(container, promo_code_id=promo(container, "FREE", PromoDuration.EVERY, percent=10_000))
    renew(container, clock, bank)
    assert bank.requests == []
    assert subscription(container).period_start == END
    (mail,) = _renewed(container)
    assert mail["payment_id"] is None
    assert len(rows(container, ServiceMonth)) == 1, "of the first month"
    assert_everything_ties(container)


def _renewed(container: Container) -> Sequence[dict[str, object]]:
    return [message.payload for message in promised(container, "mail.subscription_renewed")]


def test_extra_days_make_a_shorter_period_and_the_billing_day_returns(
    container: Container, clock: ManualClock, buyer: int, bank: Bank
) -> None:
    buy(container, buyer, "crm-connector")
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(1)
        row.nominal_period_end, row.period_end = END, END + 10 * DAY
        period = row.periods[0]
        period.ends_at = END + 10 * DAY
        reschedule(work, [row])

    live_until(container, clock, END + 41 * DAY, bank)

    first, second = renewals(container)
    assert [(line.period_start, line.period_end) for line in first.lines] == [
        (END + 10 * DAY, END + 30 * DAY)
    ]
    assert first.total == Money(66_000, "RUB"), "20 of 30 days"
    assert [(line.period_start, line.period_end) for line in second.lines] == [
        (END + 30 * DAY, END + 61 * DAY)
    ]
    assert second.total == PRICE
    assert_everything_ties(container)


def test_month_to_year_and_back_at_the_next_renewals(
    container: Container, clock: ManualClock, buyer: int, bank: Bank
) -> None:
    buy(container, buyer, "crm-connector")
    switch_interval(container.transactions, asked(container, buyer), interval=YEAR)
    renew(container, clock, bank)
    row = subscription(container)
    assert (row.interval, row.renewal_interval, row.period_end) == (YEAR, None, END + 365 * DAY)
    assert bank.taken == [Money(1_009_800, "RUB")]
    assert len(rows(container, ServiceMonth)) == 1 + 12

    switch_interval(container.transactions, asked(container, buyer), interval=MONTH)
    sweep_at(container, clock, END + 365 * DAY - 3 * DAY, bank)
    sweep_at(container, clock, END + 365 * DAY, bank)
    row = subscription(container)
    assert (row.interval, row.period_start) == (MONTH, END + 365 * DAY)
    assert bank.taken[1:] == [PRICE]
    assert_everything_ties(container)
