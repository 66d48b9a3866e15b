"""What is not in order at the end of a month: one query a check (K1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.billing.month_closing import CheckResult, ClosingCheck
from app.billing.registers import ROUBLE
from app.models import LedgerEntry
from app.repositories.registers import Stretch

QUERIES: Mapping[ClosingCheck, str] = MappingProxyType(
    {
        ClosingCheck.REVENUE: """
            SELECT 'service_month ' || id FROM service_month
            WHERE seller_id = :seller_id AND recognised_at IS NULL AND last_day <= :last
            UNION ALL
            SELECT 'subscription ' || usage_month.subscription_id FROM usage_month
            WHERE closed_at IS NULL AND operations > 0 AND month <= :first
        """,
        ClosingCheck.FAILED_DOCUMENTS: """
            SELECT 'document ' || id FROM document
            WHERE seller_id = :seller_id AND status <> 'ready'
                AND (issued_on BETWEEN :first AND :last OR corrected_on BETWEEN :first AND :last)
        """,
        ClosingCheck.BANK_LINES: """
            SELECT 'bank_line ' || id FROM bank_line
            WHERE seller_id = :seller_id AND state = 'unmatched' AND booked_on <= :last
        """,
        ClosingCheck.UNKNOWN_MONEY: """
            SELECT 'invoice ' || attempt.invoice_id
            FROM payment_attempt AS attempt JOIN invoice ON invoice.id = attempt.invoice_id
            WHERE invoice.seller_id = :seller_id AND attempt.state IN ('started', 'unknown')
                AND timezone('Europe/Moscow', attempt.started_at)::date <= :last
            UNION ALL
            SELECT 'refund ' || id FROM refund
            WHERE seller_id = :seller_id AND status = 'sending'
                AND timezone('Europe/Moscow', decided_at)::date <= :last
        """,
    }
)
"""Each answers «table id» of every row that is not in order."""


class ClosingCheckRepository:
    """Counts what a checklist asks for."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def found(self, check: ClosingCheck, stretch: Stretch, examples: int) -> CheckResult:
        """How many rows are not in order, with a few of them; KeyError for a check that is no query."""
        few = f"(array_agg(found.told ORDER BY found.told))[1:{int(examples)}]"
        # The queries are constants of this module.
        counted = text(
            f"SELECT count(*) AS how_many, {few} AS examples FROM ({QUERIES[check]}) AS found (told)"  # noqa: S608
        )
        parameters = {"seller_id": stretch.seller_id, "first": stretch.first, "last": stretch.last}
        row = self.session.execute(counted, parameters).one()
        return CheckResult(check, row.how_many, tuple(row.examples or ()))

    def foreign_days(self, stretch: Stretch) -> Sequence[tuple[str, date]]:
        """The days with entries in other currencies than roubles, by currency."""
        rows = self.session.execute(
            select(LedgerEntry.currency, LedgerEntry.booked_on)
            .where(
                LedgerEntry.seller_id == stretch.seller_id,
                LedgerEntry.currency != ROUBLE,
                LedgerEntry.booked_on.between(stretch.first, stretch.last),
            )
            .distinct()
            .order_by(LedgerEntry.booked_on, LedgerEntry.currency)
        )
        return [(row.currency, row.booked_on) for row in rows]
