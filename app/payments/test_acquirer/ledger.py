"""The acquirer's own books, in its own SQLite file: it is somebody else's computer, so it shares no
transaction with us and still knows what it took when one of our processes dies.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from app.billing.money import Money

SCHEMA = """
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
"""
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


class AcquirerLedger:
    """Reads and writes the books; every method is one transaction and safe between processes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def record(self, charge: Charge) -> Charge:
        """Enter a charge; a key that is known already gives back what was entered first."""
        with self._transaction() as books:
            books.execute(
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
            return _read(books, charge.idempotency_key)

    def find(self, idempotency_key: str) -> Charge | None:
        """The charge with this key."""
        with self._transaction() as books:
            try:
                return _read(books, idempotency_key)
            except LookupError:
                return None

    def finish(
        self, idempotency_key: str, state: str, token: str | None = None, failure_code: str | None = None
    ) -> Charge:
        """End an open charge; one that has ended stays as it is."""
        with self._transaction() as books:
            books.execute(
                "UPDATE charge SET state = ?, token = ?, failure_code = ?"
                " WHERE idempotency_key = ? AND state = 'open'",
                (state, token, failure_code, idempotency_key),
            )
            return _read(books, idempotency_key)

    def succeeded(self) -> list[Charge]:
        """Every charge whose money was taken: the truth that tests compare with."""
        with self._transaction() as books:
            keys = books.execute("SELECT idempotency_key FROM charge WHERE state = 'succeeded'").fetchall()
            return [_read(books, key) for (key,) in keys]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        books = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        try:
            books.execute("BEGIN IMMEDIATE")
            books.execute(SCHEMA)
            yield books
            books.execute("COMMIT")
        finally:
            books.close()


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
