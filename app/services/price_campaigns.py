"""Price campaigns (G5): drafted, looked at with their totals, launched or given up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from app.billing.actors import Actor
from app.billing.errors import Conflict, InvalidInput, NotFound
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.price_campaign import (
    CAMPAIGN_TRANSITIONS,
    Audience,
    CampaignStatus,
    CampaignTotals,
    Subscriber,
    campaign_totals,
    pays_from,
)
from app.models import PriceCampaign, PriceVersion
from app.services.unit_of_work import Repositories, Transactions, UnitOfWork


class AudienceChanged(Conflict):
    """Who is meant, or what they pay, is not what the person saw before the launch."""

    code = "AUDIENCE_CHANGED"


@dataclass(frozen=True, slots=True)
class CampaignDraft:
    """A planned price of one period, VAT inside, with what subscribers are told about it."""

    name: str
    connector_id: int
    interval: BillingInterval
    price: Money
    valid_from: datetime
    announcement_ru: str
    announcement_en: str
    audience: Audience = field(default_factory=Audience)


@dataclass(frozen=True, slots=True)
class CampaignEffect:
    """What a campaign launched now brings for one subscription."""

    subscriber: Subscriber
    pays_from: datetime | None
    """The renewal from which the new price is paid; None: it is paid already."""


def draft_campaign(transactions: Transactions, *, actor: Actor, draft: CampaignDraft, now: datetime) -> int:
    """Write a draft down; its id. Nobody is told and nothing is sold at the price yet.

    Raises InvalidInput (PRICE_NOT_POSITIVE, PRICE_IN_THE_PAST, ANNOUNCEMENT_EMPTY), NotFound for an
    unknown connector or one that is not sold so (PRICE_NOT_FOUND), Conflict (PRICE_PLANNED) when
    another price is planned for later.
    """
    _require_sense(draft, now)
    with transactions.begin(actor) as work:
        work.connectors.get(draft.connector_id)
        replaced = _replaced_price(
            work, draft.connector_id, draft.interval, draft.price.currency, draft.valid_from
        )
        campaign = work.price_campaigns.add(
            PriceCampaign(
                name=draft.name,
                connector_id=draft.connector_id,
                interval=draft.interval,
                currency=draft.price.currency,
                old_amount_minor=replaced.amount_minor,
                new_amount_minor=draft.price.minor,
                audience=draft.audience.as_json(),
                announcement_ru=draft.announcement_ru,
                announcement_en=draft.announcement_en,
                valid_from=draft.valid_from,
                status=CampaignStatus.DRAFT,
                created_by=actor.identity,
                created_at=now,
            )
        )
        work.record_status("price_campaign", campaign.id, None, CampaignStatus.DRAFT, "drafted", now)
        work.audit("price_campaign.draft", "price_campaign", campaign.id, now=now, details=_terms(campaign))
        return campaign.id


def dry_run(transactions: Transactions, *, campaign_id: int, now: datetime) -> CampaignTotals:
    """What a draft would bring if it were launched now; the launch takes its digest back."""
    with transactions.reading() as repositories:
        return _totals(repositories, repositories.price_campaigns.get(campaign_id), now)


def campaign_effects(
    repositories: Repositories, *, campaign: PriceCampaign, now: datetime
) -> Iterator[CampaignEffect]:
    """What a draft would bring for each subscription, in the order of their ids, as a stream."""
    for subscriber in repositories.price_campaigns.subscribers(campaign):
        yield CampaignEffect(subscriber, pays_from(subscriber, campaign.planned, now))


def launch_campaign(
    transactions: Transactions, *, actor: Actor, campaign_id: int, digest: str, now: datetime
) -> None:
    """Sell at the new price from its instant on, at once when that has passed, and let
    `price_notices.continue_launched` tell the subscribers. Launching twice is launching once.

    Raises AudienceChanged unless `digest` is that of a dry run now, IllegalTransition for a canceled
    campaign, Conflict when the price was changed since the draft (PRICE_CHANGED), another one is planned
    for later (PRICE_PLANNED) or begins at this very instant (PRICE_EXISTS).
    """
    try:
        with transactions.begin(actor) as work:
            campaign = work.price_campaigns.get(campaign_id, lock=True)
            if campaign.status is not CampaignStatus.LAUNCHED:
                _launch(work, campaign, digest, now)
    except IntegrityError as error:
        raise Conflict("a price from this instant exists", code="PRICE_EXISTS") from error


def cancel_campaign(transactions: Transactions, *, actor: Actor, campaign_id: int, now: datetime) -> None:
    """Give a draft up. Raises IllegalTransition for a campaign that is no draft any more."""
    with transactions.begin(actor) as work:
        campaign = work.price_campaigns.get(campaign_id, lock=True)
        _move(work, campaign, CampaignStatus.CANCELED, "given up", now)
        work.audit("price_campaign.cancel", "price_campaign", campaign_id, now=now)


def _launch(work: UnitOfWork, campaign: PriceCampaign, digest: str, now: datetime) -> None:
    work.connectors.get(campaign.connector_id, lock=True)  # two campaigns of one price: one after the other
    _move(work, campaign, CampaignStatus.LAUNCHED, "launched", now)
    campaign.launched_by, campaign.launched_at = work.actor.identity, now
    campaign.valid_from = max(campaign.valid_from, now)
    replaced = _replaced_price(
        work, campaign.connector_id, campaign.interval, campaign.currency, campaign.valid_from
    )
    if replaced.amount != campaign.old_amount:
        raise Conflict("the price was changed since the draft", code="PRICE_CHANGED")
    totals = _totals(work, campaign, now)
    if totals.digest != digest:
        raise AudienceChanged
    campaign.new_price_version_id = _add_version(work, campaign).id
    details = _terms(campaign) | {"totals": _written(totals)}
    work.audit("price_campaign.launch", "price_campaign", campaign.id, now=now, details=details)


def _add_version(work: UnitOfWork, campaign: PriceCampaign) -> PriceVersion:
    version = PriceVersion(
        connector_id=campaign.connector_id,
        interval=campaign.interval,
        currency=campaign.currency,
        amount_minor=campaign.new_amount_minor,
        valid_from=campaign.valid_from,
    )
    work.session.add(version)
    work.session.flush()
    return version


def _replaced_price(
    work: UnitOfWork, connector_id: int, interval: BillingInterval, currency: str, valid_from: datetime
) -> PriceVersion:
    """The price that a new one from this instant takes the place of. It must be the last one: versions
    follow each other in the order in which they come into force, and so do their notices.
    """
    newest = work.price_campaigns.newest_version(connector_id, interval, currency)
    if newest is None:
        raise NotFound("the connector is not sold so", code="PRICE_NOT_FOUND")
    if newest.valid_from >= valid_from:
        raise Conflict("another price is planned for later", code="PRICE_PLANNED")
    return newest


def _require_sense(draft: CampaignDraft, now: datetime) -> None:
    if draft.price.minor <= 0:
        raise InvalidInput("a price is positive", code="PRICE_NOT_POSITIVE")
    if draft.valid_from < now:
        raise InvalidInput("a price can't hold from the past", code="PRICE_IN_THE_PAST")
    if not (draft.announcement_ru.strip() and draft.announcement_en.strip()):
        raise InvalidInput("subscribers are told why, in both languages", code="ANNOUNCEMENT_EMPTY")


def _move(
    work: UnitOfWork, campaign: PriceCampaign, status: CampaignStatus, reason: str, now: datetime
) -> None:
    CAMPAIGN_TRANSITIONS.check(campaign.status, status)
    work.record_status("price_campaign", campaign.id, campaign.status, status, reason, now)
    campaign.status = status


def _totals(repositories: Repositories, campaign: PriceCampaign, now: datetime) -> CampaignTotals:
    return campaign_totals(repositories.price_campaigns.subscribers(campaign), campaign.planned, now)


def _terms(campaign: PriceCampaign) -> dict[str, object]:
    return {
        "connector_id": campaign.connector_id,
        "interval": campaign.interval,
        "currency": campaign.currency,
        "old_minor": campaign.old_amount_minor,
        "new_minor": campaign.new_amount_minor,
        "valid_from": campaign.valid_from.isoformat(),
        "audience": campaign.audience,
    }


def _written(totals: CampaignTotals) -> dict[str, object]:
    return {
        "subscriptions": totals.subscriptions,
        "customers": totals.customers,
        "changed": totals.changed,
        "kept_once_more": totals.kept_once_more,
        "monthly_before_minor": totals.monthly_before.minor,
        "monthly_after_minor": totals.monthly_after.minor,
        "digest": totals.digest,
    }
