"""How tests of price campaigns speak: a plan, its draft, its launch after a look."""

from __future__ import annotations

from typing import Any

from app.billing.actors import Actor
from app.billing.money import Money
from app.bootstrap import Container
from app.services.price_campaigns import CampaignDraft, draft_campaign, dry_run, launch_campaign
from tests.services.subscribers import MONTH

ADMIN = Actor.staff("admin")


def planned(container: Container, connector_id: int, **changes: Any) -> CampaignDraft:
    """1200 roubles a month from now on for everyone, unless said otherwise."""
    values: dict[str, Any] = {
        "name": "Spring",
        "connector_id": connector_id,
        "interval": MONTH,
        "price": Money(120_000, "RUB"),
        "valid_from": container.clock.now(),
        "announcement_ru": "Дорожает электричество.",
        "announcement_en": "Electricity costs more.",
    }
    return CampaignDraft(**(values | changes))


def draft(container: Container, plan: CampaignDraft) -> int:
    """Draft it; the campaign's id."""
    return draft_campaign(container.transactions, actor=ADMIN, draft=plan, now=container.clock.now())


def launch(container: Container, campaign_id: int, digest: str | None = None) -> None:
    """Launch it as it looks now, or as it was seen before."""
    now = container.clock.now()
    seen = digest or dry_run(container.transactions, campaign_id=campaign_id, now=now).digest
    launch_campaign(container.transactions, actor=ADMIN, campaign_id=campaign_id, digest=seen, now=now)
