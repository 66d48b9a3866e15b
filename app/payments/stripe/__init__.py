"""Stripe: Checkout pages, charges without the customer, refunds, saved methods, webhooks, prices (H2)."""

from app.payments.stripe.catalogue import StripeCatalogue
from app.payments.stripe.provider import StripeProvider
from app.payments.stripe.settings import StripeSettings, problem_with

__all__ = ["StripeCatalogue", "StripeProvider", "StripeSettings", "problem_with"]
