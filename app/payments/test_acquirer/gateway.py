"""The port of providers, spoken by the built-in acquirer: the demo needs no keys of anybody."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from app.billing.errors import InvalidInput
from app.billing.money import Money
from app.billing.payment import (
    ChargeOutcome,
    ChargeRequest,
    EventSubject,
    GatewayEvent,
    OutcomeKind,
    SavedMethod,
)
from app.billing.ports import Clock
from app.billing.provider import (
    DisputeReport,
    DisputeState,
    MethodReport,
    RefundOrder,
    RefundOutcome,
    RefundReport,
    SetupOutcome,
    SetupOutcomeKind,
    SetupRequest,
)
from app.payments.test_acquirer.cards import CARDS, TestCard
from app.payments.test_acquirer.ledger import AcquirerLedger, Charge, Event
from app.payments.test_acquirer.methods import KeptMethods, card_of, method_token
from app.payments.test_acquirer.money_back import MoneyBack

TOLERANCE = timedelta(minutes=5)


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
        self._money_back = MoneyBack(ledger)
        self._methods = KeptMethods(ledger)

    def open_checkout(self, request: ChargeRequest) -> ChargeOutcome:
        """Open the acquirer's page."""
        return self._outcome(self._ledger.record(self._charge(request, state="open")))

    def charge(self, request: ChargeRequest) -> ChargeOutcome:
        """Charge a saved method."""
        card = card_of(request.method_token)
        if card is None or self._methods.report(request.method_token or "").method is None:
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
        return self._outcome(self._ledger.finish(attempt_id, "closed", self._clock.now()))

    def pay(self, attempt_id: str, token: str) -> ChargeOutcome:
        """What the acquirer's page does when the customer gives a token.

        A declined card leaves the page open for another one. Raises InvalidInput for an unknown token.
        """
        card = CARDS.get(token)
        if card is None:
            raise InvalidInput("unknown test token", code="TEST_TOKEN_UNKNOWN")
        if card.decline_code is not None and not card.declines_later:
            return ChargeOutcome(OutcomeKind.FAILED, failure_code=card.decline_code, retry=card.retry)
        return self._paid(self._ledger.finish(attempt_id, "succeeded", self._clock.now(), token=token))

    def signed_event(self, attempt_id: str) -> tuple[bytes, str]:
        """The webhook that the acquirer sends about an attempt: the body and its signature header."""
        event = self._ledger.last_event(attempt_id)
        return self._signed(event or Event(f"evt_{secrets.token_hex(12)}", "payment", attempt_id, None))

    def signed_events(self, since: datetime) -> list[tuple[bytes, str]]:
        """The webhooks of everything that happened since then, oldest first."""
        return [self._signed(event) for event in self._ledger.events_since(since)]

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
        return _told(Event(event["id"], event["subject"], event["attempt"], event["object"]))

    def refund(self, order: RefundOrder) -> RefundOutcome:
        """Send money back, never more than was taken."""
        return self._money_back.refund(order, self._clock.now())

    def find_refund(self, order: RefundOrder) -> RefundOutcome:
        """How a refund stands in the acquirer's books."""
        return self._money_back.find_refund(order.refund_id)

    def report_refund(self, reference: str) -> RefundReport | None:
        """The refund that the acquirer calls so, whoever made it."""
        return self._money_back.report(reference)

    def refund_by_hand(self, payment_reference: str, amount: Money) -> str:
        """What somebody does on the acquirer's own page; the refund's reference."""
        return self._money_back.refund_by_hand(payment_reference, amount, self._clock.now())

    def change_refund(self, refund_id: str, state: str, failure_code: str | None = None) -> None:
        """What the customer's bank does with a refund: `pending`, `succeeded` or `failed`."""
        self._money_back.change_refund(refund_id, state, self._clock.now(), failure_code)

    def open_setup(self, request: SetupRequest) -> SetupOutcome:
        """Open the page where a card is added."""
        self._methods.open_setup(request, self._clock.now())
        return self.find_setup(request.setup_id)

    def find_setup(self, setup_id: str) -> SetupOutcome:
        """How adding a card stands."""
        setup = self._methods.find_setup(setup_id)
        if setup is None:
            return SetupOutcome(SetupOutcomeKind.NOT_FOUND)
        if setup.token is not None:
            token = method_token(setup.token, setup.customer_reference)
            return SetupOutcome(SetupOutcomeKind.SAVED, method=self._methods.report(token).method)
        if not setup.is_open(self._clock.now()):
            return SetupOutcome(SetupOutcomeKind.FAILED, failure_code="page_closed")
        address = f"{self._base_url}/test-acquirer/setup/{setup_id}"
        return SetupOutcome(SetupOutcomeKind.AWAITING_CUSTOMER, redirect_url=address)

    def save_method(self, setup_id: str, token: str) -> SetupOutcome:
        """What the page does when the customer gives a token; a declined card leaves it open.

        Raises InvalidInput for an unknown token.
        """
        card = CARDS.get(token)
        if card is None:
            raise InvalidInput("unknown test token", code="TEST_TOKEN_UNKNOWN")
        if card.decline_code is not None and not card.declines_later:
            return SetupOutcome(SetupOutcomeKind.FAILED, failure_code=card.decline_code)
        setup = self._methods.find_setup(setup_id)
        if setup is not None and setup.is_open(self._clock.now()):
            self._methods.end_setup(setup_id, "saved", token, self._clock.now())
        return self.find_setup(setup_id)

    def close_setup(self, setup_id: str) -> SetupOutcome:
        """Leave the page without adding a card."""
        self._methods.end_setup(setup_id, "closed", None, self._clock.now())
        return self.find_setup(setup_id)

    def setup_return_url(self, setup_id: str) -> str | None:
        """Where the customer goes after the page; None when there is no such page."""
        setup = self._methods.find_setup(setup_id)
        return None if setup is None else setup.return_url

    def open_dispute(self, payment_reference: str, amount: Money, reason: str = "fraudulent") -> str:
        """A bank takes a payment back for its customer; the dispute's reference."""
        return self._money_back.open_dispute(payment_reference, amount, reason, self._clock.now())

    def end_dispute(self, reference: str, state: DisputeState) -> None:
        """The bank has decided."""
        self._money_back.end_dispute(reference, state, self._clock.now())

    def find_dispute(self, reference: str) -> DisputeReport | None:
        """A dispute as it stands now."""
        return self._money_back.find_dispute(reference)

    def find_method(self, reference: str) -> MethodReport | None:
        """A saved card as it stands now."""
        return self._methods.report(reference)

    def change_method(self, token: str, *, last4: str | None = None, is_gone: bool = False) -> None:
        """What the card network does: another number behind the same token, or none any more."""
        self._methods.change(token, self._clock.now(), last4=last4, is_gone=is_gone)

    def forget_method(self, token: str) -> bool:
        """Keep the card no longer; it can't be charged until its customer gives it anew."""
        self._methods.change(token, self._clock.now(), is_gone=True)
        return True

    def events_since(self, instant: datetime) -> Sequence[GatewayEvent] | None:
        """Everything that happened from the instant on."""
        return [_told(event) for event in self._ledger.events_since(instant)]

    def _signed(self, event: Event) -> tuple[bytes, str]:
        told = {"id": event.id, "subject": event.subject, "attempt": event.attempt, "object": event.object}
        body = json.dumps(told).encode()
        return body, self._signature(body, int(self._clock.now().timestamp()))

    def _paid(self, charge: Charge) -> ChargeOutcome:
        """The customer has given a card: it is kept, also when it was forgotten before."""
        if charge.token is not None:
            self._methods.revive(method_token(charge.token, charge.customer_reference))
        return self._outcome(charge)

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
                    risk=None if card is None else card.risk,
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
                return self._outcome(self._ledger.finish(charge.idempotency_key, "closed", self._clock.now()))
            case _:
                return ChargeOutcome(
                    OutcomeKind.AWAITING_CUSTOMER,
                    reference=charge.reference,
                    redirect_url=f"{self._base_url}/test-acquirer/{charge.idempotency_key}",
                )


def _saved_method(card: TestCard, customer_reference: str) -> SavedMethod:
    return SavedMethod(
        token=method_token(card.token, customer_reference),
        brand=card.brand,
        last4=card.last4,
        fingerprint=card.token,
        valid_until=card.valid_until,
    )


def _told(event: Event) -> GatewayEvent:
    subject = EventSubject(event.subject)
    kind = "charge" if subject is EventSubject.PAYMENT else subject.value
    return GatewayEvent(event.id, f"{kind}.updated", event.attempt, subject, event.object)
