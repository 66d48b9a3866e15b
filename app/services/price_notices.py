"""The notices of launched price campaigns: every subscriber meant is told, once, with a proof (G5).

No list is made at the launch: whoever is meant and was not told yet is told by a sweep, also who turned
auto-renewal on again or paid an old order since. So stopping in the middle, running twice or on two
machines loses and doubles nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from app.billing.actors import Actor
from app.billing.mail import MailKind
from app.billing.price_change import applies_from
from app.models import PriceNotice
from app.services.bulk import BulkResult, customer_chunks, in_chunks
from app.services.unit_of_work import Transactions, UnitOfWork

ACTOR = Actor.system("price-campaign")
LATECOMERS_EVERY = timedelta(days=1)
"""How often a campaign that has told everyone looks for those who came since: it reads all subscribers."""


def continue_launched(transactions: Transactions, *, now: datetime) -> BulkResult:
    """Tell everyone whom launched campaigns mean and who was not told yet: one mail a customer.

    The campaign with the latest price goes first: who is told of it need not hear of older ones.
    """
    with transactions.reading() as repositories:
        campaign_ids = repositories.price_campaigns.to_continue(now - LATECOMERS_EVERY)
    result = BulkResult()
    for campaign_id in campaign_ids:
        _continue(transactions, campaign_id, now, result)
    return result


def _continue(transactions: Transactions, campaign_id: int, now: datetime, result: BulkResult) -> None:
    def tell(subscription_ids: Sequence[int]) -> None:
        with transactions.begin(ACTOR) as work:
            _tell(work, campaign_id, subscription_ids, now)

    def park(subscription_id: int, code: str) -> None:
        with transactions.begin(ACTOR) as work:
            kind = f"price_campaign:{code}"[:64]
            work.ask_staff(kind, "subscription", subscription_id, None, now)

    with transactions.reading() as repositories:
        campaign = repositories.price_campaigns.get(campaign_id)
        untold = repositories.price_campaigns.untold_ids(campaign)
    if not untold:
        with transactions.begin(ACTOR) as work:
            work.price_campaigns.get(campaign_id, lock=True).everyone_told_at = now
    for chunk in customer_chunks(untold):
        told = in_chunks([subscription_id for subscription_id, _ in chunk], tell, park, len(chunk))
        result.handled += told.handled
        result.parked += told.parked


def _tell(work: UnitOfWork, campaign_id: int, subscription_ids: Sequence[int], now: datetime) -> None:
    """Write the notices and promise the mails. The locks make a second teller see the first one's."""
    campaign = work.price_campaigns.get(campaign_id)
    assert campaign.new_price_version_id is not None, "the launch makes the price"
    work.subscriptions.locked(subscription_ids)
    untold = work.price_campaigns.untold(campaign, subscription_ids)
    notices: dict[int, list[int]] = defaultdict(list)
    for each, notice_id in zip(untold, work.take_ids(PriceNotice, len(untold)), strict=True):
        notices[each.customer_id].append(notice_id)
        work.insert(
            PriceNotice(
                id=notice_id,
                campaign_id=campaign_id,
                customer_id=each.customer_id,
                subscription_id=each.subscription_id,
                old_price_version_id=each.price_version_id,
                new_price_version_id=campaign.new_price_version_id,
                noticed_at=now,
                applies_from=applies_from(now, campaign.valid_from),
            )
        )
    for customer_id, ids in notices.items():
        work.promise_mail(MailKind.PRICE_CHANGE, customer_id, dedupe_key=str(ids[0]), price_notice_ids=ids)
