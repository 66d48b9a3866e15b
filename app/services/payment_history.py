"""The payment history, for its customer and for staff: list, details, export (H5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.billing.actors import Actor
from app.billing.errors import Conflict
from app.billing.money import Money, total
from app.billing.payment_history import HistoryFilter, HistoryStatus, Place, history_status
from app.models import Invoice, Payment, PaymentAttempt, StatusChange
from app.services.sign_off import require_staff
from app.services.unit_of_work import Repositories, Transactions

ROWS_OF_A_PAGE = 25
MOST_EXPORTED = 10_000
"""Rows of one file; more are asked for in parts."""
ROWS_OF_A_BATCH = 500
EVERYTHING = HistoryFilter()
NEWEST = Place()


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One invoice with what was paid for it."""

    invoice: Invoice
    payments: Sequence[Payment]

    @property
    def refunded(self) -> Money:
        """What is given back of the money that paid it."""
        return total((each.used_refunded for each in self.payments), self.invoice.currency)

    @property
    def status(self) -> HistoryStatus:
        """How it stands."""
        return history_status(self.invoice.status, self.invoice.first_failed_at, self.refunded.minor)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of the list, newest first, and where its neighbours begin; None where there is none."""

    entries: Sequence[HistoryEntry]
    newer: Place | None
    older: Place | None


@dataclass(frozen=True, slots=True)
class HistoryDetails:
    """Everything about one payment."""

    entry: HistoryEntry
    attempts: Sequence[PaymentAttempt]
    status_changes: Sequence[StatusChange]
    """Of the invoice, its attempts and its refunds, oldest first."""


def payment_history(
    transactions: Transactions,
    *,
    customer_id: int | None,
    wanted: HistoryFilter = EVERYTHING,
    place: Place = NEWEST,
) -> HistoryPage:
    """A page of a customer's history, or of everybody's when no customer is named, in three queries."""
    with transactions.reading() as repositories:
        found = repositories.payment_history.invoices(customer_id, wanted, place, ROWS_OF_A_PAGE + 1)
        # The row too many tells that there is more on the far side; it stands at the end that was gone to.
        there_is_more = len(found) > ROWS_OF_A_PAGE
        upwards = place.newer_than is not None
        if there_is_more:
            found = found[1:] if upwards else found[:-1]
        entries = _with_payments(repositories, found)
    below = bool(entries) and (there_is_more or upwards)
    above = bool(entries) and (there_is_more if upwards else place.older_than is not None)
    return HistoryPage(
        entries,
        newer=Place(newer_than=entries[0].invoice.id) if above else None,
        older=Place(older_than=entries[-1].invoice.id) if below else None,
    )


def payment_details(
    transactions: Transactions, *, customer_id: int | None, invoice_id: int
) -> HistoryDetails:
    """One payment, with the history of its statuses. Raises NotFound, also when it is another customer's."""
    with transactions.reading() as repositories:
        invoice = repositories.payment_history.one(customer_id, invoice_id)
        (entry,) = _with_payments(repositories, [invoice])
        return HistoryDetails(
            entry,
            repositories.attempts.of_invoice(invoice_id),
            repositories.payment_history.status_changes(invoice_id),
        )


def exported_history(
    transactions: Transactions, *, customer_id: int | None, wanted: HistoryFilter = EVERYTHING
) -> Iterator[HistoryEntry]:
    """The whole list, newest first, read in batches while it is written out.

    Raises Conflict EXPORT_TOO_LONG at once, before the first entry: nothing is ever cut off silently.
    """
    with transactions.reading() as repositories:
        count = repositories.payment_history.count(customer_id, wanted, MOST_EXPORTED + 1)
    if count > MOST_EXPORTED:
        raise Conflict("more than one file holds", code="EXPORT_TOO_LONG")
    return _in_batches(transactions, customer_id, wanted)


def note_export(
    transactions: Transactions, *, actor: Actor, arguments: dict[str, str], now: datetime
) -> None:
    """Write into the audit that an employee took customers' payments out of the house, and which.

    Raises NotPermitted for anybody but staff.
    """
    require_staff(actor)
    with transactions.begin(actor) as work:
        work.audit("payment_history.export", "payment", "history", now=now, details=arguments)


def _in_batches(
    transactions: Transactions, customer_id: int | None, wanted: HistoryFilter
) -> Iterator[HistoryEntry]:
    place = NEWEST
    while True:
        with transactions.reading() as repositories:
            found = repositories.payment_history.invoices(customer_id, wanted, place, ROWS_OF_A_BATCH)
            entries = _with_payments(repositories, found)
        yield from entries
        if len(entries) < ROWS_OF_A_BATCH:
            return
        place = Place(older_than=entries[-1].invoice.id)


def _with_payments(repositories: Repositories, invoices: Sequence[Invoice]) -> list[HistoryEntry]:
    payments = repositories.payment_history.payments([invoice.id for invoice in invoices])
    return [HistoryEntry(invoice, payments.get(invoice.id, [])) for invoice in invoices]
