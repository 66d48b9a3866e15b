"""Ways to pay that a customer chooses from, and the provider behind each (H2-H4, H6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.billing.invoice import PaymentMethodKind

PAYPAL = "paypal"
PAYPAL_NAME = "PayPal"
PAYPAL_CURRENCIES = frozenset({
    "AUD", "BRL", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY", "MXN", "MYR", "NOK",
    "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD",
})  # fmt: skip
"""What PayPal takes; there is no rouble among them."""


class WayToPay(StrEnum):
    """How a customer wants to pay an invoice, unless by a method that is saved already."""

    CARD = "card"
    PAYPAL = "paypal"
    BANK_TRANSFER = "bank_transfer"


def kind_at(provider: str) -> PaymentMethodKind:
    """How an invoice is paid that this provider takes the money of."""
    return PaymentMethodKind.PAYPAL if provider == PAYPAL else PaymentMethodKind.CARD


def name_of(provider: str) -> str:
    """What a payment says that was made at this provider with a method that nobody named."""
    return PAYPAL_NAME if provider == PAYPAL else provider


@dataclass(frozen=True, slots=True)
class ProvidersInUse:
    """Who takes what: the name of the provider for cards, and whether PayPal is set up."""

    cards: str | None
    paypal: bool = False

    def ways(self, currency: str) -> tuple[WayToPay, ...]:
        """The ways to pay a sum in this currency, the usual one first. A transfer is always possible."""
        return (*self.saving_ways(currency), WayToPay.BANK_TRANSFER)

    def saving_ways(self, currency: str) -> tuple[WayToPay, ...]:
        """The ways by which a method can be saved for later charges."""
        ways = (WayToPay.CARD,) if self.cards else ()
        takes_paypal = self.paypal and currency in PAYPAL_CURRENCIES
        return (*ways, WayToPay.PAYPAL) if takes_paypal else ways

    def provider(self, way: WayToPay) -> str | None:
        """Whose page is opened for it; None: nobody's."""
        names = {WayToPay.CARD: self.cards, WayToPay.PAYPAL: PAYPAL if self.paypal else None}
        return names.get(way)
