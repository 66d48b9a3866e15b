"""Stripe: Checkout pages, charges without the customer, refunds, saved methods, webhooks, prices (H2)."""

from app.payments.stripe.catalogue import StripeCatalogue
from app.payments.stripe.provider import StripeProvider
from app.payments.stripe.settings import StripeSettings

__all__ = ["StripeCatalogue", "StripeProvider", "StripeSettings"]
