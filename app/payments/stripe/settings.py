"""What is needed to speak to Stripe, and whether it fits the place where it is used."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

LIVE_PREFIXES = ("sk_live_", "rk_live_")
TEST_PREFIXES = ("sk_test_", "rk_test_")
SECRET_PREFIX = "whsec_"  # noqa: S105 - how a secret begins, not a secret


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


def problem_with(settings: StripeSettings, *, production: bool) -> str | None:
    """Why these settings must not be used here, without a secret in the words; None when they may."""
    if not settings.api_key.startswith(LIVE_PREFIXES + TEST_PREFIXES):
        return "the Stripe key must be a secret (sk_…) or restricted (rk_…) key of test or live mode"
    if production and not settings.live:
        return "a test key of Stripe takes no money: production needs a live one (sk_live_… or rk_live_…)"
    if settings.live and not production:
        return "a live key of Stripe takes real money: outside production use sk_test_… or rk_test_…"
    if not settings.webhook_secrets or len(settings.webhook_secrets) > 2:
        return "Stripe webhooks need one secret, or two while it is being changed"
    if not all(each.startswith(SECRET_PREFIX) for each in settings.webhook_secrets):
        return "a secret of Stripe webhooks begins with whsec_"
    return None
