"""Invoices and the gapless numbers of their series."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload, selectinload

from app.billing.errors import NotFound
from app.billing.invoice import InvoiceStatus
from app.models import Invoice, InvoiceLine, NumberSeries, Payment, Subscription
from app.repositories.base import Repository


class InvoiceRepository(Repository[Invoice]):
    """Invoices."""

    model = Invoice

    def of_cart(self, cart_id: int) -> Invoice | None:
        """The one invoice made from this cart."""
        return self.session.scalar(select(Invoice).where(Invoice.cart_id == cart_id))

    def of_customer(self, customer_id: int) -> Sequence[Invoice]:
        """A customer's invoices, newest first."""
        return self.session.scalars(
            select(Invoice).where(Invoice.customer_id == customer_id).order_by(Invoice.id.desc())
        ).all()

    def one_of_customer(self, customer_id: int, invoice_id: int) -> Invoice:
        """This invoice with its lines if it is the customer's, else NotFound."""
        invoice = self.session.scalar(
            select(Invoice)
            .where(Invoice.id == invoice_id, Invoice.customer_id == customer_id)
            .options(
                selectinload(Invoice.lines)
                .joinedload(InvoiceLine.subscription)
                .joinedload(Subscription.connector),
                joinedload(Invoice.payer),
            )
        )
        if invoice is None:
            raise NotFound("invoice")
        return invoice

    def locked(self, invoice_id: int) -> Invoice:
        """The invoice, locked, with its lines; raises NotFound."""
        invoice = self.session.scalar(
            select(Invoice)
            .where(Invoice.id == invoice_id)
            .options(selectinload(Invoice.lines))
            .with_for_update(of=Invoice)
            .execution_options(populate_existing=True)
        )
        if invoice is None:
            raise NotFound("invoice")
        return invoice

    def subscriptions_awaiting_payment(self, customer_id: int) -> frozenset[int]:
        """Ids of the customer's subscriptions that stand on an open invoice."""
        query = (
            select(InvoiceLine.subscription_id)
            .join(Invoice)
            .where(Invoice.customer_id == customer_id, Invoice.status == InvoiceStatus.OPEN)
        )
        return frozenset(self.session.scalars(query))

    def overdue(self, today: date) -> Sequence[int]:
        """Ids of open invoices whose due date has passed."""
        return self.session.scalars(
            select(Invoice.id)
            .where(Invoice.status == InvoiceStatus.OPEN, Invoice.due_on < today)
            .order_by(Invoice.id)
        ).all()

    def payments(self, customer_id: int) -> Sequence[Payment]:
        """A customer's payments with their invoices, newest first."""
        return self.session.scalars(
            select(Payment)
            .where(Payment.customer_id == customer_id)
            .options(joinedload(Payment.invoice))
            .order_by(Payment.id.desc())
        ).all()

    def take_numbers(self, seller_id: int, series: str, year: int, count: int = 1) -> range:
        """Take the next numbers of the series: one UPDATE, undone when the transaction is.

        The row stays locked until the transaction ends, so numbers are taken last (design §3).
        """
        insertion = insert(NumberSeries).values(
            seller_id=seller_id, series=series, year=year, last_number=count
        )
        last = self.session.scalar(
            insertion.on_conflict_do_update(
                index_elements=[NumberSeries.seller_id, NumberSeries.series, NumberSeries.year],
                set_={"last_number": NumberSeries.last_number + count},
            ).returning(NumberSeries.last_number)
        )
        assert last is not None
        return range(last - count + 1, last + 1)
