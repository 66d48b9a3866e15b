"""How long PayPal remembers a PayPal-Request-Id, by API (its OpenAPI descriptions)."""

from __future__ import annotations

from datetime import timedelta

ORDERS = timedelta(hours=6)
VAULT = timedelta(hours=3)
REFUNDS = timedelta(days=45)
