"""The port that Stripe will stand behind as well, spoken by the built-in acquirer."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from datetime import datetime, timedelta

from app.billing.errors import InvalidInput
from app.billing.payment import ChargeOutcome, ChargeRequest, GatewayEvent, OutcomeKind, SavedMethod
from app.billing.ports import Clock
from app.payments.test_acquirer.cards import CARDS, TestCard
from app.payments.test_acquirer.ledger import AcquirerLedger, Charge

TOLERANCE = timedelta(minutes=5)
METHOD_PREFIX = "pm"


class TestAcquirer:
    """Charges test tokens, remembers every idempotency key, answers as a provider would."""

    __test__ = False  # a gateway, not a test class
    name = "test"
    retention = timedelta(hours=24)

    def __init__(self, ledger: AcquirerLedger, base_url: str, webhook_secret: str, clock: Clock) -> None:
        self._ledger = ledger
        self._base_url = base_url
        self._webhook_secret = webhook_secret.encode()
        self._clock = clock

    def open_checkout(self, request: ChargeRequest) -> ChargeOutcome:
        """Open the acquirer's page."""
        return self._outcome(self._ledger.record(self._charge(request, state="open")))

    def charge(self, request: ChargeRequest) -> ChargeOutcome:
        """Charge a saved method."""
        card = _card_of(request.method_token)
        if card is None:
            charge = self._charge(request, state="failed", failure_code="no_such_method")
        elif card.decline_code is not None:
            charge = self._charge(request, state="failed", token=card.token, failure_code=card.decline_code)
        else:
            charge = self._charge(request, state="succeeded", token=card.token)
        return self._outcome(self._ledger.record(charge))

    def find(self, attempt_id: str) -> ChargeOutcome:
        """How the attempt stands in the acquirer's books."""
        charge = self._ledger.find(attempt_id)
        return ChargeOutcome(OutcomeKind.NOT_FOUND) if charge is None else self._outcome(charge)

    def close_checkout(self, attempt_id: str) -> ChargeOutcome:
        """Close the page unless it was paid a moment ago."""
        if self._ledger.find(attempt_id) is None:
            return ChargeOutcome(OutcomeKind.NOT_FOUND)
        return self._outcome(self._ledger.finish(attempt_id, "closed"))

    def pay(self, attempt_id: str, token: str) -> ChargeOutcome:
        """What the acquirer's page does when the customer gives a token.

        A declined card leaves the page open for another one. Raises InvalidInput for an unknown token.
        """
        card = CARDS.get(token)
        if card is None:
            raise InvalidInput("unknown test token", code="TEST_TOKEN_UNKNOWN")
        if card.decline_code is not None and not card.declines_later:
            return ChargeOutcome(OutcomeKind.FAILED, failure_code=card.decline_code, retry=card.retry)
        return self._outcome(self._ledger.finish(attempt_id, "succeeded", token=token))

    def signed_event(self, attempt_id: str) -> tuple[bytes, str]:
        """The webhook that the acquirer sends about an attempt: the body and its signature header."""
        event = {"id": f"evt_{secrets.token_hex(12)}", "type": "charge.updated", "attempt": attempt_id}
        body = json.dumps(event).encode()
        return body, self._signature(body, int(self._clock.now().timestamp()))

    def read_event(self, body: bytes, signature: str, now: datetime) -> GatewayEvent:
        """Verify the signature over the raw body and its age, then read the event."""
        stamp, _, _ = signature.partition(",")
        seconds = stamp.removeprefix("t=")
        if not seconds.isascii() or not seconds.isdigit() or len(seconds) > 12:
            raise InvalidInput("malformed signature", code="BAD_SIGNATURE")
        if not hmac.compare_digest(self._signature(body, int(seconds)).encode(), signature.encode()):
            raise InvalidInput("wrong signature", code="BAD_SIGNATURE")
        if abs(now.timestamp() - int(seconds)) > TOLERANCE.total_seconds():
            raise InvalidInput("old or future timestamp", code="BAD_SIGNATURE")
        event = json.loads(body)
        return GatewayEvent(event_id=event["id"], kind=event["type"], attempt_id=event["attempt"])

    def _signature(self, body: bytes, seconds: int) -> str:
        signed = hmac.new(self._webhook_secret, f"{seconds}.".encode() + body, hashlib.sha256)
        return f"t={seconds},v1={signed.hexdigest()}"

    def _charge(
        self,
        request: ChargeRequest,
        state: str,
        token: str | None = None,
        failure_code: str | None = None,
    ) -> Charge:
        return Charge(
            idempotency_key=request.attempt_id,
            reference=f"ch_{secrets.token_hex(12)}",
            amount=request.amount,
            description=request.description,
            customer_reference=request.customer_reference,
            return_url=request.return_url,
            state=state,
            token=token,
            failure_code=failure_code,
            created_at=self._clock.now(),
        )

    def _outcome(self, charge: Charge) -> ChargeOutcome:
        card = CARDS.get(charge.token or "")
        match charge.state:
            case "succeeded":
                return ChargeOutcome(
                    OutcomeKind.SUCCEEDED,
                    reference=charge.reference,
                    amount=charge.amount,
                    method=None if card is None else _saved_method(card, charge.customer_reference),
                )
            case "failed":
                return ChargeOutcome(
                    OutcomeKind.FAILED,
                    reference=charge.reference,
                    failure_code=charge.failure_code,
                    retry=card is not None and card.retry,
                )
            case "closed":
                return ChargeOutcome(OutcomeKind.ABANDONED, reference=charge.reference)
            case _ if charge.expired(self._clock.now()):
                return self._outcome(self._ledger.finish(charge.idempotency_key, "closed"))
            case _:
                return ChargeOutcome(
                    OutcomeKind.AWAITING_CUSTOMER,
                    reference=charge.reference,
                    redirect_url=f"{self._base_url}/test-acquirer/{charge.idempotency_key}",
                )


def _saved_method(card: TestCard, customer_reference: str) -> SavedMethod:
    return SavedMethod(
        token=f"{METHOD_PREFIX}:{card.token}:{customer_reference}",
        brand=card.brand,
        last4=card.last4,
        fingerprint=card.token,
    )


def _card_of(method_token: str | None) -> TestCard | None:
    prefix, _, rest = (method_token or "").partition(":")
    return CARDS.get(rest.partition(":")[0]) if prefix == METHOD_PREFIX else None
