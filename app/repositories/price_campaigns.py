"""Price campaigns, whom they mean, the notices given by them, and the prices that all of it speaks of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, Subquery, and_, case, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.price_campaign import CampaignStatus, Subscriber
from app.billing.price_change import Notice, Price
from app.billing.subscription import RENEWING
from app.models import InvoiceLine, PriceCampaign, PriceNotice, PriceVersion, Subscription
from app.repositories.base import Repository, one_of

STREAMED = 5_000
"""Rows held in memory at once when a whole audience is read."""


@dataclass(frozen=True, slots=True)
class Untold:
    """A subscription that a launched campaign has to tell of its price."""

    subscription_id: int
    customer_id: int
    price_version_id: int
    """The price before."""


class PriceCampaignRepository(Repository[PriceCampaign]):
    """Campaigns and notices."""

    model = PriceCampaign

    def to_continue(self, finished_before: datetime) -> Sequence[int]:
        """Ids of launched campaigns, the one with the latest price first, without those that had nobody
        left to tell at the instant or since.
        """
        finished = PriceCampaign.everyone_told_at
        return self.session.scalars(
            select(PriceCampaign.id)
            .where(
                PriceCampaign.status == CampaignStatus.LAUNCHED,
                or_(finished.is_(None), finished < finished_before),
            )
            .order_by(PriceCampaign.valid_from.desc(), PriceCampaign.id.desc())
        ).all()

    def newest_version(
        self, connector_id: int, interval: BillingInterval, currency: str
    ) -> PriceVersion | None:
        """The version that comes into force last, or did."""
        return self.session.scalar(
            select(PriceVersion)
            .where(
                PriceVersion.connector_id == connector_id,
                PriceVersion.interval == interval,
                PriceVersion.currency == currency,
            )
            .order_by(PriceVersion.valid_from.desc())
            .limit(1)
        )

    def versions_of(self, connector_ids: Collection[int]) -> dict[int, list[Price]]:
        """Every version of these connectors' prices, past and future, by connector."""
        versions: dict[int, list[Price]] = defaultdict(list)
        query = select(PriceVersion).where(PriceVersion.connector_id.in_(connector_ids))
        for row in self.session.scalars(query):
            versions[row.connector_id].append(_price(row))
        return versions

    def notices_of(self, subscription_ids: Collection[int]) -> dict[int, list[Notice]]:
        """Every notice of these subscriptions, by subscription."""
        notices: dict[int, list[Notice]] = defaultdict(list)
        query = (
            select(PriceNotice, PriceVersion)
            .join(PriceVersion, PriceVersion.id == PriceNotice.new_price_version_id)
            .where(one_of(PriceNotice.subscription_id, subscription_ids))
        )
        for row, version in self.session.execute(query).tuples():
            notices[row.subscription_id].append(Notice(row.id, _price(version), row.applies_from))
        return notices

    def subscribers(self, campaign: PriceCampaign) -> Iterator[Subscriber]:
        """Whom the campaign means, by id of the subscription; read as a stream, any number of them."""
        meant = _meant_by(campaign)
        rows = self.session.execute(
            select(meant).order_by(meant.c.subscription_id), execution_options={"yield_per": STREAMED}
        )
        for row in rows:
            yield Subscriber(
                subscription_id=row.subscription_id,
                customer_id=row.customer_id,
                price=Money(row.price_minor, campaign.currency),
                renews_at=row.renews_at,
                nominal_end=row.nominal_end,
                anchor_day=row.anchor_day,
            )

    def untold_ids(self, campaign: PriceCampaign) -> Sequence[tuple[int, int]]:
        """Subscriptions still to be told, with their customers, by customer."""
        meant = _meant_by(campaign)
        rows = self.session.execute(
            select(meant.c.subscription_id, meant.c.customer_id)
            .where(_is_untold(campaign, meant))
            .order_by(meant.c.customer_id, meant.c.subscription_id)
        )
        return [(row.subscription_id, row.customer_id) for row in rows]

    def untold(self, campaign: PriceCampaign, subscription_ids: Collection[int]) -> list[Untold]:
        """Which of these are still to be told. Whoever asks in order to tell them holds their locks."""
        meant = _meant_by(campaign)
        rows = self.session.execute(
            select(meant.c.subscription_id, meant.c.customer_id, meant.c.version_id)
            .where(_is_untold(campaign, meant), meant.c.subscription_id.in_(subscription_ids))
            .order_by(meant.c.subscription_id)
        )
        return [Untold(row.subscription_id, row.customer_id, row.version_id) for row in rows]

    def told(self, campaign_id: int) -> int:
        """How many subscriptions have had their notice."""
        query = select(func.count()).where(PriceNotice.campaign_id == campaign_id)
        return self.session.scalar(query) or 0


def _meant_by(campaign: PriceCampaign) -> Subquery:
    """The campaign's audience: subscriptions with a renewal ahead for this interval, in this currency.

    `version_id` and `price_minor` are the price that the notices given so far lead to, as
    `price_change.renewal_price` has it once all of them bind.
    """
    agreed, line = aliased(PriceVersion), aliased(InvoiceLine)
    announced = _last_notice(campaign, agreed.valid_from)
    invoiced = and_(
        line.subscription_id == Subscription.id,
        line.period_start == Subscription.period_end,
        line.released_at.is_(None),
    )
    return (
        select(
            Subscription.id.label("subscription_id"),
            Subscription.customer_id,
            func.coalesce(announced.c.id, agreed.id).label("version_id"),
            func.coalesce(announced.c.amount_minor, agreed.amount_minor).label("price_minor"),
            func.coalesce(announced.c.valid_from, agreed.valid_from).label("price_valid_from"),
            func.coalesce(line.period_end, Subscription.period_end).label("renews_at"),
            case((line.id.is_(None), Subscription.nominal_period_end)).label("nominal_end"),
            Subscription.anchor_day,
        )
        .join(
            agreed,
            agreed.id == func.coalesce(Subscription.renewal_price_version_id, Subscription.price_version_id),
        )
        .outerjoin(announced, true())
        .outerjoin(line, invoiced)
        .where(*_conditions(campaign))
        .subquery()
    )


def _conditions(campaign: PriceCampaign) -> Iterator[ColumnElement[bool]]:
    yield Subscription.connector_id == campaign.connector_id
    yield Subscription.currency == campaign.currency
    yield func.coalesce(Subscription.renewal_interval, Subscription.interval) == campaign.interval
    yield Subscription.status.in_(RENEWING)
    yield Subscription.auto_renew.is_(True)
    yield ~Subscription.metered
    audience = campaign.meant()
    if audience.subscribed_before is not None:
        yield Subscription.first_paid_at < audience.subscribed_before
    if audience.customer_ids is not None:
        yield Subscription.customer_id.in_(audience.customer_ids)


def _last_notice(campaign: PriceCampaign, agreed_from: InstrumentedAttribute[datetime]) -> FromClause:
    """The price of the last notice that changes what the customer agreed to."""
    return (
        select(PriceVersion.id, PriceVersion.amount_minor, PriceVersion.valid_from)
        .join(PriceNotice, PriceNotice.new_price_version_id == PriceVersion.id)
        .where(
            PriceNotice.subscription_id == Subscription.id,
            PriceVersion.interval == campaign.interval,
            PriceVersion.valid_from > agreed_from,
        )
        .order_by(PriceNotice.applies_from.desc(), PriceNotice.id.desc())
        .limit(1)
        .lateral()
    )


def _is_untold(campaign: PriceCampaign, meant: Subquery) -> ColumnElement[bool]:
    """Told neither of this price nor of a later one, and paying another.

    So a notice is given once, a newer campaign takes the place of an older one, and who bought at the
    new price is left alone.
    """
    earlier = meant.c.price_valid_from < campaign.valid_from
    return earlier & (meant.c.price_minor != campaign.new_amount_minor)


def _price(row: PriceVersion) -> Price:
    return Price(row.id, row.amount, row.interval, row.valid_from)
