"""Counts the rows that something has written, so that only equal work is compared."""

from __future__ import annotations

from sqlalchemy import Engine, func, select

from app.models import (
    Base,
    Document,
    Invoice,
    InvoiceLine,
    LedgerEntry,
    OutboxMessage,
    Payment,
    PaymentAttempt,
    ServiceMonth,
    StatusChange,
    SubscriptionPeriod,
)

NUMBERED: tuple[type[Base], ...] = (
    Invoice,
    InvoiceLine,
    Document,
    Payment,
    SubscriptionPeriod,
    ServiceMonth,
    LedgerEntry,
    StatusChange,
    OutboxMessage,
)
Counts = dict[str, int]


class RowCounter:
    """Remembers the last rows of the tables, and later counts those that came after."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with engine.connect() as connection:
            self._last = {
                table: connection.scalar(select(func.max(table.__table__.c.id))) or 0 for table in NUMBERED
            }

    def written(self) -> Counts:
        """How many rows were written since, by table."""
        with self._engine.connect() as connection:
            counts = {
                str(table.__tablename__): connection.scalar(
                    select(func.count()).where(table.__table__.c.id > last)
                )
                or 0
                for table, last in self._last.items()
            }
            attempts = select(func.count()).where(PaymentAttempt.invoice_id > self._last[Invoice])
            counts["payment_attempt"] = connection.scalar(attempts) or 0
        return counts


def per_renewal(counts: Counts, renewals: int) -> dict[str, float]:
    """Rows of each table for one renewal."""
    return {table: count / renewals for table, count in sorted(counts.items())}
