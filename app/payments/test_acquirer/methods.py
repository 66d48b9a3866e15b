"""Methods that the acquirer keeps, and the pages on which they are added without a payment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.billing.payment import SavedMethod
from app.billing.provider import MethodReport, SetupRequest
from app.payments.test_acquirer.cards import CARDS, TestCard
from app.payments.test_acquirer.ledger import PAGE_TERM, AcquirerLedger, write_event

METHOD_PREFIX = "pm"


@dataclass(frozen=True, slots=True)
class Setup:
    """A page on which a method is added."""

    idempotency_key: str
    customer_reference: str
    return_url: str
    state: str
    token: str | None
    created_at: datetime

    def is_open(self, now: datetime) -> bool:
        """Whether a method can still be added."""
        return self.state == "open" and now < self.created_at + PAGE_TERM


class KeptMethods:
    """The part of the books about methods; every method of this class is one transaction."""

    def __init__(self, ledger: AcquirerLedger) -> None:
        self._ledger = ledger

    def open_setup(self, request: SetupRequest, at: datetime) -> None:
        """Open a page; a key that is known already stays as it is."""
        with self._ledger.transaction() as books:
            books.execute(
                "INSERT OR IGNORE INTO setup VALUES (?, ?, ?, 'open', NULL, ?)",
                (request.setup_id, request.customer_reference, request.return_url, at.isoformat()),
            )

    def find_setup(self, setup_id: str) -> Setup | None:
        """The page with this key."""
        with self._ledger.transaction() as books:
            row = books.execute("SELECT * FROM setup WHERE idempotency_key = ?", (setup_id,)).fetchone()
        return (
            None
            if row is None
            else Setup(row[0], row[1], row[2], row[3], row[4], datetime.fromisoformat(row[5]))
        )

    def end_setup(self, setup_id: str, state: str, token: str | None, at: datetime) -> None:
        """End an open page; one that has ended stays as it is."""
        with self._ledger.transaction() as books:
            row = books.execute(
                "UPDATE setup SET state = ?, token = ? WHERE idempotency_key = ? AND state = 'open'"
                " RETURNING customer_reference",
                (state, token, setup_id),
            ).fetchone()
            if row is not None and token is not None:
                method = method_token(token, row[0])
                books.execute("DELETE FROM method WHERE token = ?", (method,))
                write_event(books, "method", at, about=method)

    def report(self, token: str) -> MethodReport:
        """A method as it stands; without one when it is gone or was never kept."""
        card = card_of(token)
        with self._ledger.transaction() as books:
            row = books.execute("SELECT last4, is_gone FROM method WHERE token = ?", (token,)).fetchone()
        if card is None or (row is not None and row[1]):
            return MethodReport(token, None)
        last4 = row[0] if row and row[0] else card.last4
        return MethodReport(token, SavedMethod(token, card.brand, last4, card.token, card.valid_until))

    def change(self, token: str, at: datetime, *, last4: str | None = None, is_gone: bool = False) -> None:
        """What the card network does: another number behind the same token, or none any more."""
        with self._ledger.transaction() as books:
            books.execute(
                "INSERT INTO method VALUES (?, ?, ?) ON CONFLICT (token)"
                " DO UPDATE SET last4 = excluded.last4, is_gone = excluded.is_gone",
                (token, last4, int(is_gone)),
            )
            write_event(books, "method", at, about=token)

    def revive(self, token: str) -> None:
        """The customer has given the card anew."""
        with self._ledger.transaction() as books:
            books.execute("DELETE FROM method WHERE token = ? AND is_gone = 1", (token,))


def method_token(card_token: str, customer_reference: str) -> str:
    """How the acquirer names a customer's card."""
    return f"{METHOD_PREFIX}:{card_token}:{customer_reference}"


def card_of(token: str | None) -> TestCard | None:
    """The card behind a method's token."""
    prefix, _, rest = (token or "").partition(":")
    return CARDS.get(rest.partition(":")[0]) if prefix == METHOD_PREFIX else None
