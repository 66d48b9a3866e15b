"""What staff do in a story of their own accord: compensations for trouble, price changes with notice."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.billing.actors import Actor
from app.billing.compensation import CompensationFacts, CompensationKind
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.models import Connector, PriceVersion
from app.services.compensation import CompensationRequest, approve_compensation, request_compensation
from app.services.price_campaigns import CampaignDraft, draft_campaign, dry_run, launch_campaign
from app.simulation.customers import SimulatedCustomer
from app.simulation.dice import Dice
from app.simulation.life import Life
from app.simulation.shop import CONNECTORS, CURRENCIES, OWNER

SUPPORT = Actor.staff("support")
DAY = timedelta(days=1)
COMPENSATED = 0.0015
"""Of customers on one day: about one in twenty a month."""
REPRICED = 0.008
"""Of days: a new price is planned about three times a year."""
PLANNED_AHEAD = (timedelta(0), timedelta(days=45))


def plan_staff(life: Life) -> None:
    """Let staff do what this day brings, and plan the next."""
    dice = life.world.dice.of("staff", life.now.date())
    for customer in life.people:
        if customer.id and dice.chance(COMPENSATED):
            _compensate(life, customer, dice.of(customer.index))
    if dice.chance(REPRICED):
        _change_price(life, dice.of("price"))
    life.world.agenda.after(DAY, lambda: plan_staff(life))


def _compensate(life: Life, customer: SimulatedCustomer, dice: Dice) -> None:
    """Give days, goodwill or a discount; a second person approves what is large."""
    rows = life.look(customer).subscriptions
    if not rows:
        return
    row = dice.pick(rows)
    facts = _trouble(dice, row.currency)
    subscription_id = None if facts.kind is CompensationKind.BALANCE else row.id
    request = CompensationRequest(customer.id, facts, subscription_id)
    asked: list[int] = []

    def ask() -> None:
        asked.append(
            request_compensation(life.world.transactions, actor=SUPPORT, request=request, now=life.now)
        )

    life.ask(customer, "ask for a compensation", ask)
    if asked:
        life.ask(
            customer,
            "give a compensation",
            lambda: approve_compensation(
                life.world.transactions,
                actor=OWNER,
                compensation_id=asked[0],
                reason="it was our fault",
                now=life.now,
            ),
        )
        customer.changes[row.id] += 1


def _trouble(dice: Dice, currency: str) -> CompensationFacts:
    reason = "the connector stood still"
    match dice.pick(list(CompensationKind)):
        case CompensationKind.EXTRA_DAYS:
            days = dice.weighted({3: 5, 10: 3, 40: 1})
            return CompensationFacts(CompensationKind.EXTRA_DAYS, reason, days=days)
        case CompensationKind.BALANCE:
            amount = Money(dice.whole(1, 90_000), currency)
            return CompensationFacts(CompensationKind.BALANCE, reason, amount=amount)
        case CompensationKind.DISCOUNT:
            percent = dice.pick([1_000, 2_500, 10_000])
            return CompensationFacts(CompensationKind.DISCOUNT, reason, percent=percent)


def _change_price(life: Life, dice: Dice) -> None:
    """Draft a campaign, look at its totals, launch it."""
    slug, interval, currency = (
        dice.pick(sorted(CONNECTORS)),
        dice.pick(list(BillingInterval)),
        dice.pick(CURRENCIES),
    )
    draft = _draft(life, slug, interval, currency, dice)
    drafted: list[int] = []
    life.world.ask(
        "draft a price",
        lambda: drafted.append(
            draft_campaign(life.world.transactions, actor=OWNER, draft=draft, now=life.now)
        ),
    )
    if drafted:
        totals = dry_run(life.world.transactions, campaign_id=drafted[0], now=life.now)
        life.world.ask(
            "launch a price",
            lambda: launch_campaign(
                life.world.transactions,
                actor=OWNER,
                campaign_id=drafted[0],
                digest=totals.digest,
                now=life.now,
            ),
        )


def _draft(life: Life, slug: str, interval: BillingInterval, currency: str, dice: Dice) -> CampaignDraft:
    with life.world.transactions.reading() as repositories:
        newest = repositories.session.scalars(
            select(PriceVersion)
            .join(Connector, Connector.id == PriceVersion.connector_id)
            .where(
                Connector.slug == slug, PriceVersion.interval == interval, PriceVersion.currency == currency
            )
            .order_by(PriceVersion.valid_from.desc())
        ).first()
    assert newest is not None, "everything is sold in both currencies and for both periods"
    percent = dice.pick([-10, 5, 10, 20])
    return CampaignDraft(
        name=f"{slug} {percent:+d} %",
        connector_id=newest.connector_id,
        interval=interval,
        price=Money(newest.amount_minor * (100 + percent) // 100, currency),
        valid_from=life.now + dice.span(*PLANNED_AHEAD),
        announcement_ru="Цена меняется.",
        announcement_en="The price changes.",
    )
