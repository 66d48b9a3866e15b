"""PayPal's double and the provider that speaks to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.payments.paypal.provider import PayPalProvider
from app.payments.paypal.settings import PayPalSettings
from tests.clock import ManualClock
from tests.payments.paypal.double.order_book import MemoryBook
from tests.payments.paypal.double.server import CLIENT, WEBHOOK_ID, PayPalDouble


@pytest.fixture
def paypal(clock: ManualClock) -> Iterator[PayPalDouble]:
    """The double; whatever was said on either side must have been said as PayPal describes it."""
    with PayPalDouble(clock) as double:
        yield double
    assert double.complaints == []


@pytest.fixture
def book() -> MemoryBook:
    return MemoryBook()


@pytest.fixture
def settings(paypal: PayPalDouble) -> PayPalSettings:
    return PayPalSettings(*CLIENT, webhook_id=WEBHOOK_ID, base_url=paypal.url)


@pytest.fixture
def provider(settings: PayPalSettings, clock: ManualClock, book: MemoryBook) -> PayPalProvider:
    return PayPalProvider(settings, clock, book)
