"""Products and prices at Stripe: a mirror of ours, however often it is held up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.billing.catalogue_sync import CatalogueItem, CatalogueMirror, CataloguePrice
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.payments.stripe import StripeCatalogue, StripeSettings
from tests.clock import ManualClock
from tests.payments.stripe.double.books import Books
from tests.payments.stripe.double.provider import Double, Misdeed

MONTH = CataloguePrice(1, BillingInterval.MONTH, Money(150_000, "RUB"), active=True)
YEAR = CataloguePrice(2, BillingInterval.YEAR, Money(1_530_000, "RUB"), active=True)
ITEM = CatalogueItem("crm-connector", "CRM", (MONTH, YEAR), active=True)


@pytest.fixture
def mirror(settings: StripeSettings) -> CatalogueMirror:
    return StripeCatalogue(settings)


def test_a_connector_has_one_product_and_a_price_per_version(
    mirror: CatalogueMirror, books: Books, clock: ManualClock
) -> None:
    assert mirror.publish(ITEM)
    clock.advance(days=2)
    assert mirror.publish(ITEM)
    (product,) = books.every("product")
    assert (product["id"], product["name"], product["active"]) == ("connector_crm-connector", "CRM", True)
    assert [
        (price["unit_amount"], price["currency"], price["recurring"]["interval"], price["tax_behavior"])
        for price in books.every("price")
    ] == [(150_000, "rub", "month", "inclusive"), (1_530_000, "rub", "year", "inclusive")]
    assert {price["product"] for price in books.every("price")} == {product["id"]}


def test_a_change_of_price_is_another_price_and_the_old_one_is_retired(
    mirror: CatalogueMirror, books: Books
) -> None:
    mirror.publish(ITEM)
    dearer = replace(MONTH, price_version_id=3, amount=Money(200_000, "RUB"))
    assert mirror.publish(replace(ITEM, prices=(replace(MONTH, active=False), YEAR, dearer)))
    assert [(each["unit_amount"], each["active"]) for each in books.every("price")] == [
        (150_000, False),
        (1_530_000, True),
        (200_000, True),
    ]


def test_a_price_that_was_over_before_it_was_published_is_retired_at_once(
    mirror: CatalogueMirror, books: Books
) -> None:
    assert mirror.publish(replace(ITEM, prices=(replace(MONTH, active=False),)))
    (price,) = books.every("price")
    assert not price["active"]


def test_a_renamed_or_withdrawn_connector_is_so_at_stripe(mirror: CatalogueMirror, books: Books) -> None:
    mirror.publish(ITEM)
    assert mirror.publish(replace(ITEM, name="CRM 2", active=False))
    (product,) = books.every("product")
    assert (product["name"], product["active"]) == ("CRM 2", False)


def test_a_price_that_somebody_made_different_is_not_called_published(
    mirror: CatalogueMirror, books: Books
) -> None:
    mirror.publish(ITEM)
    books.every("price")[0]["unit_amount"] = 1
    assert not mirror.publish(ITEM)


@pytest.mark.parametrize(
    "request_", ["GET /v1/products", "POST /v1/products", "GET /v1/prices", "POST /v1/prices"]
)
def test_what_was_interrupted_is_finished_the_next_time(
    mirror: CatalogueMirror, double: Double, books: Books, request_: str
) -> None:
    double.misbehave(Misdeed.DROP_AFTER, request_)
    assert not mirror.publish(ITEM)
    assert mirror.publish(ITEM)
    assert len(books.every("product")) == 1
    assert len(books.every("price")) == 2
