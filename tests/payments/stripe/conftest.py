"""Stripe's adapter before the double, and what its tests say all the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from app.billing.money import Money
from app.billing.payment import ChargeRequest
from app.payments.stripe import StripeProvider, StripeSettings
from tests.clock import ManualClock
from tests.payments.stripe.double.books import Books
from tests.payments.stripe.double.provider import Double
from tests.payments.stripe.double.server import serving

KEY = "sk_test_51NeverInAnyLog0123456789"
SECRETS = ("whsec_present", "whsec_former")
BACK = "https://bpm.example/portal/payments"

RequestMaker = Callable[..., ChargeRequest]


@pytest.fixture
def books(clock: ManualClock) -> Books:
    return Books(clock)


@pytest.fixture
def double(books: Books) -> Double:
    return Double(books)


@pytest.fixture
def settings(double: Double) -> Iterator[StripeSettings]:
    with serving(double) as address:
        yield StripeSettings(
            api_key=KEY,
            webhook_secrets=SECRETS,
            return_url=BACK,
            base_url=address,
            read_timeout=timedelta(seconds=0.4),
        )


@pytest.fixture
def provider(settings: StripeSettings, clock: ManualClock) -> StripeProvider:
    return StripeProvider(settings, clock)


@pytest.fixture
def request_for() -> RequestMaker:
    """Makes the request of a new attempt; with a token to charge a saved card."""

    def make(token: str | None = None, minor: int = 150_000, currency: str = "RUB") -> ChargeRequest:
        return ChargeRequest(
            attempt_id=str(uuid4()),
            amount=Money(minor, currency),
            description="BPM-2026-000017",
            customer_reference="42",
            method_token=token,
            return_url=None if token else BACK,
        )

    return make
