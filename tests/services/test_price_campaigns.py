"""Price campaigns: drafted, seen with their totals, launched once, or given up (G5)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from app.billing.errors import BillingError
from app.billing.invoice import InvoicePurpose, InvoiceStatus, PaymentMethodKind
from app.billing.money import Money
from app.billing.price_campaign import Audience, CampaignStatus, CampaignTotals
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import (
    AuditEntry,
    Invoice,
    InvoiceLine,
    Payer,
    PriceCampaign,
    PriceVersion,
    Seller,
    StatusChange,
)
from app.services.price_campaigns import campaign_effects, cancel_campaign, dry_run
from tests.clock import ManualClock
from tests.factories import FACTORY, create_customer, order, rows
from tests.parallel import at_once, wait_until_blocked
from tests.services.campaigns import ADMIN, draft, launch, planned
from tests.services.subscribers import MONTH, YEAR, new_version, subscribe, version_id

DAY = timedelta(days=1)


def totals(container: Container, campaign_id: int) -> CampaignTotals:
    return dry_run(container.transactions, campaign_id=campaign_id, now=container.clock.now())


def campaign(container: Container, campaign_id: int) -> PriceCampaign:
    return rows(container, PriceCampaign, id=campaign_id)[0]


def versions(container: Container, connector_id: int) -> list[tuple[int, datetime]]:
    found = rows(container, PriceVersion, connector_id=connector_id, interval=MONTH)
    return [(row.amount_minor, row.valid_from) for row in found]


def meant(container: Container, campaign_id: int) -> list[int]:
    with container.transactions.reading() as repositories:
        row = repositories.price_campaigns.get(campaign_id)
        return [each.subscription_id for each in repositories.price_campaigns.subscribers(row)]


def invoice_next_period(container: Container, subscription_id: int, until: datetime) -> int:
    """An open renewal invoice over the next period, which ends at `until`."""
    now = container.clock.now()
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(subscription_id)
        payer = rows(container, Payer, customer_id=row.customer_id)[0]
        invoice = work.invoices.add(
            Invoice(
                seller_id=rows(container, Seller)[0].id,
                customer_id=row.customer_id,
                payer_id=payer.id,
                series="T",
                year=2026,
                number=subscription_id,
                status=InvoiceStatus.OPEN,
                method=PaymentMethodKind.BANK_TRANSFER,
                currency="RUB",
                total_minor=99_000,
                vat_minor=0,
                issued_on=now.date(),
                issued_at=now,
                due_on=until.date(),
                purpose=InvoicePurpose.RENEWAL,
            )
        )
        work.session.add(
            InvoiceLine(
                invoice_id=invoice.id,
                position=1,
                subscription_id=subscription_id,
                price_version_id=row.price_version_id,
                description="",
                interval=MONTH,
                currency="RUB",
                total_minor=99_000,
                vat_minor=0,
                price_minor=99_000,
                period_start=row.period_end,
                period_end=until,
            )
        )
        return invoice.id


def test_a_draft_knows_the_price_that_it_replaces_and_changes_nothing(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    connector_id, now = shop["crm-connector"], container.clock.now()
    before = versions(container, connector_id)
    subscribe(container, alice, connector_id)
    campaign_id = draft(container, planned(container, connector_id))
    row = campaign(container, campaign_id)
    assert (row.old_amount, row.new_amount) == (Money(99_000, "RUB"), Money(120_000, "RUB"))
    assert (row.status, row.created_by, row.created_at) == (CampaignStatus.DRAFT, "admin", now)
    assert versions(container, connector_id) == before
    history = rows(container, StatusChange, object_kind="price_campaign")
    assert [(entry.old_status, entry.new_status, entry.actor_identity) for entry in history] == [
        (None, "draft", "admin")
    ]
    entry = rows(container, AuditEntry, action="price_campaign.draft")[0]
    assert (entry.details["old_minor"], entry.details["new_minor"]) == (99_000, 120_000)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"price": Money(0, "RUB")}, "PRICE_NOT_POSITIVE"),
        ({"price": Money(-1, "RUB")}, "PRICE_NOT_POSITIVE"),
        ({"price": Money(1_000, "USD")}, "PRICE_NOT_FOUND"),
        ({"announcement_ru": " "}, "ANNOUNCEMENT_EMPTY"),
        ({"announcement_en": ""}, "ANNOUNCEMENT_EMPTY"),
        ({"connector_id": 10**9}, "NOT_FOUND"),
    ],
)
def test_drafts_that_make_no_sense(
    container: Container, shop: dict[str, int], changes: dict[str, Any], code: str
) -> None:
    good = planned(container, shop["crm-connector"])
    with pytest.raises(BillingError) as refusal:
        draft(container, replace(good, **changes))
    assert refusal.value.code == code
    assert rows(container, PriceCampaign) == []


def test_a_draft_begins_neither_in_the_past_nor_before_another_planned_price(
    container: Container, shop: dict[str, int]
) -> None:
    connector_id, now = shop["crm-connector"], container.clock.now()
    new_version(container, connector_id, 110_000, now + DAY)
    good = planned(container, connector_id)
    for valid_from, code in (
        (now - timedelta(microseconds=1), "PRICE_IN_THE_PAST"),
        (now, "PRICE_PLANNED"),
        (now + DAY, "PRICE_PLANNED"),
    ):
        with pytest.raises(BillingError) as refusal:
            draft(container, replace(good, valid_from=valid_from))
        assert refusal.value.code == code
    campaign_id = draft(container, replace(good, valid_from=now + 2 * DAY))
    assert campaign(container, campaign_id).old_amount == Money(110_000, "RUB")


STATUSES = SubscriptionStatus


@pytest.mark.parametrize(
    ("columns", "is_meant"),
    [
        ({}, True),
        ({"status": STATUSES.PAYMENT_PENDING}, True),
        ({"status": STATUSES.SUSPENDED}, True),
        ({"status": STATUSES.CANCELED}, False),
        ({"status": STATUSES.EXPIRED}, False),
        ({"status": STATUSES.PENDING}, False),
        ({"auto_renew": False}, False),
        ({"metered": True}, False),
        ({"currency": "USD"}, False),
        ({"interval": YEAR}, False),
    ],
)
def test_who_renews_at_this_price_is_meant(
    container: Container, shop: dict[str, int], alice: int, columns: dict[str, Any], is_meant: bool
) -> None:
    subscription_id = subscribe(container, alice, shop["crm-connector"], **columns)
    subscribe(container, alice, shop["mail-connector"])
    campaign_id = draft(container, planned(container, shop["crm-connector"]))
    assert meant(container, campaign_id) == ([subscription_id] if is_meant else [])


def test_a_pending_switch_decides_which_price_is_meant(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    connector_id = shop["crm-connector"]
    to_year = {
        "renewal_interval": YEAR,
        "renewal_price_version_id": version_id(container, connector_id, YEAR),
    }
    to_month = {"renewal_interval": MONTH, "renewal_price_version_id": version_id(container, connector_id)}
    subscribe(container, alice, connector_id, **to_year)
    switched = subscribe(container, alice, connector_id, interval=YEAR, **to_month)
    assert meant(container, draft(container, planned(container, connector_id))) == [switched]


def test_an_audience_is_narrowed_by_date_and_by_customer(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    connector_id, now = shop["crm-connector"], container.clock.now()
    bob = create_customer(container, "bob@example.com")
    old, new = (
        subscribe(container, alice, connector_id, first_paid_at=now - days * DAY) for days in (100, 50)
    )
    of_bob = subscribe(container, bob, connector_id, first_paid_at=now - 100 * DAY)
    for audience, expected in (
        (Audience(), [old, new, of_bob]),
        (Audience(subscribed_before=now - 50 * DAY), [old, of_bob]),
        (Audience(customer_ids=(alice, 10**9)), [old, new]),
        (Audience(subscribed_before=now - 50 * DAY, customer_ids=(alice,)), [old]),
    ):
        campaign_id = draft(container, planned(container, connector_id, audience=audience))
        assert meant(container, campaign_id) == expected


def test_the_dry_run_counts_heads_money_and_who_keeps_the_old_price_once_more(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    connector_id, now = shop["crm-connector"], container.clock.now()
    bob = create_customer(container, "bob@example.com")
    dear = new_version(container, connector_id, 120_000, now - 400 * DAY)
    inside = subscribe(container, alice, connector_id, period_end=now + 10 * DAY)
    outside = subscribe(container, alice, connector_id, period_end=now + 30 * DAY)
    same = subscribe(container, bob, connector_id, price_version_id=dear)
    campaign_id = draft(container, planned(container, connector_id))
    found = totals(container, campaign_id)
    assert replace(found, digest="") == CampaignTotals(
        subscriptions=3,
        customers=2,
        changed=2,
        kept_once_more=1,
        monthly_before=Money(318_000, "RUB"),
        monthly_after=Money(360_000, "RUB"),
        first_change_at=now + 30 * DAY,
        last_change_at=datetime.fromisoformat("2026-04-12T09:00:00Z"),
        digest="",
    )
    with container.transactions.reading() as repositories:
        row = repositories.price_campaigns.get(campaign_id)
        effects = campaign_effects(repositories, campaign=row, now=now)
        assert {each.subscriber.subscription_id: each.pays_from for each in effects} == {
            inside: found.last_change_at,
            outside: found.first_change_at,
            same: None,
        }


def test_an_invoiced_period_keeps_its_price(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    connector_id, now = shop["crm-connector"], clock.now()
    subscription_id = subscribe(container, alice, connector_id, nominal_period_end=now + 5 * DAY)
    cheaper = planned(container, connector_id, price=Money(50_000, "RUB"))
    campaign_id = draft(container, cheaper)
    assert totals(container, campaign_id).first_change_at == now + 10 * DAY
    invoice_id = invoice_next_period(container, subscription_id, now + 36 * DAY)
    assert totals(container, campaign_id).first_change_at == now + 36 * DAY
    with container.transactions.begin(FACTORY) as work:
        work.invoices.get(invoice_id).lines[0].released_at = now
    assert totals(container, campaign_id).first_change_at == now + 10 * DAY


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
    seen = totals(container, campaign_id).digest
    outcomes = at_once(*[partial(launch, container, campaign_id, digest=seen) for _ in range(4)])
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
    seen = totals(container, campaign_id).digest
    if other == "somebody subscribes":
        subscribe(container, alice, connector_id)
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(subscription_id)
        if other == "somebody leaves":
            row.auto_renew = False
        if other == "somebody's price changes":
            row.price_version_id = cheap
    with pytest.raises(BillingError) as refusal:
        launch(container, campaign_id, digest=seen)
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
