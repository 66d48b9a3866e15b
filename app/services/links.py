"""Absolute addresses of portal pages for mails and return URLs. A test holds them to the routes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses under the public base URL (no slash at its end)."""

    base_url: str

    def activation(self, token: str) -> str:
        """Where an address is confirmed."""
        return f"{self.base_url}/activate/{token}"

    def password_reset(self, token: str) -> str:
        """Where a new password is set."""
        return f"{self.base_url}/reset/{token}"

    def login(self) -> str:
        """The login page."""
        return f"{self.base_url}/login"

    def forgot_password(self) -> str:
        """Where a reset link is asked for."""
        return f"{self.base_url}/forgot"

    def catalogue(self) -> str:
        """The connectors."""
        return f"{self.base_url}/catalogue"

    def keys(self) -> str:
        """The customer's API keys."""
        return f"{self.base_url}/keys"

    def key(self, api_key_id: int) -> str:
        """The page where a waiting key is shown once."""
        return f"{self.base_url}/keys/{api_key_id}/reveal"

    def invoice(self, invoice_id: int) -> str:
        """An invoice and how to pay it."""
        return f"{self.base_url}/invoices/{invoice_id}"

    def document(self, document_id: int) -> str:
        """The file of a document."""
        return f"{self.base_url}/documents/{document_id}/file"

    def documents(self) -> str:
        """All documents."""
        return f"{self.base_url}/documents"

    def subscription(self, subscription_id: int) -> str:
        """A subscription."""
        return f"{self.base_url}/subscriptions/{subscription_id}"

    def subscriptions(self) -> str:
        """All subscriptions."""
        return f"{self.base_url}/subscriptions"

    def payment_methods(self) -> str:
        """The saved methods: add, replace, choose."""
        return f"{self.base_url}/payment-methods"

    def method_setup_return(self, setup_id: str) -> str:
        """Where the provider sends the customer back to after a method was added."""
        return f"{self.base_url}/payment-methods/return/{setup_id}"

    def payment_confirmation(self, attempt_id: str) -> str:
        """Where the customer confirms a charge that the bank asks about (3-D Secure)."""
        return f"{self.base_url}/checkout/confirm/{attempt_id}"

    def confirmed(self) -> str:
        """Where the customer comes back to after confirming a charge that was made without them."""
        return f"{self.base_url}/checkout/confirmed"

    def payment_return(self, attempt_id: str) -> str:
        """Where the provider sends the customer back to."""
        return f"{self.base_url}/checkout/return/{attempt_id}"
