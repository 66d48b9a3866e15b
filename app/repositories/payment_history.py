"""Reads the payment history: invoices with their lines and payments, page by page (H5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.billing.errors import NotFound
from app.billing.invoice import InvoiceStatus
from app.billing.payment_history import HistoryFilter, HistoryStatus, Place
from app.models import Invoice, Payment, PaymentAttempt, Refund, StatusChange
from app.repositories.base import one_of

MOST_CHANGES = 500
"""Of one invoice and what belongs to it; more than any has."""


class PaymentHistoryRepository:
    """The history of one customer, or of everybody when no customer is named."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def invoices(
        self, customer_id: int | None, wanted: HistoryFilter, place: Place, count: int
    ) -> Sequence[Invoice]:
        """At most so many invoices from the place on, newest first, each with lines, payer and customer."""
        query = (
            select(Invoice)
            .where(*_conditions(customer_id, wanted))
            .options(selectinload(Invoice.lines), joinedload(Invoice.payer), joinedload(Invoice.customer))
            .limit(count)
        )
        if place.newer_than is not None:
            query = query.where(Invoice.id > place.newer_than).order_by(Invoice.id)
            return list(reversed(self.session.scalars(query).all()))
        if place.older_than is not None:
            query = query.where(Invoice.id < place.older_than)
        return self.session.scalars(query.order_by(Invoice.id.desc())).all()

    def count(self, customer_id: int | None, wanted: HistoryFilter, most: int) -> int:
        """How many invoices there are; counts no further than `most`."""
        found = select(Invoice.id).where(*_conditions(customer_id, wanted)).limit(most).subquery()
        return self.session.scalar(select(func.count()).select_from(found)) or 0

    def one(self, customer_id: int | None, invoice_id: int) -> Invoice:
        """This invoice, if it is the customer's; raises NotFound."""
        invoice = self.session.scalar(
            select(Invoice)
            .where(Invoice.id == invoice_id, *_conditions(customer_id, HistoryFilter()))
            .options(selectinload(Invoice.lines), joinedload(Invoice.payer), joinedload(Invoice.customer))
        )
        if invoice is None:
            raise NotFound("invoice")
        return invoice

    def payments(self, invoice_ids: Collection[int]) -> dict[int, list[Payment]]:
        """The payments of these invoices, oldest first, by invoice."""
        rows = self.session.scalars(
            select(Payment).where(one_of(Payment.invoice_id, invoice_ids)).order_by(Payment.id)
        )
        by_invoice: dict[int, list[Payment]] = defaultdict(list)
        for row in rows:
            by_invoice[row.invoice_id].append(row)
        return by_invoice

    def status_changes(self, invoice_id: int) -> Sequence[StatusChange]:
        """What became of the invoice, of the attempts to charge it and of its refunds, oldest first."""
        attempts = select(cast(PaymentAttempt.id, String)).where(PaymentAttempt.invoice_id == invoice_id)
        refunds = select(cast(Refund.id, String)).join(Payment).where(Payment.invoice_id == invoice_id)
        kind, identity = StatusChange.object_kind, StatusChange.object_id
        return self.session.scalars(
            select(StatusChange)
            .where(
                or_(
                    and_(kind == "invoice", identity == str(invoice_id)),
                    and_(kind == "payment_attempt", identity.in_(attempts)),
                    and_(kind == "refund", identity.in_(refunds)),
                )
            )
            .order_by(StatusChange.id)
            .limit(MOST_CHANGES)
        ).all()


def _conditions(customer_id: int | None, wanted: HistoryFilter) -> Iterator[ColumnElement[bool]]:
    if customer_id is not None:
        yield Invoice.customer_id == customer_id
    if wanted.first is not None:
        yield Invoice.issued_on >= wanted.first
    if wanted.last is not None:
        yield Invoice.issued_on <= wanted.last
    if wanted.least is not None:
        yield Invoice.total_minor >= wanted.least
    if wanted.most is not None:
        yield Invoice.total_minor <= wanted.most
    if wanted.status is not None:
        yield _stands(wanted.status)
    yield from _numbered(wanted)


def _numbered(wanted: HistoryFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.number is not None:
        yield Invoice.number == wanted.number.number
        if wanted.number.year is not None:
            yield Invoice.year == wanted.number.year
        if wanted.number.series is not None:
            yield Invoice.series == wanted.number.series


def _stands(status: HistoryStatus) -> ColumnElement[bool]:
    """As `history_status` tells."""
    of_used = Payment.refunded_minor > Payment.unallocated_refunded_minor
    refunded = exists().where(Payment.invoice_id == Invoice.id, of_used)
    match status:
        case HistoryStatus.VOID:
            return Invoice.status == InvoiceStatus.VOID
        case HistoryStatus.PAID:
            return and_(Invoice.status == InvoiceStatus.PAID, ~refunded)
        case HistoryStatus.REFUNDED:
            return and_(Invoice.status == InvoiceStatus.PAID, refunded)
        case HistoryStatus.WAITING:
            return and_(Invoice.status == InvoiceStatus.OPEN, Invoice.first_failed_at.is_(None))
        case HistoryStatus.OVERDUE:
            return and_(Invoice.status == InvoiceStatus.OPEN, Invoice.first_failed_at.is_not(None))
