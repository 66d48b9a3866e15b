"""What is needed to speak to Stripe. Whether it fits the place where it is used, the settings of the process
check (config.py)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

LIVE_PREFIXES = ("sk_live_", "rk_live_")


@dataclass(frozen=True, slots=True)
class StripeSettings:
    """Keys and addresses of one Stripe account. Secrets are left out of the text form."""

    api_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    """The present secret of the endpoint, and the former one while it is being changed."""
    return_url: str | None = None
    """Where a page leads back to that was opened without the customer, for a charge that the bank wants
    confirmed. Without it there is no such page: the charge has failed."""
    base_url: str | None = None
    """Another server than Stripe's, for tests."""
    connect_timeout: timedelta = timedelta(seconds=3)
    read_timeout: timedelta = timedelta(seconds=10)

    @property
    def live(self) -> bool:
        """Whether the key moves real money."""
        return self.api_key.startswith(LIVE_PREFIXES)
