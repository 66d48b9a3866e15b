"""The one connection to Stripe: own timeouts, no silent repeats, no keys or messages in logs."""

from __future__ import annotations

import logging
from typing import Any

import stripe
from stripe import StripeClient, StripeObject

from app.payments.stripe.settings import StripeSettings

Facts = dict[str, Any]
"""An object of Stripe as plain dictionaries: the library's own objects are none and have no `get`."""

PAGE = 100
"""The most objects that Stripe lists in one answer."""


def make_client(settings: StripeSettings) -> StripeClient:
    """A client that gives up after its timeouts and never repeats by itself.

    A repeat is a matter of the use case, which knows the attempt: the janitor asks first. Nothing is
    connected until the first call. The library logs error messages, which may hold parts of keys and what
    customers typed; so its own logger speaks only of what it warns about.
    """
    logging.getLogger("stripe").setLevel(logging.WARNING)
    timeout = (settings.connect_timeout.total_seconds(), settings.read_timeout.total_seconds())
    return StripeClient(
        settings.api_key,
        base_addresses={"api": settings.base_url} if settings.base_url else None,
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=timeout),
    )


def plain(answer: StripeObject) -> Facts:
    """The answer as dictionaries, all the way down."""
    return answer.to_dict()
