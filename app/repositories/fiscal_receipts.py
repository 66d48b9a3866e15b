"""Fiscal receipts, and the settlements that still need one (54-ФЗ)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select, text

from app.billing.ledger import EntryKind
from app.billing.refunds import RefundStatus
from app.models import (
    BALANCE_PROVIDER,
    FiscalReceiptMonth,
    FiscalReceiptRow,
    Invoice,
    InvoiceLine,
    LedgerEntry,
    Payer,
    PayerKind,
    Payment,
    Refund,
    ServiceMonth,
)
from app.repositories.base import Repository, one_of

PERSONS = (PayerKind.INDIVIDUAL, PayerKind.FOREIGN_INDIVIDUAL)
ROUBLE = "RUB"
RECEIPTS_LOCK = 7_120_013
"""Who promises receipts holds it: two machines at once would promise the same ones."""


class FiscalReceiptRepository(Repository[FiscalReceiptRow]):
    """Receipts. Settlements are those of individuals in roubles."""

    model = FiscalReceiptRow

    def lock_promising(self) -> None:
        """Wait until nobody else promises receipts; held until the end of the transaction."""
        self.session.execute(select(func.pg_advisory_xact_lock(RECEIPTS_LOCK)))

    def payments_without(self, since: datetime) -> Sequence[int]:
        """Ids of payments since an instant that have no receipt, the oldest first; not the balance's."""
        conditions = (Payment.received_at >= since, *_PAYMENT_IS_DUE)
        return self.session.scalars(
            _of_persons(select(Payment.id).select_from(Payment)).where(*conditions).order_by(Payment.id)
        ).all()

    def payments(self, ids: Collection[int]) -> Sequence[tuple[Payment, Invoice, Payer]]:
        """Those of the payments that still have no receipt."""
        query = _of_persons(select(Payment, Invoice, Payer).select_from(Payment))
        rows = self.session.execute(
            query.where(one_of(Payment.id, ids), *_PAYMENT_IS_DUE).order_by(Payment.id)
        )
        return [(payment, invoice, payer) for payment, invoice, payer in rows]

    def refunds_without(self, since: datetime) -> Sequence[int]:
        """Ids of refunds that have left since an instant, at least in part, and have no receipt."""
        query = _of_persons(
            select(Refund.id).select_from(Refund).join(Payment, Refund.payment_id == Payment.id)
        )
        return self.session.scalars(
            query.where(Refund.sent_at >= since, *_REFUND_IS_DUE).order_by(Refund.id)
        ).all()

    def refunds(self, ids: Collection[int]) -> Sequence[tuple[Refund, Payment, Invoice, Payer]]:
        """Those of the refunds that still have no receipt."""
        query = select(Refund, Payment, Invoice, Payer).select_from(Refund)
        rows = self.session.execute(
            _of_persons(query.join(Payment, Refund.payment_id == Payment.id))
            .where(one_of(Refund.id, ids), *_REFUND_IS_DUE)
            .order_by(Refund.id)
        )
        return [(refund, payment, invoice, payer) for refund, payment, invoice, payer in rows]

    def payers_with_offsets(self, since: date, before: date) -> Sequence[int]:
        """Ids of payers whose prepaid service was given on a day from `since` to the one before `before`
        and stands on no receipt.
        """
        query = _offsets(select(ServiceMonth.payer_id).select_from(ServiceMonth), since, before)
        return self.session.scalars(
            query.group_by(ServiceMonth.payer_id).order_by(ServiceMonth.payer_id)
        ).all()

    def offsets(
        self, payer_ids: Collection[int], since: date, before: date
    ) -> Sequence[tuple[ServiceMonth, Payer, int, str]]:
        """Their service months on no receipt by payer and day, each with the price that it was given at, in
        kopecks, and what its line says.
        """
        query = select(ServiceMonth, Payer, LedgerEntry.amount_minor, InvoiceLine.description)
        rows = self.session.execute(
            _offsets(query.select_from(ServiceMonth), since, before)
            .join(InvoiceLine, InvoiceLine.id == ServiceMonth.invoice_line_id)
            .where(one_of(ServiceMonth.payer_id, payer_ids))
            .order_by(ServiceMonth.payer_id, ServiceMonth.last_day, ServiceMonth.id)
        )
        return [(month, payer, gross, told) for month, payer, gross, told in rows]

    def lines(self, invoice_ids: Collection[int]) -> Sequence[InvoiceLine]:
        """The lines of invoices that their money started, in their order."""
        return self.session.scalars(
            select(InvoiceLine)
            .where(one_of(InvoiceLine.invoice_id, invoice_ids), InvoiceLine.released_at.is_(None))
            .order_by(InvoiceLine.invoice_id, InvoiceLine.position)
        ).all()

    def lowered(self, refund_id: int) -> Sequence[tuple[ServiceMonth, int]]:
        """The given months whose price a refund lowered, and by how much, in kopecks."""
        rows = self.session.execute(
            select(ServiceMonth, LedgerEntry.amount_minor)
            .join(LedgerEntry, LedgerEntry.service_month_id == ServiceMonth.id)
            .where(LedgerEntry.refund_id == refund_id, LedgerEntry.kind == EntryKind.SERVICE_REFUND)
            .order_by(ServiceMonth.id)
        )
        return [(month, amount) for month, amount in rows]


# As the partial indexes say it: a parameter in its place would hide the index from a prepared plan.
_OF_PAYMENT = text("fiscal_receipt.kind = 'payment'")
_OF_REFUND = text("fiscal_receipt.kind = 'refund'")
_PAYMENT_IS_DUE: tuple[ColumnElement[bool], ...] = (
    Payment.currency == ROUBLE,
    Payment.provider != BALANCE_PROVIDER,
    ~exists().where(FiscalReceiptRow.payment_id == Payment.id, _OF_PAYMENT),
)
_REFUND_IS_DUE: tuple[ColumnElement[bool], ...] = (
    Refund.status == RefundStatus.SENT,
    Refund.to_method_minor > 0,
    Refund.currency == ROUBLE,
    ~exists().where(FiscalReceiptRow.refund_id == Refund.id, _OF_REFUND),
)


def _of_persons(query: Select[Any]) -> Select[Any]:
    return (
        query.join(Invoice, Invoice.id == Payment.invoice_id)
        .join(Payer, Payer.id == Invoice.payer_id)
        .where(Payer.kind.in_(PERSONS))
    )


def _offsets(query: Select[Any], since: date, before: date) -> Select[Any]:
    """Months that were given for a price; those that were given back whole before are not."""
    return (
        query.join(Payer, Payer.id == ServiceMonth.payer_id)
        .join(
            LedgerEntry,
            (LedgerEntry.service_month_id == ServiceMonth.id) & (LedgerEntry.kind == EntryKind.SERVICE_GIVEN),
        )
        .where(
            ServiceMonth.last_day >= since,
            ServiceMonth.last_day < before,
            ServiceMonth.currency == ROUBLE,
            Payer.kind.in_(PERSONS),
            ~exists().where(FiscalReceiptMonth.service_month_id == ServiceMonth.id),
        )
    )
