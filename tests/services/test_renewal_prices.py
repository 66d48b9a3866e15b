"""The prices of the next periods, of many subscriptions at once (G3, G5, C4)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from app.billing.errors import BillingError
from app.billing.money import Money
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import PriceCampaign, PriceNotice, Subscription
from app.services.renewal_prices import RenewalPrice, renewal_prices
from tests.factories import FACTORY, create_connector, create_customer
from tests.services.subscribers import MONTH, YEAR, new_version, subscribe, version_id

TRIAL = SubscriptionStatus.TRIAL
IN_TEN_DAYS = timedelta(days=10)


@pytest.fixture
def connector_id(container: Container) -> int:
    """A connector for 990 roubles a month."""
    return create_connector(container)


@pytest.fixture
def customer_id(container: Container) -> int:
    return create_customer(container)


def prices(container: Container, *subscription_ids: int) -> dict[int, RenewalPrice]:
    with container.transactions.reading() as repositories:
        return renewal_prices(
            repositories, [repositories.subscriptions.get(each) for each in subscription_ids]
        )


def tell(container: Container, subscription_id: int, new_version_id: int, **columns: Any) -> None:
    """A notice given a long time ago, binding from ten days ahead unless said otherwise."""
    now = container.clock.now()
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(subscription_id)
        campaign = work.price_campaigns.add(
            PriceCampaign(
                name="",
                connector_id=row.connector_id,
                interval=row.interval,
                currency=row.currency,
                old_amount_minor=1,
                new_amount_minor=1,
                audience={},
                announcement_ru="",
                announcement_en="",
                valid_from=now,
                status="draft",
                created_by="",
                created_at=now,
            )
        )
        values = {"noticed_at": now - timedelta(days=20), "applies_from": now + IN_TEN_DAYS}
        work.insert(
            PriceNotice(
                campaign_id=campaign.id,
                customer_id=row.customer_id,
                subscription_id=subscription_id,
                old_price_version_id=row.price_version_id,
                new_price_version_id=new_version_id,
                **(values | columns),
            )
        )


def test_the_running_price_is_kept_though_new_subscribers_pay_another(
    container: Container, connector_id: int, customer_id: int
) -> None:
    subscription_id = subscribe(container, customer_id, connector_id)
    new_version(container, connector_id, 120_000, container.clock.now())
    assert prices(container, subscription_id) == {
        subscription_id: RenewalPrice(version_id(container, connector_id), Money(99_000, "RUB"), MONTH)
    }


@pytest.mark.parametrize(("late", "paid"), [(timedelta(0), 120_000), (timedelta(microseconds=1), 99_000)])
def test_the_next_period_starts_where_the_paid_one_ends(
    container: Container, connector_id: int, customer_id: int, late: timedelta, paid: int
) -> None:
    now = container.clock.now()
    subscription_id = subscribe(container, customer_id, connector_id)
    told = new_version(container, connector_id, 120_000, now - IN_TEN_DAYS)
    tell(container, subscription_id, told, applies_from=now + IN_TEN_DAYS + late)
    assert prices(container, subscription_id)[subscription_id].price == Money(paid, "RUB")


def test_a_switch_pays_the_price_that_was_shown(
    container: Container, connector_id: int, customer_id: int
) -> None:
    shown = version_id(container, connector_id, YEAR)
    switched = subscribe(
        container, customer_id, connector_id, renewal_interval=YEAR, renewal_price_version_id=shown
    )
    new_version(container, connector_id, 1_500_000, container.clock.now(), YEAR)
    tell(container, switched, new_version(container, connector_id, 120_000, container.clock.now()))
    assert prices(container, switched)[switched] == RenewalPrice(shown, Money(1_009_800, "RUB"), YEAR)


def test_a_notice_of_the_price_switched_to_counts(
    container: Container, connector_id: int, customer_id: int
) -> None:
    shown = version_id(container, connector_id, YEAR)
    switched = subscribe(
        container, customer_id, connector_id, renewal_interval=YEAR, renewal_price_version_id=shown
    )
    told = new_version(container, connector_id, 1_500_000, container.clock.now(), YEAR)
    tell(container, switched, told)
    assert prices(container, switched)[switched] == RenewalPrice(told, Money(1_500_000, "RUB"), YEAR)


def test_a_trial_that_continues_pays_the_price_in_force_at_its_end(
    container: Container, connector_id: int, customer_id: int
) -> None:
    ends_at = container.clock.now() + timedelta(days=3)
    trial = {"status": TRIAL, "trial_ends_at": ends_at, "price_version_id": None, "interval": YEAR}
    subscription_id = subscribe(container, customer_id, connector_id, **trial)
    new_version(container, connector_id, 1, ends_at)
    new_version(container, connector_id, 2, ends_at, YEAR, "USD")
    new_version(container, connector_id, 3, ends_at + timedelta(microseconds=1), YEAR)
    in_force = new_version(container, connector_id, 1_500_000, ends_at, YEAR)
    assert prices(container, subscription_id)[subscription_id] == RenewalPrice(
        in_force, Money(1_500_000, "RUB"), YEAR
    )


def test_old_data_without_a_price_pays_the_price_in_force(
    container: Container, connector_id: int, customer_id: int
) -> None:
    subscription_id = subscribe(container, customer_id, connector_id, price_version_id=None)
    in_force = new_version(container, connector_id, 120_000, container.clock.now() + IN_TEN_DAYS)
    assert prices(container, subscription_id)[subscription_id].price_version_id == in_force


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"status": SubscriptionStatus.EXPIRED, "period_end": None}, "NO_NEXT_PERIOD"),
        ({"price_version_id": None, "currency": "USD"}, "PRICE_NOT_FOUND"),
    ],
)
def test_what_has_no_price(
    container: Container, connector_id: int, customer_id: int, columns: dict[str, Any], code: str
) -> None:
    subscription_id = subscribe(container, customer_id, connector_id, **columns)
    with pytest.raises(BillingError) as refusal:
        prices(container, subscription_id)
    assert refusal.value.code == code


def test_nothing_asked_nothing_answered(container: Container) -> None:
    assert prices(container) == {}


def test_two_statements_however_many_there_are(container: Container, customer_id: int) -> None:
    connectors = [create_connector(container, f"connector-{number}") for number in range(3)]
    told = [new_version(container, each, 120_000, container.clock.now()) for each in connectors]
    ids = []
    for index in range(30):
        subscription_id = subscribe(container, customer_id, connectors[index % 3])
        if index % 2:
            tell(container, subscription_id, told[index % 3])
        ids.append(subscription_id)
    with container.transactions.reading() as repositories:
        found: Sequence[Subscription] = [repositories.subscriptions.get(each) for each in ids]
        statements: list[str] = []
        event.listen(
            container.engine,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, *_rest: statements.append(statement),
        )
        answered = renewal_prices(repositories, found)
    assert len(statements) == 2
    assert [answered[each].price.minor for each in ids] == [99_000, 120_000] * 15
