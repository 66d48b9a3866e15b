"""What the seller offers beside the catalogue: promo codes, and price changes on their way."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.billing.money import Money
from app.billing.periods import BillingInterval, local_date, start_of_local_day
from app.billing.promotions import PromoDuration
from app.demo.seed.staff import ADMIN
from app.demo.seed.stage import Stage
from app.demo.seed.timeline import Story
from app.services.price_campaigns import CampaignDraft, draft_campaign, dry_run, launch_campaign
from app.services.promotions import NewPromoCode, create_promo_code

DAY = timedelta(days=1)
PROMO_CODE = "START20"
DEARER, DEARER_PRICE = "bitrix24", Money(169_000, "RUB")
PLANNED, PLANNED_PRICE = "amocrm", Money(149_000, "RUB")


def add_promo_codes(stage: Stage, now: datetime) -> None:
    """A code for newcomers, and one of a partner that has ended."""
    for code in (
        NewPromoCode(code=PROMO_CODE, percent=2_000, valid_from=stage.now, max_redemptions=500),
        NewPromoCode(
            code="PARTNER10",
            percent=1_000,
            duration=PromoDuration.EVERY,
            valid_from=stage.now,
            valid_until=now - 60 * DAY,
        ),
    ):
        create_promo_code(stage.transactions, actor=ADMIN, new=code, now=stage.now)


def price_changes(stage: Stage, now: datetime) -> Story:
    """A rise that was launched ten days ago, thirty days before it holds, and one that is a draft yet."""
    holds_from = start_of_local_day(local_date(now + 21 * DAY))
    yield now - 12 * DAY
    campaign_id = _draft(stage, DEARER, DEARER_PRICE, holds_from)
    yield now - 10 * DAY
    seen = dry_run(stage.transactions, campaign_id=campaign_id, now=stage.now)
    launch_campaign(
        stage.transactions, actor=ADMIN, campaign_id=campaign_id, digest=seen.digest, now=stage.now
    )
    yield now - 1.5 * DAY
    _draft(stage, PLANNED, PLANNED_PRICE, start_of_local_day(local_date(now + 45 * DAY)))


def _draft(stage: Stage, slug: str, price: Money, valid_from: datetime) -> int:
    with stage.transactions.reading() as repositories:
        connector = repositories.connectors.published_by_slug(slug)
    draft = CampaignDraft(
        name=f"{connector.name}: цена месяца с {local_date(valid_from):%d.%m.%Y}",
        connector_id=connector.id,
        interval=BillingInterval.MONTH,
        price=price,
        valid_from=valid_from,
        announcement_ru="За год в коннекторе появилось больше операций, и поддерживать его стало дороже.",
        announcement_en="The connector has gained operations during the year and costs more to maintain.",
    )
    return draft_campaign(stage.transactions, actor=ADMIN, draft=draft, now=stage.now)
