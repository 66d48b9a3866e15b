"""Writes the movements of money events into the ledger (K1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from app.billing.ledger import Entry
from app.billing.periods import local_date
from app.models import LedgerEntry
from app.services.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Cause:
    """Whose money event it is and what it is about."""

    seller_id: int
    customer_id: int
    invoice_id: int | None = None
    payment_id: int | None = None
    service_month_id: int | None = None
    refund_id: int | None = None


def book(
    work: UnitOfWork, entries: Iterable[Entry], cause: Cause, now: datetime, booked_on: date | None = None
) -> None:
    """Write the entries, dated by the local day of `now` unless they belong to another one."""
    for entry in entries:
        work.write(
            LedgerEntry,
            seller_id=cause.seller_id,
            customer_id=cause.customer_id,
            kind=entry.kind.value,
            debit=str(entry.debit),
            credit=str(entry.credit),
            currency=entry.amount.currency,
            amount_minor=entry.amount.minor,
            at=now,
            booked_on=booked_on or local_date(now),
            invoice_id=cause.invoice_id,
            payment_id=cause.payment_id,
            service_month_id=cause.service_month_id,
            refund_id=cause.refund_id,
        )
