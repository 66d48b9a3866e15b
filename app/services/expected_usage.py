"""What operations used this month cost so far: for the notice of a bill and for pages (I1, G2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.billing.metering import month_of, price_of
from app.billing.money import Money
from app.models import Subscription
from app.services.unit_of_work import Repositories


@dataclass(frozen=True, slots=True)
class UsedSoFar:
    """How many operations a subscription used in a month, and their price, VAT inside."""

    month: date
    """Its first day."""
    operations: int
    cost: Money


def used_so_far(
    repositories: Repositories, rows: Sequence[Subscription], now: datetime
) -> dict[int, UsedSoFar]:
    """What each subscription used in the month that runs, by its id, at the prices of today.

    Those that are not paid per operation, or are sold so no more, are left out.
    """
    month, metered = month_of(now), [row for row in rows if row.metered]
    if not metered:
        return {}
    operations = repositories.metering.used([row.id for row in metered], month)
    prices = repositories.metering.prices({row.connector_id for row in metered}, now)
    return {
        row.id: UsedSoFar(month, used, price_of(used, price.amount, price.operations))
        for row in metered
        if (price := prices.get((row.connector_id, row.currency))) is not None
        for used in [operations.get(row.id, 0)]
    }
