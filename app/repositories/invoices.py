"""Invoices and the gapless numbers of their series."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import case, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload, selectinload

from app.billing.errors import NotFound
from app.billing.invoice import InvoicePurpose, InvoiceStatus
from app.billing.subscription import SubscriptionStatus
from app.models import Invoice, InvoiceLine, NumberSeries, Payment, Subscription
from app.repositories.base import Repository, one_of
from app.repositories.customers import is_billed


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

    def open_of_customer(self, customer_id: int) -> Sequence[Invoice]:
        """The customer's unpaid invoices, oldest first."""
        return self.session.scalars(
            select(Invoice)
            .where(Invoice.customer_id == customer_id, Invoice.status == InvoiceStatus.OPEN)
            .order_by(Invoice.id)
        ).all()

    def has_paid(self, customer_id: int) -> bool:
        """Whether the customer has paid any invoice."""
        paid = (Invoice.customer_id == customer_id) & (Invoice.status == InvoiceStatus.PAID)
        return self.session.scalar(select(exists().where(paid))) or False

    def locked_all(self, invoice_ids: Collection[int]) -> Sequence[Invoice]:
        """These invoices with their lines, locked in the order of their ids."""
        return self.session.scalars(
            select(Invoice)
            .where(one_of(Invoice.id, invoice_ids))
            .options(selectinload(Invoice.lines))
            .order_by(Invoice.id)
            .with_for_update(of=Invoice)
            .execution_options(populate_existing=True)
        ).all()

    def owners(self, invoice_ids: Collection[int]) -> set[int]:
        """The customers of these invoices."""
        return set(self.session.scalars(select(Invoice.customer_id).where(one_of(Invoice.id, invoice_ids))))

    def open_with_lines_of(self, subscription_ids: Collection[int]) -> Sequence[Invoice]:
        """Open invoices on which a period of one of these subscriptions stands, with their lines, locked.

        What was used is owed whatever happens to the subscription, so invoices of usage are none of them.
        """
        standing = select(InvoiceLine.invoice_id).where(
            one_of(InvoiceLine.subscription_id, subscription_ids), InvoiceLine.released_at.is_(None)
        )
        query = select(Invoice.id).where(
            Invoice.id.in_(standing),
            Invoice.status == InvoiceStatus.OPEN,
            Invoice.purpose != InvoicePurpose.USAGE,
        )
        return self.locked_all(self.session.scalars(query).all())

    def invoiced_ahead(self, subscription_ids: Collection[int]) -> frozenset[int]:
        """Those of the subscriptions whose next period stands on an invoice already."""
        starts = func.coalesce(
            case((Subscription.status == SubscriptionStatus.TRIAL, Subscription.trial_ends_at)),
            Subscription.period_end,
        )
        query = (
            select(InvoiceLine.subscription_id)
            .join(Subscription, Subscription.id == InvoiceLine.subscription_id)
            .where(
                one_of(InvoiceLine.subscription_id, subscription_ids),
                InvoiceLine.period_start == starts,
                InvoiceLine.released_at.is_(None),
            )
        )
        return frozenset(self.session.scalars(query))

    def due_for_attempt(self, now: datetime) -> Sequence[tuple[int, int]]:
        """Open invoices whose next retry or reminder is due, with their customers, by customer."""
        rows = self.session.execute(
            select(Invoice.id, Invoice.customer_id)
            .where(
                Invoice.status == InvoiceStatus.OPEN,
                Invoice.next_attempt_at <= now,
                is_billed(Invoice.customer_id),
            )
            .order_by(Invoice.customer_id, Invoice.id)
        )
        return [(row.id, row.customer_id) for row in rows]

    def subscriptions_awaiting_payment(self, customer_id: int) -> frozenset[int]:
        """Ids of the customer's subscriptions that stand on an open invoice."""
        query = (
            select(InvoiceLine.subscription_id)
            .join(Invoice)
            .where(Invoice.customer_id == customer_id, Invoice.status == InvoiceStatus.OPEN)
        )
        return frozenset(self.session.scalars(query))

    def overdue(self, today: date) -> Sequence[int]:
        """Ids of unpaid orders whose due date has passed; renewals have their dunning instead."""
        return self.session.scalars(
            select(Invoice.id)
            .where(
                Invoice.status == InvoiceStatus.OPEN,
                Invoice.due_on < today,
                Invoice.purpose == InvoicePurpose.ORDER,
            )
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

    def last_issued_on(self, seller_id: int, series: str, year: int) -> date | None:
        """The date of the highest number that others have committed; the series must be locked."""
        return self.session.scalar(
            select(Invoice.issued_on)
            .where(Invoice.seller_id == seller_id, Invoice.series == series, Invoice.year == year)
            .order_by(Invoice.number.desc())
            .limit(1)
        )
