"""What a notice tells is what the invoice asks for, whatever lowers it (G2)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.billing.money import Money
from app.billing.promotions import PromoDuration, PromoKind
from app.bootstrap import Container
from app.models import CreditKind, Invoice, PaymentMethod, PromoCode, Subscription
from app.services.expected_renewals import expected_renewals
from tests.clock import ManualClock
from tests.factories import LONG_AGO, buy, rows
from tests.services.mail_facts import change, credit, insert, swept_at
from tests.services.subscribers import YEAR, new_version, version_id

DAY = timedelta(days=1)


def promo_code(container: Container, **columns: object) -> int:
    values: dict[str, object] = {
        "code": "SPRING",
        "kind": PromoKind.PERCENT,
        "percent": 1_000,
        "duration": PromoDuration.EVERY,
        "valid_from": LONG_AGO,
        "created_at": LONG_AGO,
    }
    return insert(container, PromoCode(**(values | columns)))


def expected(container: Container) -> list[Money]:
    with container.transactions.reading() as repositories:
        held = repositories.subscriptions.of_customer(1)
        return [each.price for each in expected_renewals(repositories, sorted(held, key=lambda row: row.id))]


def invoiced(container: Container, clock: ManualClock) -> list[Money]:
    """What the renewals of all subscriptions really cost, by subscription."""
    (end, *_) = [row.period_end for row in rows(container, Subscription)]
    assert end is not None
    before = {row.id for row in rows(container, Invoice)}
    for instant in (end - 3 * DAY, end):
        swept_at(container, clock, instant)
    with container.transactions.reading() as repositories:
        lines = [
            (line.subscription_id, line.total)
            for row in rows(container, Invoice)
            if row.id not in before
            for line in repositories.invoices.get(row.id).lines
        ]
    return [cost for _, cost in sorted(lines, key=lambda each: each[0])]


def full_price(container: Container) -> None:
    """Nothing lowers it."""


def a_percentage(container: Container) -> None:
    change(container, Subscription, 1, promo_code_id=promo_code(container))


def an_amount_over_both(container: Container) -> None:
    code = promo_code(container, kind=PromoKind.AMOUNT, percent=None, amount_minor=10_001, currency="RUB")
    for subscription_id in (1, 2):
        change(container, Subscription, subscription_id, promo_code_id=code)


def an_amount_and_two_cards(container: Container) -> None:
    an_amount_over_both(container)
    change(container, Subscription, 2, payment_method_id=rows(container, PaymentMethod)[0].id)


def goodwill(container: Container) -> None:
    credit(container, 1, 33_333, CreditKind.GOODWILL)


def extra_days(container: Container) -> None:
    for subscription_id in (1, 2):
        end = rows(container, Subscription, id=subscription_id)[0].period_end
        assert end is not None
        change(
            container,
            Subscription,
            subscription_id,
            nominal_period_end=end,
            period_end=end + timedelta(days=5),
        )


def a_switch_to_years(container: Container) -> None:
    yearly = version_id(container, 1, YEAR)
    change(container, Subscription, 1, renewal_interval=YEAR, renewal_price_version_id=yearly)


@pytest.mark.parametrize(
    ("circumstance", "prices"),
    [
        (full_price, [99_000, 99_000]),
        (a_percentage, [89_100, 99_000]),
        (an_amount_over_both, [93_999, 94_000]),
        (an_amount_and_two_cards, [88_999, 88_999]),
        (goodwill, [82_333, 82_334]),
        (extra_days, [82_500, 82_500]),
        (a_switch_to_years, [1_009_800, 99_000]),
    ],
)
def test_the_notice_tells_what_the_invoice_asks(
    container: Container,
    clock: ManualClock,
    alice: int,
    circumstance: Callable[[Container], None],
    prices: list[int],
) -> None:
    buy(container, alice, "crm-connector", "mail-connector")
    circumstance(container)

    foretold = expected(container)

    assert [price.minor for price in foretold] == prices
    assert invoiced(container, clock) == foretold


def test_each_currency_is_lowered_by_its_own_goodwill(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector", "mail-connector")
    dollars = new_version(container, 2, 1_900, LONG_AGO, currency="USD")
    change(container, Subscription, 2, currency="USD", price_version_id=dollars)
    credit(container, alice, 9_000, CreditKind.GOODWILL)

    assert expected(container) == [Money(90_000, "RUB"), Money(1_900, "USD")]
