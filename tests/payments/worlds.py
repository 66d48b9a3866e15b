"""Stripe and PayPal as the product meets them: its own adapter before a double that acts as the provider."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from app.billing.ports import PaymentProvider
from app.bootstrap import Container
from app.payments.paypal.order_book import BookEntry
from app.payments.paypal.provider import PayPalProvider
from app.payments.paypal.settings import PayPalSettings
from app.payments.stripe import StripeProvider, StripeSettings
from app.services.order_book import OrderBook
from tests.clock import ManualClock
from tests.payments.paypal.double.server import CLIENT, WEBHOOK_ID, PayPalDouble
from tests.payments.stripe.double import customer
from tests.payments.stripe.double.books import Books
from tests.payments.stripe.double.provider import Double
from tests.payments.stripe.double.server import serving


class ProviderWorld(Protocol):
    """A provider with its customers."""

    @property
    def provider(self) -> PaymentProvider:
        """The adapter."""

    def pay(self, attempt_id: str) -> None:
        """What the customer does on the page of an attempt."""

    def give(self, setup_id: str, card: str) -> None:
        """What the customer does on the page of a setup."""

    def keeps(self, token: str) -> bool:
        """Whether the provider could still charge this method."""


@dataclass
class StripeWorld:
    """Stripe."""

    provider: PaymentProvider
    books: Books

    def pay(self, attempt_id: str) -> None:
        """Type a card."""
        customer.pay(self.books, attempt_id)

    def give(self, setup_id: str, card: str) -> None:
        """Type a card."""
        customer.save_card(self.books, setup_id, card)

    def keeps(self, token: str) -> bool:
        """Whether the card still belongs to a customer."""
        return self.books.get(token, "payment_method")["customer"] is not None


@dataclass
class PayPalWorld:
    """PayPal."""

    provider: PaymentProvider
    double: PayPalDouble

    def pay(self, attempt_id: str) -> None:
        """Approve the order."""
        self.double.books.approve(next(reversed(self.double.books.orders)))

    def give(self, setup_id: str, card: str) -> None:
        """Approve what was asked last."""
        next(reversed(self.double.books.setups.values()))["status"] = "APPROVED"

    def keeps(self, token: str) -> bool:
        """Whether the wallet is in the vault."""
        return token in self.double.books.wallets


@contextmanager
def stripe_world(container: Container, clock: ManualClock) -> Iterator[StripeWorld]:
    """Stripe with an empty account."""
    books = Books(clock)
    with serving(Double(books)) as address:
        settings = StripeSettings(
            api_key="sk_test_51NeverInAnyLog",
            webhook_secrets=("whsec_present",),
            return_url=container.links.confirmed(),
            base_url=address,
        )
        yield StripeWorld(StripeProvider(settings, clock), books)


@contextmanager
def paypal_world(container: Container, clock: ManualClock) -> Iterator[PayPalWorld]:
    """PayPal with an empty account; the order book is the product's own."""
    with PayPalDouble(clock) as double:
        settings = PayPalSettings(*CLIENT, webhook_id=WEBHOOK_ID, base_url=double.url)
        book = OrderBook(container.transactions, "paypal", BookEntry)
        yield PayPalWorld(PayPalProvider(settings, clock, book), double)
