"""Price campaigns: drafted, and seen with whom they mean and what they bring (G5)."""

from dataclasses import replace
from datetime import datetime, timedelta
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
from app.services.price_campaigns import campaign_effects, dry_run
from tests.clock import ManualClock
from tests.factories import FACTORY, create_customer, rows
from tests.services.campaigns import draft, planned
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
