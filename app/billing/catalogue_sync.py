"""The catalogue as a provider shows it: products and prices there are a mirror of ours (G5, H2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.billing.money import Money
from app.billing.periods import BillingInterval


@dataclass(frozen=True, slots=True)
class CataloguePrice:
    """One version of the price of one period. A change of price is another version, never an update."""

    price_version_id: int
    interval: BillingInterval
    amount: Money
    active: bool
    """Whether it is sold, now or from its date on. Who renews at an older one is charged by our engine."""


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """A connector with its prices."""

    slug: str
    name: str
    prices: tuple[CataloguePrice, ...]
    active: bool


class CatalogueMirror(Protocol):
    """A provider that keeps products and prices."""

    def publish(self, item: CatalogueItem) -> bool:
        """Make the provider's product and prices equal to ours; twice is once. False without an answer."""
