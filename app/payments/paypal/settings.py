"""What PayPal must be told about us, and where it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class PayPalEnvironment(StrEnum):
    """PayPal's two worlds: in the sandbox no money moves."""

    SANDBOX = "sandbox"
    LIVE = "live"


API_URLS = {
    PayPalEnvironment.SANDBOX: "https://api-m.sandbox.paypal.com",
    PayPalEnvironment.LIVE: "https://api-m.paypal.com",
}
IPN_URLS = {
    PayPalEnvironment.SANDBOX: "https://ipnpb.sandbox.paypal.com/cgi-bin/webscr",
    PayPalEnvironment.LIVE: "https://ipnpb.paypal.com/cgi-bin/webscr",
}


@dataclass(frozen=True, slots=True)
class PayPalSettings:
    """The REST app at PayPal. The secret does not show in repr; a base URL is given by tests alone."""

    client_id: str
    client_secret: str = field(repr=False)
    webhook_id: str
    environment: PayPalEnvironment = PayPalEnvironment.SANDBOX
    base_url: str | None = None
    locale: str = "en-US"
    """The language of PayPal's page: its payers are foreign customers."""

    @property
    def api_url(self) -> str:
        """Where the REST API is, without a slash at the end."""
        return (self.base_url or API_URLS[self.environment]).rstrip("/")

    @property
    def ipn_url(self) -> str:
        """Where an IPN message is posted back to."""
        return f"{self.api_url}/cgi-bin/webscr" if self.base_url else IPN_URLS[self.environment]


def problems_of(settings: PayPalSettings, *, production: bool) -> list[str]:
    """What is wrong with the settings, one clear sentence each; none when PayPal may be used.

    Real money is for production alone, and production takes nothing but real money.
    """
    live = settings.environment is PayPalEnvironment.LIVE
    found = [
        f"PayPal has no {name}"
        for name in ("client_id", "client_secret", "webhook_id")
        if not getattr(settings, name).strip()
    ]
    if live and not production:
        found.append("PayPal's environment is live, but this is not production: real money would be taken")
    if production and not live:
        found.append("PayPal's environment is sandbox, but this is production: no money would be taken")
    if production and settings.base_url is not None:
        found.append("PayPal's base URL is overridden: that is for tests, never for production")
    return found
