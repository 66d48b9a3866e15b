"""IPN, PayPal's older notifications: believed only when it says itself that it sent them (H3)."""

from __future__ import annotations

from urllib.parse import parse_qsl

import requests
import structlog

from app.billing.errors import Conflict, InvalidInput
from app.billing.payment import EventSubject, GatewayEvent
from app.payments.paypal.client import TIMEOUTS
from app.payments.paypal.events import our_uuid
from app.payments.paypal.settings import PayPalEnvironment, PayPalSettings

REFUND_STATUSES = frozenset({"Refunded", "Reversed", "Canceled_Reversal"})
MOST_FIELDS = 500
log = structlog.get_logger()


class IpnListener:
    """Posts a message back to PayPal before it is believed.

    The receiver, the amount and the status in it are not read: whoever gets the event fetches the
    present object, as after a webhook.
    """

    def __init__(self, settings: PayPalSettings) -> None:
        self._settings = settings

    def verify(self, body: bytes) -> GatewayEvent:
        """The event. Raises InvalidInput (BAD_SIGNATURE), and Conflict (PROVIDER_UNAVAILABLE) when
        PayPal can't be asked now: it will send the message again."""
        fields = _fields(body)
        live = self._settings.environment is PayPalEnvironment.LIVE
        if live and fields.get("test_ipn") == "1":
            raise InvalidInput("a message of the sandbox", code="BAD_SIGNATURE")
        if self._verdict(body) != "VERIFIED":
            raise InvalidInput("PayPal did not send this", code="BAD_SIGNATURE")
        return _event(fields)

    def _verdict(self, body: bytes) -> str:
        """PayPal's word on the message, which is given back in its own bytes and order."""
        try:
            response = requests.post(
                self._settings.ipn_url,
                data=b"cmd=_notify-validate&" + body,
                headers={"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "BPM-Centr-IPN"},
                timeout=TIMEOUTS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            log.warning("paypal_silent", method="POST", path="ipn", error=type(error).__name__)
            raise Conflict("IPN not verified", code="PROVIDER_UNAVAILABLE") from None
        verdict = response.text.strip()
        if response.status_code != 200 or verdict not in {"VERIFIED", "INVALID"}:
            raise Conflict("IPN not verified", code="PROVIDER_UNAVAILABLE")
        return verdict


def _fields(body: bytes) -> dict[str, str]:
    """The fields of the message; `latin-1` keeps every byte, and only ASCII fields are used."""
    try:
        fields = dict(parse_qsl(body.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise InvalidInput("too many fields", code="BAD_SIGNATURE") from None
    if "cmd" in fields or not (fields.get("txn_id") or fields.get("case_id")):
        raise InvalidInput("not an IPN message", code="BAD_SIGNATURE")
    return fields


def _event(fields: dict[str, str]) -> GatewayEvent:
    if fields.get("case_id"):
        return GatewayEvent(
            event_id=f"ipn:{fields['case_id']}:{fields.get('case_status') or fields.get('txn_type', '')}"[
                :128
            ],
            kind=f"ipn.{fields.get('txn_type') or 'case'}"[:64],
            attempt_id=None,
            subject=EventSubject.DISPUTE,
            object_reference=fields["case_id"],
        )
    status = fields.get("payment_status", "")
    refund = status in REFUND_STATUSES
    return GatewayEvent(
        event_id=f"ipn:{fields['txn_id']}:{status}"[:128],
        kind=f"ipn.{status or fields.get('txn_type', 'unknown')}"[:64],
        attempt_id=None if refund else our_uuid(fields.get("custom") or fields.get("invoice") or ""),
        subject=EventSubject.REFUND if refund else EventSubject.PAYMENT,
        object_reference=fields["txn_id"] if refund else None,
    )
