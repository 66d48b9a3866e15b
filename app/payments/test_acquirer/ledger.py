"""The acquirer's own books, in its own SQLite file: it is somebody else's computer, so it shares no
transaction with us and still knows what it took when one of our processes dies.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from app.billing.money import Money

SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS charge (
    idempotency_key TEXT PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    description TEXT NOT NULL,
    customer_reference TEXT NOT NULL,
    return_url TEXT,
    state TEXT NOT NULL CHECK (state IN ('open', 'succeeded', 'failed', 'closed')),
    token TEXT,
    failure_code TEXT,
    created_at TEXT NOT NULL
)
""",
    """
CREATE TABLE IF NOT EXISTS event (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    attempt TEXT,
    object TEXT,
    at TEXT NOT NULL
)
""",
    """
CREATE TABLE IF NOT EXISTS refund (
    idempotency_key TEXT PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    charge TEXT REFERENCES charge (reference),
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'succeeded', 'failed')),
    failure_code TEXT
)
""",
    """
CREATE TABLE IF NOT EXISTS dispute (
    reference TEXT PRIMARY KEY,
    charge TEXT NOT NULL REFERENCES charge (reference),
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'won', 'lost')),
    reason TEXT NOT NULL,
    evidence_due_at TEXT
)
""",
    """
CREATE TABLE IF NOT EXISTS setup (
    idempotency_key TEXT PRIMARY KEY,
    customer_reference TEXT NOT NULL,
    return_url TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'saved', 'closed')),
    token TEXT,
    created_at TEXT NOT NULL
)
""",
    """
CREATE TABLE IF NOT EXISTS method (
    token TEXT PRIMARY KEY,
    last4 TEXT,
    is_gone INTEGER NOT NULL DEFAULT 0
)
""",
)
PAGE_TERM = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Charge:
    """One entry of the books."""

    idempotency_key: str
    reference: str
    amount: Money
    description: str
    customer_reference: str
    return_url: str | None
    state: str
    token: str | None
    failure_code: str | None
    created_at: datetime

    def expired(self, now: datetime) -> bool:
        """Whether the page of an open charge has run out."""
        return self.state == "open" and now >= self.created_at + PAGE_TERM


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, as webhooks tell it."""

    id: str
    subject: str
    attempt: str | None
    object: str | None


class AcquirerLedger:
    """Reads and writes the books; every method is one transaction and safe between processes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def record(self, charge: Charge) -> Charge:
        """Enter a charge; a key that is known already gives back what was entered first."""
        with self.transaction() as books:
            entered = books.execute(
                "INSERT OR IGNORE INTO charge VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    charge.idempotency_key,
                    charge.reference,
                    charge.amount.minor,
                    charge.amount.currency,
                    charge.description,
                    charge.customer_reference,
                    charge.return_url,
                    charge.state,
                    charge.token,
                    charge.failure_code,
                    charge.created_at.isoformat(),
                ),
            )
            if entered.rowcount and charge.state != "open":
                write_event(books, "payment", charge.created_at, attempt=charge.idempotency_key)
            return _read(books, charge.idempotency_key)

    def find(self, idempotency_key: str) -> Charge | None:
        """The charge with this key."""
        with self.transaction() as books:
            try:
                return _read(books, idempotency_key)
            except LookupError:
                return None

    def finish(
        self,
        idempotency_key: str,
        state: str,
        at: datetime,
        token: str | None = None,
        failure_code: str | None = None,
    ) -> Charge:
        """End an open charge; one that has ended stays as it is."""
        with self.transaction() as books:
            ended = books.execute(
                "UPDATE charge SET state = ?, token = ?, failure_code = ?"
                " WHERE idempotency_key = ? AND state = 'open'",
                (state, token, failure_code, idempotency_key),
            )
            if ended.rowcount:
                write_event(books, "payment", at, attempt=idempotency_key)
            return _read(books, idempotency_key)

    def succeeded(self) -> list[Charge]:
        """Every charge whose money was taken: the truth that tests compare with."""
        with self.transaction() as books:
            keys = books.execute("SELECT idempotency_key FROM charge WHERE state = 'succeeded'").fetchall()
            return [_read(books, key) for (key,) in keys]

    def last_event(self, attempt_id: str) -> Event | None:
        """The newest event about a charge."""
        with self.transaction() as books:
            row = books.execute(
                "SELECT id, subject, attempt, object FROM event WHERE attempt = ? AND subject = 'payment'"
                " ORDER BY number DESC LIMIT 1",
                (attempt_id,),
            ).fetchone()
            return None if row is None else Event(*row)

    def events_since(self, instant: datetime) -> list[Event]:
        """Every event from the instant on, oldest first."""
        with self.transaction() as books:
            rows = books.execute(
                "SELECT id, subject, attempt, object FROM event WHERE at >= ? ORDER BY number",
                (instant.isoformat(),),
            )
            return [Event(*row) for row in rows]

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction on the books; every table is there."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        books = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        try:
            books.execute("BEGIN IMMEDIATE")
            for table in SCHEMA:
                books.execute(table)
            yield books
            books.execute("COMMIT")
        finally:
            books.close()


def write_event(
    books: sqlite3.Connection,
    subject: str,
    at: datetime,
    attempt: str | None = None,
    about: str | None = None,
) -> None:
    """Note what happened, in the transaction in which it happens."""
    books.execute(
        "INSERT INTO event (id, subject, attempt, object, at) VALUES (?, ?, ?, ?, ?)",
        (f"evt_{secrets.token_hex(12)}", subject, attempt, about, at.isoformat()),
    )


def _read(books: sqlite3.Connection, idempotency_key: str) -> Charge:
    row = books.execute("SELECT * FROM charge WHERE idempotency_key = ?", (idempotency_key,)).fetchone()
    if row is None:
        raise LookupError(idempotency_key)
    return Charge(
        idempotency_key=row[0],
        reference=row[1],
        amount=Money(row[2], row[3]),
        description=row[4],
        customer_reference=row[5],
        return_url=row[6],
        state=row[7],
        token=row[8],
        failure_code=row[9],
        created_at=datetime.fromisoformat(row[10]),
    )
