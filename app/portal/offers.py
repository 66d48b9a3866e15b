"""Connectors with their prices, as the catalogue shows them (B1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.models import Connector, ConnectorPricing, OperationPrice
from app.portal.visit import Visit
from app.services.unit_of_work import Repositories

GUEST_CURRENCY = {"ru": "RUB", "en": "USD"}
EVERYWHERE = "RUB"


@dataclass(frozen=True, slots=True)
class Offer:
    """A connector and what it costs; a price is None where it is not sold for that period."""

    connector: Connector
    monthly: Money | None
    yearly: Money | None
    operations: OperationPrice | None = None
    """What operations cost where they are paid for (I1)."""

    @property
    def saving_percent(self) -> int:
        """How much cheaper a year is than twelve months; 0 when it is not."""
        if self.monthly is None or self.yearly is None:
            return 0
        twelve = self.monthly.minor * 12
        return max(0, round((twelve - self.yearly.minor) * 100 / twelve))

    @property
    def sold(self) -> bool:
        """Whether it can be put into the cart."""
        return self.monthly is not None or self.yearly is not None


def published_offers(repositories: Repositories, visit: Visit) -> list[Offer]:
    """Everything that is sold, by name, in the visitor's currency."""
    return _offers(repositories, visit, repositories.connectors.published())


def offer_of(repositories: Repositories, visit: Visit, slug: str) -> Offer:
    """One connector with its change log. Raises NotFound."""
    (offer,) = _offers(repositories, visit, [repositories.connectors.published_by_slug(slug)])
    return offer


def _offers(repositories: Repositories, visit: Visit, connectors: Sequence[Connector]) -> list[Offer]:
    ids = [connector.id for connector in connectors]
    currency = visit.customer.currency if visit.customer else GUEST_CURRENCY[visit.locale]
    prices = repositories.connectors.prices(ids, currency, visit.now)
    if visit.customer is None and not prices and currency != EVERYWHERE:
        currency = EVERYWHERE
        prices = repositories.connectors.prices(ids, currency, visit.now)

    per_operation = [each.id for each in connectors if each.pricing is ConnectorPricing.OPERATION]
    operations = repositories.metering.prices(per_operation, visit.now) if per_operation else {}

    def price(connector: Connector, interval: BillingInterval) -> Money | None:
        found = prices.get((connector.id, interval, currency))
        return None if found is None else found.amount

    return [
        Offer(
            connector=each,
            monthly=price(each, BillingInterval.MONTH),
            yearly=price(each, BillingInterval.YEAR),
            operations=operations.get((each.id, currency)),
        )
        for each in connectors
    ]
