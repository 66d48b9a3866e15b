"""Everyone whom a launched campaign means is told once, with a proof, whatever stops it (G5, M1)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event

from app.billing.errors import Conflict
from app.billing.money import Money
from app.billing.price_campaign import Audience
from app.bootstrap import Container
from app.models import PriceNotice, PriceVersion, StaffTask
from app.services.bulk import BulkResult
from app.services.price_notices import continue_launched
from app.services.renewal_prices import renewal_prices
from tests.clock import ManualClock
from tests.factories import FACTORY, create_customer, promised, rows
from tests.parallel import at_once
from tests.services.campaigns import draft, launch, planned
from tests.services.subscribers import MONTH, YEAR, subscribe, version_id

DAY = timedelta(days=1)


def tell(container: Container) -> BulkResult:
    return continue_launched(container.transactions, now=container.clock.now())


def start(container: Container, connector_id: int, **changes: Any) -> int:
    campaign_id = draft(container, planned(container, connector_id, **changes))
    launch(container, campaign_id)
    return campaign_id


def change(container: Container, subscription_id: int, **columns: Any) -> None:
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(subscription_id)
        for name, value in columns.items():
            setattr(row, name, value)


def next_price(container: Container, subscription_id: int) -> Money:
    with container.transactions.reading() as repositories:
        row = repositories.subscriptions.get(subscription_id)
        return renewal_prices(repositories, [row])[subscription_id].price


def told(container: Container) -> list[tuple[int, int]]:
    """Campaign and subscription of every notice."""
    return [(row.campaign_id, row.subscription_id) for row in rows(container, PriceNotice)]


@contextmanager
def failing_notices(
    container: Container, error: BaseException, *, after: int = 0, subscription_id: int | None = None
) -> Iterator[None]:
    """The database fails when notices are written: after some good chunks, or for this subscription only."""
    chunks = 0

    def fail(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        nonlocal chunks
        if statement.startswith("INSERT INTO price_notice"):
            chunks += 1
            told = {row["subscription_id"] for row in json.loads(parameters["rows"])}
            asked = subscription_id is None or subscription_id in told
            if chunks > after and asked:
                raise error

    event.listen(container.engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(container.engine, "before_cursor_execute", fail)


def test_nothing_is_told_before_the_launch(container: Container, shop: dict[str, int], alice: int) -> None:
    subscribe(container, alice, shop["crm-connector"])
    draft(container, planned(container, shop["crm-connector"]))
    assert tell(container) == BulkResult(0, [])
    assert promised(container, "mail.price_change") == []


def test_each_subscription_gets_a_proof_and_each_customer_one_mail(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    connector_id = shop["crm-connector"]
    bob = create_customer(container, "bob@example.com")
    ids = [subscribe(container, each, connector_id) for each in (alice, bob, alice)]
    campaign_id = start(container, connector_id)
    now = clock.advance(minutes=1)

    assert tell(container) == BulkResult(3, [])

    notices = {row.subscription_id: row for row in rows(container, PriceNotice)}
    assert sorted(notices) == ids
    old, new = rows(container, PriceVersion, connector_id=connector_id, interval=MONTH)
    for notice in notices.values():
        assert (notice.campaign_id, notice.noticed_at) == (campaign_id, now)
        assert notice.applies_from == now + 30 * DAY
        assert (notice.old_price_version_id, notice.new_price_version_id) == (old.id, new.id)
    assert {
        mail.customer_id: sorted(mail.payload["price_notice_ids"])
        for mail in promised(container, "mail.price_change")
    } == {alice: sorted([notices[ids[0]].id, notices[ids[2]].id]), bob: [notices[ids[1]].id]}
    with container.transactions.reading() as repositories:
        assert repositories.price_campaigns.told(campaign_id) == 3


def test_nobody_is_told_twice(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    subscribe(container, alice, shop["crm-connector"])
    start(container, shop["crm-connector"])
    tell(container)
    clock.advance(days=1)
    assert tell(container) == BulkResult(0, [])
    assert len(promised(container, "mail.price_change")) == 1


def test_the_customer_pays_the_new_price_thirty_days_after_the_notice(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    subscription_id = subscribe(container, alice, shop["crm-connector"])
    start(container, shop["crm-connector"])
    noticed_at = clock.advance(days=2)
    tell(container)
    for ends_at, minor in (
        (noticed_at + 10 * DAY, 99_000),
        (noticed_at + 30 * DAY - timedelta(microseconds=1), 99_000),
        (noticed_at + 30 * DAY, 120_000),
    ):
        change(container, subscription_id, period_end=ends_at)
        assert next_price(container, subscription_id) == Money(minor, "RUB")


def test_a_cut_is_given_with_the_next_renewal(container: Container, shop: dict[str, int], alice: int) -> None:
    subscription_id = subscribe(container, alice, shop["crm-connector"])
    start(container, shop["crm-connector"], price=Money(50_000, "RUB"))
    assert next_price(container, subscription_id) == Money(99_000, "RUB"), "not told yet"
    tell(container)
    assert next_price(container, subscription_id) == Money(50_000, "RUB")


def test_who_pays_the_price_already_is_not_told(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    connector_id = shop["crm-connector"]
    subscribe(container, alice, connector_id)
    start(container, connector_id, price=Money(99_000, "RUB"))
    bought = rows(container, PriceVersion, connector_id=connector_id, interval=MONTH)[-1].id
    subscribe(container, alice, connector_id, price_version_id=bought)
    assert tell(container) == BulkResult(0, [])


def test_who_comes_back_later_is_told_then_with_thirty_days_of_their_own(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    subscription_id = subscribe(container, alice, shop["crm-connector"], auto_renew=False)
    start(container, shop["crm-connector"])
    tell(container)
    assert told(container) == []
    now = clock.advance(days=8)
    change(container, subscription_id, auto_renew=True)
    tell(container)
    assert [row.applies_from for row in rows(container, PriceNotice)] == [now + 30 * DAY]
    assert next_price(container, subscription_id) == Money(99_000, "RUB")


def test_who_came_late_is_looked_for_once_a_day(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    start(container, shop["crm-connector"], valid_from=clock.now() + 9 * DAY)
    tell(container)
    subscribe(container, alice, shop["crm-connector"])
    clock.advance(days=1)
    assert tell(container) == BulkResult(0, [])
    clock.advance(microseconds=1)
    assert tell(container) == BulkResult(1, [])
    subscribe(container, alice, shop["crm-connector"])
    assert tell(container) == BulkResult(1, []), "it has just found somebody, so it looks again"


def test_who_bought_at_the_old_price_after_the_launch_is_told_too_and_at_the_new_price_is_not(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    connector_id = shop["crm-connector"]
    campaign_id = start(container, connector_id, valid_from=clock.now() + 3 * DAY)
    new = rows(container, PriceVersion, connector_id=connector_id, interval=MONTH)[-1].id
    at_old = subscribe(container, alice, connector_id)
    subscribe(container, alice, connector_id, price_version_id=new)
    tell(container)
    assert told(container) == [(campaign_id, at_old)]


def test_only_the_audience_is_told(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    connector_id = shop["crm-connector"]
    bob = create_customer(container, "bob@example.com")
    subscribe(container, alice, connector_id)
    of_bob = subscribe(container, bob, connector_id)
    campaign_id = start(container, connector_id, audience=Audience(customer_ids=(bob,)))
    tell(container)
    assert told(container) == [(campaign_id, of_bob)]


def test_a_newer_campaign_takes_the_place_of_an_older_one_that_was_not_told_yet(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    connector_id = shop["crm-connector"]
    bob = create_customer(container, "bob@example.com")
    of_alice, of_bob = (subscribe(container, each, connector_id) for each in (alice, bob))
    first = start(container, connector_id)
    clock.advance(hours=1)
    second = start(
        container, connector_id, price=Money(150_000, "RUB"), audience=Audience(customer_ids=(alice,))
    )
    tell(container)
    tell(container)
    assert sorted(told(container)) == [(first, of_bob), (second, of_alice)]
    assert len(promised(container, "mail.price_change")) == 2


def test_a_second_change_is_told_from_what_the_first_one_announced(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    connector_id = shop["crm-connector"]
    subscription_id = subscribe(container, alice, connector_id, period_end=clock.now() + 34 * DAY)
    start(container, connector_id)
    tell(container)
    clock.advance(days=5)
    start(container, connector_id, price=Money(99_000, "RUB"))
    tell(container)
    first, second = rows(container, PriceNotice)
    assert second.old_price_version_id == first.new_price_version_id
    assert next_price(container, subscription_id) == Money(99_000, "RUB"), "taken back before it bound"


def test_a_notice_about_months_does_not_spare_a_notice_about_years(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    connector_id = shop["crm-connector"]
    subscription_id = subscribe(container, alice, connector_id)
    monthly = start(container, connector_id)
    tell(container)
    yearly = start(container, connector_id, interval=YEAR, price=Money(2_000_000, "RUB"))
    shown = version_id(container, connector_id, YEAR)
    change(container, subscription_id, renewal_interval=YEAR, renewal_price_version_id=shown)
    tell(container)
    assert told(container) == [(monthly, subscription_id), (yearly, subscription_id)]


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("chunks", [0, 1, 2])
def test_stopped_in_the_middle_it_goes_on_where_it_stopped(
    container: Container, shop: dict[str, int], clock: ManualClock, chunks: int
) -> None:
    connector_id = shop["crm-connector"]
    customers = [create_customer(container, f"{number}@example.com") for number in range(3)]
    ids = [subscribe(container, each, connector_id) for each in customers for _ in range(150)]
    start(container, connector_id)
    with failing_notices(container, Killed(), after=chunks), pytest.raises(Killed):
        tell(container)
    assert len(told(container)) == len(promised(container, "mail.price_change")) * 150 == chunks * 150
    later = clock.advance(days=3)

    assert tell(container) == BulkResult(450 - chunks * 150, [])

    notices = rows(container, PriceNotice)
    assert sorted(notice.subscription_id for notice in notices) == ids
    assert sum(notice.applies_from == later + 30 * DAY for notice in notices) == 450 - chunks * 150
    assert len(promised(container, "mail.price_change")) == 3


def test_one_that_can_not_be_told_is_left_to_a_person_and_holds_up_nobody(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    ids = [subscribe(container, alice, shop["crm-connector"]) for _ in range(3)]
    start(container, shop["crm-connector"])
    for _ in range(2):
        with failing_notices(container, Conflict(code="BROKEN"), subscription_id=ids[1]):
            assert tell(container).parked == [ids[1]]
    assert sorted(row.subscription_id for row in rows(container, PriceNotice)) == [ids[0], ids[2]]
    tasks = rows(container, StaffTask)
    assert [(task.kind, task.object_kind, task.object_id) for task in tasks] == [
        ("price_campaign:BROKEN", "subscription", str(ids[1]))
    ]
    assert tell(container) == BulkResult(1, [])


def test_two_machines_tell_everyone_once(container: Container, shop: dict[str, int]) -> None:
    connector_id = shop["crm-connector"]
    customers = [create_customer(container, f"{number}@example.com") for number in range(4)]
    ids = [subscribe(container, each, connector_id) for each in customers for _ in range(100)]
    start(container, connector_id)
    outcomes = at_once(*[partial(tell, container) for _ in range(3)])
    assert all(result.parked == [] for result in outcomes.results)
    assert sorted(row.subscription_id for row in rows(container, PriceNotice)) == ids
    assert len(promised(container, "mail.price_change")) == 4


def test_a_chunk_costs_a_handful_of_statements(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    def statements_for(count: int, slug: str) -> int:
        for _ in range(count):
            subscribe(container, alice, shop[slug])
        start(container, shop[slug])
        statements: list[str] = []

        def keep(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            statements.append(statement)

        event.listen(container.engine, "before_cursor_execute", keep)
        assert tell(container).handled == count
        event.remove(container.engine, "before_cursor_execute", keep)
        assert tell(container).handled == 0
        return len(statements)

    assert statements_for(3, "crm-connector") == statements_for(150, "mail-connector")
