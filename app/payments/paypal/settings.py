"""What PayPal must be told about us, and where it is. Whether that fits the place where it is used, the
settings of the process check (config.py)."""

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
