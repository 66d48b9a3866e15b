"""Every change of the catalogue reaches the providers that keep a copy of it, however it was made (H2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from app.billing.catalogue_sync import CatalogueItem
from app.billing.money import Money
from app.bootstrap import Container
from app.models import CataloguePublication, ConnectorStatus
from app.services.catalogue_sync import sync_catalogue
from app.services.prices import NewPrice, add_price
from tests.clock import ManualClock
from tests.factories import FACTORY, rows

CRM = "crm-connector"


@dataclass
class Shelf:
    """A provider that shows what it was told last."""

    items: dict[str, CatalogueItem] = field(default_factory=dict)
    told: int = 0
    deaf: bool = False

    def publish(self, item: CatalogueItem) -> bool:
        """Take it, unless nothing is heard."""
        if self.deaf:
            return False
        self.told += 1
        self.items[item.slug] = item
        return True


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def sync(container: Container, shelf: Shelf) -> int:
    return sync_catalogue(
        container.transactions,
        {"stripe": shelf},
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )


def active(shelf: Shelf) -> dict[tuple[str, int], bool]:
    prices = shelf.items[CRM].prices
    return {
        (each.interval.value, each.amount.minor): each.active for each in prices if is_rouble(each.amount)
    }


def is_rouble(amount: Money) -> bool:
    return amount.currency == "RUB"


def test_every_connector_is_told_once(container: Container, shop: dict[str, int], shelf: Shelf) -> None:
    assert sync(container, shelf) == len(shop)
    assert sync(container, shelf) == 0
    assert shelf.told == len(shop)
    assert set(shelf.items) == set(shop)
    assert shelf.items[CRM].active
    assert all(active(shelf).values())


def test_a_new_price_is_told_at_once_and_the_old_one_retired_on_its_day(
    container: Container, clock: ManualClock, shop: dict[str, int], shelf: Shelf
) -> None:
    sync(container, shelf)
    old = set(active(shelf))
    price = NewPrice(shop[CRM], Money(200_000, "RUB"), clock.now() + timedelta(days=30))
    add_price(container.transactions, actor=FACTORY, price=price, now=clock.now())

    assert sync(container, shelf) == 1
    assert len(active(shelf)) == len(old) + 2
    assert all(active(shelf).values()), "both are sold: one until the other begins"

    clock.advance(days=30)
    assert sync(container, shelf) == 1
    assert {key for key, sold in active(shelf).items() if not sold} == old


def test_a_connector_that_is_no_longer_sold_is_told_so_and_a_draft_never(
    container: Container, shop: dict[str, int], shelf: Shelf
) -> None:
    sync(container, shelf)
    other = next(slug for slug in shop if slug != CRM)
    with container.transactions.begin(FACTORY) as work:
        work.connectors.get(shop[CRM]).status = ConnectorStatus.RETIRED
        work.connectors.get(shop[other]).status = ConnectorStatus.DRAFT

    assert sync(container, shelf) == 1

    assert not shelf.items[CRM].active


def test_what_got_no_answer_is_told_again(container: Container, shop: dict[str, int], shelf: Shelf) -> None:
    shelf.deaf = True
    assert sync(container, shelf) == 0
    assert rows(container, CataloguePublication) == []

    shelf.deaf = False
    assert sync(container, shelf) == len(shop)


@pytest.mark.usefixtures("shop")
def test_without_such_a_provider_nothing_is_read(container: Container) -> None:
    now = container.clock.now()
    assert sync_catalogue(container.transactions, {}, now=now, real_now=now) == 0
