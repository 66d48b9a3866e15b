"""Ports: what use cases need from the outside world, in their own words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import BinaryIO, Protocol

from app.billing.documents.files import NOTHING_ENCLOSED, Enclosures, ExchangeFile
from app.billing.documents.snapshot import PrintedDocument
from app.billing.exchange_rates import RateFile
from app.billing.payment import ChargeOutcome, ChargeRequest, GatewayEvent
from app.billing.provider import (
    DisputeReport,
    MethodReport,
    RefundOrder,
    RefundOutcome,
    RefundReport,
    SetupOutcome,
    SetupRequest,
)


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present instant, UTC."""


class PaymentGateway(Protocol):
    """A provider that takes money.

    Every method answers with a ChargeOutcome and never raises for what the provider said or failed to
    say: no answer is `UNKNOWN`. The attempt's UUID is the idempotency key, so repeating a call with
    the same request is always safe within `retention`.
    """

    @property
    def name(self) -> str:
        """The stable name stored with attempts and payments."""

    @property
    def retention(self) -> timedelta:
        """How long the provider remembers an idempotency key (design §2.5)."""

    def open_checkout(self, request: ChargeRequest) -> ChargeOutcome:
        """Open the provider's page where the customer pays and the method is saved."""

    def charge(self, request: ChargeRequest) -> ChargeOutcome:
        """Charge a saved method without the customer."""

    def find(self, attempt_id: str) -> ChargeOutcome:
        """The present state of an attempt at the provider; NOT_FOUND when it never heard of it."""

    def close_checkout(self, attempt_id: str) -> ChargeOutcome:
        """Close an open page so that it can no longer be paid; tells how it ended."""

    def read_event(self, body: bytes, signature: str, now: datetime) -> GatewayEvent:
        """Verify a webhook by its raw body; raises InvalidInput when the signature is not good."""


class PaymentProvider(PaymentGateway, Protocol):
    """A provider with everything it does. As a gateway it never raises for what the provider said: no
    answer is UNKNOWN, or None where a report is asked for.
    """

    def refund(self, order: RefundOrder) -> RefundOutcome:
        """Send money back; the same order again is the same refund."""

    def find_refund(self, order: RefundOrder) -> RefundOutcome:
        """How a refund stands; NOT_FOUND when the provider never heard of it."""

    def report_refund(self, reference: str) -> RefundReport | None:
        """The refund that the provider calls so, ordered by us or not; None when there is no answer."""

    def open_setup(self, request: SetupRequest) -> SetupOutcome:
        """Open the page where the customer adds a method."""

    def find_setup(self, setup_id: str) -> SetupOutcome:
        """How adding a method stands."""

    def find_dispute(self, reference: str) -> DisputeReport | None:
        """A dispute as it stands now; None when there is no answer."""

    def find_method(self, reference: str) -> MethodReport | None:
        """A saved method as it stands now; None when there is no answer."""

    def forget_method(self, token: str) -> bool:
        """Have the provider forget a deleted method; False when there is no answer. Twice is once."""

    def events_since(self, instant: datetime) -> Sequence[GatewayEvent] | None:
        """Every event from the instant on, oldest first, for reconciliation; None when there is no answer."""


class RateSource(Protocol):
    """Tells the official exchange rates."""

    def rates_of(self, day: date) -> RateFile | None:
        """The rates in force on the day, None when there is no answer; raises InvalidInput for a bad one."""


class DocumentRenderer(Protocol):
    """Turns the snapshot of a document into PDF."""

    def render(self, document: PrintedDocument, enclosures: Enclosures = NOTHING_ENCLOSED) -> bytes:
        """The PDF; raises RenderingFailed when it can't be made, DocumentStoreUnavailable without room."""


class ExchangeWriter(Protocol):
    """Turns the snapshot of a document into a file for electronic document exchange."""

    def write(self, document: PrintedDocument) -> ExchangeFile | None:
        """The valid file, the same for the same document; None when the kind or its parties have none.

        Raises ExchangeFileInvalid: an invalid file is never released.
        """


class DocumentStore(Protocol):
    """Keeps rendered files."""

    def save(self, key: str, content: bytes) -> StoredFile:
        """Store the content under the key; storing the same again is harmless."""

    def read(self, key: str) -> bytes:
        """The stored content; raises NotFound."""


class WorkFiles(Protocol):
    """Keeps what long work makes, while it is being made and until it expires."""

    def open(self, key: str, *, anew: bool) -> BinaryIO:
        """The file to go on with, or an empty one; raises DocumentStoreUnavailable."""

    def read(self, key: str) -> BinaryIO:
        """The file to read from; raises NotFound."""

    def seal(self, key: str) -> int:
        """Bring the file to the disk for good; its bytes. Raises DocumentStoreUnavailable."""

    def remove(self, key: str) -> None:
        """Remove the file; one that is gone already is no matter."""


class StoredFile(Protocol):
    """What is known about a stored file."""

    @property
    def key(self) -> str:
        """Where it is stored."""

    @property
    def sha256(self) -> str:
        """The checksum, hexadecimal."""

    @property
    def size(self) -> int:
        """Bytes."""


class JobQueue(Protocol):
    """Hands work to the workers; may lose all of it at any moment (design §2.4)."""

    def enqueue(self, message_id: int, queue: str) -> None:
        """Ask a worker to deliver this outbox message; raises QueueUnreachable when none hears it now."""


class Signer(Protocol):
    """Signs the ids of one-time tokens for links in mails."""

    def sign(self, purpose: str, token_id: int) -> str:
        """The text that goes into the link."""

    def unsign(self, purpose: str, text: str) -> int | None:
        """The id, or None when the text was not signed by us for this purpose."""
