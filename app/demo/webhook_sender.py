"""Sends the acquirer's webhooks by real HTTP, as somebody else's server would."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request

import structlog

TIMEOUT_SECONDS = 5
log = structlog.get_logger()


class WebhookSender:
    """Posts events to the product; one that can't be delivered is lost, as in real life."""

    def __init__(self, base_url: str) -> None:
        self._address = f"{base_url}/webhooks/test"

    def send(self, body: bytes, signature: str) -> threading.Thread:
        """Post the event in the background: the customer's answer never waits for it."""
        thread = threading.Thread(target=self._post, args=(body, signature), daemon=True)
        thread.start()
        return thread

    def _post(self, body: bytes, signature: str) -> None:
        headers = {"Content-Type": "application/json", "X-Signature": signature}
        # The address comes from our own settings, which allow http and https only.
        request = urllib.request.Request(self._address, body, headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310 - the same address
                log.info("webhook_sent")
        except (urllib.error.URLError, OSError) as error:
            log.warning("webhook_not_delivered", error=type(error).__name__)
