"""A campaign is launched after a second look, once, or given up (G5)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import pytest

from app.billing.errors import BillingError
from app.billing.price_campaign import CampaignStatus
from app.bootstrap import Container
from app.models import (
    AuditEntry,
    InvoiceLine,
    PriceCampaign,
    PriceVersion,
    StatusChange,
)
from app.services.price_campaigns import cancel_campaign, dry_run
from tests.clock import ManualClock
from tests.factories import FACTORY, order, rows
from tests.parallel import at_once, wait_until_blocked
from tests.services.campaigns import ADMIN, draft, launch, planned
from tests.services.subscribers import MONTH, new_version, subscribe

DAY = timedelta(days=1)


def campaign(container: Container, campaign_id: int) -> PriceCampaign:
    return rows(container, PriceCampaign, id=campaign_id)[0]


def versions(container: Container, connector_id: int) -> list[tuple[int, datetime]]:
    found = rows(container, PriceVersion, connector_id=connector_id, interval=MONTH)
    return [(row.amount_minor, row.valid_from) for row in found]


def seen(container: Container, campaign_id: int) -> str:
    now = container.clock.now()
    return dry_run(container.transactions, campaign_id=campaign_id, now=now).digest


def test_a_launch_sells_at_the_new_price_from_its_instant_on(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    connector_id, now = shop["crm-connector"], clock.now()
    subscribe(container, alice, connector_id)
    campaign_id = draft(container, planned(container, connector_id, valid_from=now + 3 * DAY))
    launched_at = clock.advance(days=1)
    launch(container, campaign_id)
    assert versions(container, connector_id)[1:] == [(120_000, now + 3 * DAY)]
    row = campaign(container, campaign_id)
    assert (row.status, row.launched_at, row.launched_by) == (CampaignStatus.LAUNCHED, launched_at, "admin")
    assert row.new_price_version_id == rows(container, PriceVersion, connector_id=connector_id)[-1].id
    order(container, alice, "crm-connector", make_account="before")
    clock.move_to(now + 3 * DAY)
    order(container, alice, "crm-connector", make_account="after")
    assert [line.price_minor for line in rows(container, InvoiceLine)] == [99_000, 120_000]
    entry = rows(container, AuditEntry, action="price_campaign.launch")[0]
    assert (entry.actor_identity, entry.details["totals"]["subscriptions"]) == ("admin", 1)
    history = rows(container, StatusChange, object_kind="price_campaign")
    assert [entry.new_status for entry in history] == ["draft", "launched"]


def test_what_should_have_begun_begins_at_the_launch(
    container: Container, shop: dict[str, int], clock: ManualClock
) -> None:
    campaign_id = draft(container, planned(container, shop["crm-connector"]))
    launched_at = clock.advance(hours=1)
    launch(container, campaign_id)
    assert versions(container, shop["crm-connector"])[1:] == [(120_000, launched_at)]
    assert campaign(container, campaign_id).valid_from == launched_at


def test_launching_twice_is_launching_once(container: Container, shop: dict[str, int]) -> None:
    campaign_id = draft(container, planned(container, shop["crm-connector"]))
    launch(container, campaign_id)
    launch(container, campaign_id, digest="whatever was seen")
    assert len(versions(container, shop["crm-connector"])) == 2
    assert len(rows(container, AuditEntry, action="price_campaign.launch")) == 1


def test_two_launches_at_once_are_one(container: Container, shop: dict[str, int], alice: int) -> None:
    subscribe(container, alice, shop["crm-connector"])
    campaign_id = draft(container, planned(container, shop["crm-connector"]))
    digest = seen(container, campaign_id)
    outcomes = at_once(*[partial(launch, container, campaign_id, digest=digest) for _ in range(4)])
    assert outcomes.refusals == []
    assert len(versions(container, shop["crm-connector"])) == 2
    assert len(rows(container, AuditEntry, action="price_campaign.launch")) == 1


@pytest.mark.parametrize("other", ["somebody subscribes", "somebody leaves", "somebody's price changes"])
def test_an_audience_that_changed_since_it_was_seen_is_not_told(
    container: Container, shop: dict[str, int], alice: int, other: str
) -> None:
    connector_id = shop["crm-connector"]
    cheap = new_version(container, connector_id, 50_000, container.clock.now() - 800 * DAY)
    new_version(container, connector_id, 99_000, container.clock.now() - 700 * DAY)
    subscription_id = subscribe(container, alice, connector_id)
    campaign_id = draft(container, planned(container, connector_id))
    digest = seen(container, campaign_id)
    if other == "somebody subscribes":
        subscribe(container, alice, connector_id)
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(subscription_id)
        if other == "somebody leaves":
            row.auto_renew = False
        if other == "somebody's price changes":
            row.price_version_id = cheap
    with pytest.raises(BillingError) as refusal:
        launch(container, campaign_id, digest=digest)
    assert refusal.value.code == "AUDIENCE_CHANGED"
    assert campaign(container, campaign_id).status is CampaignStatus.DRAFT
    assert len(versions(container, connector_id)) == 3
    launch(container, campaign_id)


@pytest.mark.parametrize(
    ("minor", "begins_in", "code"),
    [(110_000, 0, "PRICE_CHANGED"), (110_000, 1, "PRICE_CHANGED"), (99_000, 9, "PRICE_PLANNED")],
)
def test_another_price_made_since_the_draft_stops_the_launch(
    container: Container, shop: dict[str, int], minor: int, begins_in: int, code: str
) -> None:
    connector_id, now = shop["crm-connector"], container.clock.now()
    campaign_id = draft(container, planned(container, connector_id, valid_from=now + 9 * DAY))
    new_version(container, connector_id, minor, now + begins_in * DAY)
    with pytest.raises(BillingError) as refusal:
        launch(container, campaign_id)
    assert refusal.value.code == code
    assert campaign(container, campaign_id).status is CampaignStatus.DRAFT


def test_a_price_made_at_the_same_moment_stops_the_launch(container: Container, shop: dict[str, int]) -> None:
    connector_id, now = shop["crm-connector"], container.clock.now()
    campaign_id = draft(container, planned(container, connector_id))
    with ThreadPoolExecutor(1) as threads:
        with container.transactions.begin(FACTORY) as work:
            price = PriceVersion(
                connector_id=connector_id, interval=MONTH, currency="RUB", amount_minor=1, valid_from=now
            )
            work.session.add(price)
            work.session.flush()
            launching = threads.submit(launch, container, campaign_id)
            wait_until_blocked(container)
        with pytest.raises(BillingError) as refusal:
            launching.result(timeout=30)
    assert refusal.value.code == "PRICE_EXISTS"


def test_of_two_campaigns_of_one_price_launched_at_once_the_second_is_refused(
    container: Container, shop: dict[str, int]
) -> None:
    connector_id = shop["crm-connector"]
    drafts = [draft(container, planned(container, connector_id)) for _ in range(2)]
    outcomes = at_once(*[partial(launch, container, each) for each in drafts])
    assert outcomes.refusals == ["PRICE_PLANNED"]
    assert len(versions(container, connector_id)) == 2


def test_a_draft_is_given_up_and_never_launched(container: Container, shop: dict[str, int]) -> None:
    campaign_id = draft(container, planned(container, shop["crm-connector"]))
    now = container.clock.now()
    cancel_campaign(container.transactions, actor=ADMIN, campaign_id=campaign_id, now=now)
    assert campaign(container, campaign_id).status is CampaignStatus.CANCELED
    assert rows(container, AuditEntry, action="price_campaign.cancel")[0].actor_identity == "admin"
    with pytest.raises(BillingError) as refusal:
        launch(container, campaign_id)
    assert refusal.value.code == "ILLEGAL_TRANSITION"


def test_a_launched_campaign_is_not_taken_back(container: Container, shop: dict[str, int]) -> None:
    campaign_id = draft(container, planned(container, shop["crm-connector"]))
    launch(container, campaign_id)
    now = container.clock.now()
    with pytest.raises(BillingError) as refusal:
        cancel_campaign(container.transactions, actor=ADMIN, campaign_id=campaign_id, now=now)
    assert refusal.value.code == "ILLEGAL_TRANSITION"
    assert campaign(container, campaign_id).status is CampaignStatus.LAUNCHED
