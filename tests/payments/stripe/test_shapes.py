"""The double's objects against Stripe's own examples.

They stand beside the project (../shared/stripe) and are no part of it; their absence is said aloud.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from app.billing.catalogue_sync import CatalogueItem, CataloguePrice
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.provider import SetupRequest
from app.payments.stripe import StripeCatalogue, StripeProvider, StripeSettings
from tests.payments.stripe.conftest import BACK, RequestMaker
from tests.payments.stripe.double import cards, customer
from tests.payments.stripe.double.books import Books
from tests.payments.stripe.refunding import order_for

FILE = Path(__file__).parents[4] / "shared" / "stripe" / "fixtures3.json"
EXAMPLES: dict[str, Any] = json.loads(FILE.read_text("utf-8"))["resources"] if FILE.is_file() else {}
KINDS = {
    "charge",
    "checkout.session",
    "customer",
    "dispute",
    "event",
    "payment_intent",
    "payment_method",
    "price",
    "product",
    "refund",
    "setup_intent",
}
OPTIONAL = {"card": set(), "outcome": {"risk_level"}}
"""Fields that Stripe documents and its examples leave out: Radar's word stands only on charges of Radar."""


def test_it_is_said_when_the_examples_are_absent(capfd: pytest.CaptureFixture[str]) -> None:
    if not EXAMPLES:
        with capfd.disabled():
            sys.stderr.write("\nNOT RUN: shapes of Stripe's objects, ../shared/stripe is absent.\n")
    assert (set(EXAMPLES) >= KINDS) is FILE.is_file()


def test_every_field_of_the_double_is_one_of_stripes(
    provider: StripeProvider, settings: StripeSettings, books: Books, request_for: RequestMaker
) -> None:
    live_through_everything(provider, settings, books, request_for)
    assert {body["object"] for body in books.objects.values()} == KINDS
    strange = {
        (body["object"], name)
        for body in books.objects.values()
        for name in names_beyond(body, EXAMPLES.get(body["object"], body))
    }
    assert strange == set()


def live_through_everything(
    provider: StripeProvider, settings: StripeSettings, books: Books, request_for: RequestMaker
) -> None:
    """Leave at least one object of every kind in the books."""
    page = request_for()
    provider.open_checkout(page)
    customer.pay(books, page.attempt_id, cards.DECLINED)
    customer.pay(books, page.attempt_id)
    paid = provider.find(page.attempt_id)
    provider.charge(request_for(books.save_card(cards.CONFIRM)))
    provider.refund(order_for(paid))
    provider.open_setup(SetupRequest("setup-1", "42", BACK, "RUB"))
    customer.save_card(books, "setup-1")
    customer.dispute(books, paid.reference or "")
    price = CataloguePrice(1, BillingInterval.MONTH, Money(150_000, "RUB"), active=True)
    StripeCatalogue(settings).publish(CatalogueItem("crm-connector", "CRM", (price,), active=True))


def names_beyond(body: dict[str, Any], example: dict[str, Any]) -> set[str]:
    """Names in the body that the example lacks, also in the parts that the adapter reads."""
    beyond = set(body) - set(example)
    for part, optional in OPTIONAL.items():
        if isinstance(body.get(part), dict) and isinstance(example.get(part), dict):
            beyond |= set(body[part]) - set(example[part]) - optional
    return beyond
