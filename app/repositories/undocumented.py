"""What still needs its documents, and what is printed on them (J3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, Row, case, cast, func, select, text, update
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload

from app.billing.invoice import InvoicePurpose
from app.billing.ledger import EntryKind
from app.billing.periods import Period, last_day_of
from app.models import (
    BALANCE_PROVIDER,
    BankLine,
    BankLineShare,
    Connector,
    Document,
    DocumentKind,
    Invoice,
    InvoiceLine,
    LedgerEntry,
    Payer,
    Payment,
    Refund,
    Seller,
    ServiceMonth,
    Subscription,
)
from app.repositories.base import one_of

# As the partial indexes say it: a parameter in its place would hide the index from a prepared plan.
PAYMENT_DUE = text("payment.documented_at IS NULL")
INVOICE_DUE = text("invoice.documented_at IS NULL AND (invoice.status = 'paid' OR invoice.purpose = 'usage')")
MONTH_DUE = text("service_month.documented_at IS NULL AND service_month.recognised_at IS NOT NULL")
REFUND_DUE = text("refund.documented_at IS NULL AND refund.status = 'sent'")

Marked: TypeAlias = Payment | Invoice | ServiceMonth | Refund
MARKED: Mapping[str, type[Marked]] = {
    "payment": Payment,
    "invoice": Invoice,
    "service_month": ServiceMonth,
    "refund": Refund,
}
"""The tables that have the mark."""


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """What goes on one document of service: a payer's lines with the same last day, taxed alike."""

    last_day: date
    seller_id: int
    payer_id: int
    currency: str
    is_taxed: bool


class UndocumentedRepository:
    """Rows whose mark `documented_at` is not set. The locks leave alone what another machine holds."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def payments(self) -> Sequence[int]:
        """Ids of payments, the oldest first."""
        return self.session.scalars(select(Payment.id).where(PAYMENT_DUE).order_by(Payment.id)).all()

    def refunds(self) -> Sequence[int]:
        """Ids of refunds that were sent, the oldest first."""
        return self.session.scalars(select(Refund.id).where(REFUND_DUE).order_by(Refund.id)).all()

    def prepaid_invoices(self) -> Sequence[int]:
        """Ids of paid invoices of service to come, the oldest money first."""
        prepaid = Invoice.purpose != InvoicePurpose.USAGE
        return self.session.scalars(
            select(Invoice.id).where(INVOICE_DUE, prepaid).order_by(Invoice.paid_at, Invoice.id)
        ).all()

    def months(self) -> Sequence[tuple[ServiceKey, int]]:
        """Service months that were given, with what decides on which document they go, the oldest first.

        Those whose prepayment is still to be documented wait for it: they name its счёт-фактура.
        """
        month = ServiceMonth
        rows = self.session.execute(
            select(
                month.id,
                month.invoice_id,
                month.last_day,
                month.seller_id,
                month.payer_id,
                month.currency,
                month.vat_rate,
            )
            .where(MONTH_DUE)
            .order_by(month.last_day, month.id)
        ).all()
        # Asked by their ids: in one statement the database expects far more months, and reads all invoices.
        waiting = self._undocumented_among({row.invoice_id for row in rows})
        return [(_key(row, row.last_day), row.id) for row in rows if row.invoice_id not in waiting]

    def _undocumented_among(self, invoice_ids: Collection[int]) -> frozenset[int]:
        """Those of the invoices whose own documents are still to come."""
        if not invoice_ids:
            return frozenset()
        return frozenset(
            self.session.scalars(
                select(Invoice.id).where(one_of(Invoice.id, invoice_ids), Invoice.documented_at.is_(None))
            )
        )

    def usage_invoices(self) -> Sequence[tuple[ServiceKey, int]]:
        """Invoices of operations, with what decides on which document they go, the oldest first."""
        rows = self.session.execute(
            select(
                Invoice.id,
                Invoice.seller_id,
                Invoice.payer_id,
                Invoice.currency,
                func.max(InvoiceLine.vat_rate).label("vat_rate"),
                func.max(InvoiceLine.period_start).label("period_start"),
                func.max(InvoiceLine.period_end).label("period_end"),
            )
            .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
            .where(INVOICE_DUE, Invoice.purpose == InvoicePurpose.USAGE)
            .group_by(Invoice.id)
            .order_by(Invoice.id)
        )
        return [(_key(row, last_day_of(Period(row.period_start, row.period_end))), row.id) for row in rows]

    def locked_payments(self, ids: Collection[int]) -> Sequence[Payment]:
        """Those of the payments that are still due and free, locked, with their invoices and lines."""
        return self.session.scalars(
            select(Payment)
            .where(one_of(Payment.id, ids), PAYMENT_DUE)
            .options(joinedload(Payment.invoice).selectinload(Invoice.lines))
            .order_by(Payment.id)
            .with_for_update(of=Payment, key_share=True, skip_locked=True)
            .execution_options(populate_existing=True)
        ).all()

    def locked_refunds(self, ids: Collection[int]) -> Sequence[Refund]:
        """Those of the refunds that are still due and free, locked, with their payments and invoices."""
        return self.session.scalars(
            select(Refund)
            .where(one_of(Refund.id, ids), REFUND_DUE)
            .options(joinedload(Refund.payment).joinedload(Payment.invoice))
            .order_by(Refund.id)
            .with_for_update(of=Refund, key_share=True, skip_locked=True)
            .execution_options(populate_existing=True)
        ).all()

    def locked_invoices(self, ids: Collection[int]) -> Sequence[Invoice]:
        """Those of the invoices that are still due and free, locked, with their lines."""
        return self.session.scalars(
            select(Invoice)
            .where(one_of(Invoice.id, ids), INVOICE_DUE)
            .options(selectinload(Invoice.lines))
            .order_by(Invoice.paid_at, Invoice.id)
            .with_for_update(of=Invoice, key_share=True, skip_locked=True)
            .execution_options(populate_existing=True)
        ).all()

    def locked_months(self, ids: Collection[int]) -> Sequence[Row[Any]]:
        """Those of the months that are still due and free, locked: `ServiceMonth`, its `connector`'s name,
        and the entry by which it was given: `gross_minor` and `booked_on`, None when nothing was.
        """
        return self.session.execute(
            select(
                ServiceMonth,
                Connector.name.label("connector"),
                LedgerEntry.amount_minor.label("gross_minor"),
                LedgerEntry.booked_on,
            )
            .join(Subscription, Subscription.id == ServiceMonth.subscription_id)
            .join(Connector, Connector.id == Subscription.connector_id)
            .outerjoin(LedgerEntry, _gave(LedgerEntry.service_month_id == ServiceMonth.id))
            .where(one_of(ServiceMonth.id, ids), MONTH_DUE)
            .order_by(ServiceMonth.invoice_id, ServiceMonth.invoice_line_id, ServiceMonth.ordinal)
            .with_for_update(of=ServiceMonth, key_share=True, skip_locked=True)
            .execution_options(populate_existing=True)
        ).all()

    def mark(self, table: type[Marked], ids: Collection[int], now: datetime) -> None:
        """Write down that the documents of these rows are issued, or that none is due."""
        if ids:
            self.session.execute(
                update(table)
                .where(one_of(table.id, ids))
                .values(documented_at=now)
                .execution_options(synchronize_session=False)
            )

    def owner(self, kind: str, identity: int) -> int | None:
        """The customer of a row, by the name of its table."""
        row: Any = self.session.get(MARKED[kind], identity)
        return None if row is None else row.customer_id

    def sellers(self, ids: Collection[int]) -> dict[int, Seller]:
        """These sellers with their regimes."""
        rows = self.session.scalars(
            select(Seller).where(one_of(Seller.id, ids)).options(selectinload(Seller.tax_regimes))
        )
        return {row.id: row for row in rows}

    def payers(self, ids: Collection[int]) -> dict[int, Payer]:
        """These payers with their customers."""
        rows = self.session.scalars(
            select(Payer).where(one_of(Payer.id, ids)).options(joinedload(Payer.customer))
        )
        return {row.id: row for row in rows}

    def prepaid_lines(self, invoice_ids: Collection[int]) -> Mapping[int, Sequence[Row[Any]]]:
        """By invoice, what was paid for service to come: `invoice_line_id`, `gross`, `vat` in minor units."""
        month = ServiceMonth
        rows = self.session.execute(
            select(
                month.invoice_id,
                month.invoice_line_id,
                cast(func.sum(month.gross_minor), BigInteger).label("gross"),
                cast(func.sum(month.advance_vat_minor), BigInteger).label("vat"),
            )
            .join(InvoiceLine, InvoiceLine.id == month.invoice_line_id)
            .where(one_of(InvoiceLine.invoice_id, invoice_ids))
            .group_by(month.invoice_id, month.invoice_line_id)
            .order_by(month.invoice_line_id)
        )
        return _by(rows, "invoice_id")

    def advances(self, invoice_ids: Collection[int]) -> Mapping[int, Sequence[Document]]:
        """By invoice, the счёт-фактура of its advance, then its corrections in their order."""
        rows = self.session.scalars(
            select(Document)
            .where(one_of(Document.invoice_id, invoice_ids), Document.kind == DocumentKind.ADVANCE_INVOICE)
            .order_by(Document.correction)
        )
        found: dict[int, list[Document]] = defaultdict(list)
        for row in rows:
            found[row.invoice_id or 0].append(row)
        return found

    def money(self, invoice_ids: Collection[int]) -> Mapping[int, Sequence[Row[Any]]]:
        """By invoice, the payments that paid it, the balance's aside: `provider`, `provider_reference`,
        `received_at`, and of a line of a bank statement `reference` and `booked_on`.
        """
        rows = self.session.execute(
            select(
                Payment.invoice_id,
                Payment.provider,
                Payment.provider_reference,
                Payment.received_at,
                BankLine.reference,
                BankLine.booked_on,
            )
            .outerjoin(BankLineShare, BankLineShare.payment_id == Payment.id)
            .outerjoin(BankLine, BankLine.id == BankLineShare.line_id)
            .where(
                one_of(Payment.invoice_id, invoice_ids),
                Payment.provider != BALANCE_PROVIDER,
                Payment.unallocated_minor < Payment.amount_minor,
            )
            .order_by(Payment.id)
        )
        return _by(rows, "invoice_id")

    def refunded_parts(
        self, refund_ids: Collection[int], customer_ids: Collection[int]
    ) -> Mapping[int, Sequence[Row[Any]]]:
        """By refund of these customers, what it was of: `is_service` or prepayment, the `rate` of service,
        `gross` and `vat` in minor units.
        """
        entry = LedgerEntry
        of_service = entry.kind.in_([EntryKind.SERVICE_REFUND, EntryKind.SERVICE_VAT_REDUCED])
        gross_kinds = entry.kind.in_([EntryKind.SERVICE_REFUND, EntryKind.PREPAYMENT_REFUND])
        vat_kinds = entry.kind.in_([EntryKind.SERVICE_VAT_REDUCED, EntryKind.ADVANCE_VAT_RETURNED])
        is_service, rate = of_service.label("is_service"), ServiceMonth.vat_rate.label("rate")
        rows = self.session.execute(
            select(
                entry.refund_id,
                is_service,
                rate,
                _sum(entry.amount_minor, gross_kinds).label("gross"),
                _sum(entry.amount_minor, vat_kinds).label("vat"),
            )
            .outerjoin(ServiceMonth, ServiceMonth.id == entry.service_month_id)
            .where(
                one_of(entry.customer_id, customer_ids),  # the index of the entries
                one_of(entry.refund_id, refund_ids),
                gross_kinds | vat_kinds,
            )
            .group_by(entry.refund_id, is_service, rate)
            .order_by(is_service, rate)
        )
        return _by(rows, "refund_id")


def _key(row: Row[Any], last_day: date) -> ServiceKey:
    return ServiceKey(last_day, row.seller_id, row.payer_id, row.currency, row.vat_rate is not None)


def _gave(of: ColumnElement[bool]) -> ColumnElement[bool]:
    """The entry by which service was given."""
    return of & (LedgerEntry.kind == EntryKind.SERVICE_GIVEN)


def _sum(amount: ColumnElement[int] | InstrumentedAttribute[int], of: ColumnElement[bool]) -> Any:
    return cast(func.sum(case((of, amount), else_=0)), BigInteger)


def _by(rows: Any, name: str) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found
