"""Refunds and compensation, and the paid lines that refunds are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, exists, false, func, select
from sqlalchemy.orm import joinedload

from app.billing.errors import NotFound
from app.billing.invoice import InvoiceStatus
from app.billing.money import Money
from app.billing.provider import RefundReport
from app.billing.refunds import RefundSource, RefundStatus
from app.models import (
    Compensation,
    Invoice,
    InvoiceLine,
    Payment,
    Refund,
    Subscription,
    SubscriptionPeriod,
)
from app.repositories.base import Repository, as_uuid

WAITING = frozenset({RefundStatus.REQUESTED, RefundStatus.APPROVED, RefundStatus.SENDING})
"""A line has one of these at a time: a wall of the table."""
GIVEN_BACK = frozenset(set(RefundStatus) - {RefundStatus.REQUESTED, RefundStatus.REJECTED})
"""The money is the customer's again, sent or still to be sent."""


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A paid line with the period that it bought."""

    line: InvoiceLine
    period: SubscriptionPeriod
    subscription: Subscription
    invoice: Invoice


class RefundRepository(Repository[Refund]):
    """Refunds."""

    model = Refund

    def of_customer(self, customer_id: int) -> Sequence[Refund]:
        """A customer's refunds, newest first."""
        return self.session.scalars(
            select(Refund).where(Refund.customer_id == customer_id).order_by(Refund.id.desc())
        ).all()

    def waiting(self) -> Sequence[Refund]:
        """What waits to be decided or sent (L4), the oldest first."""
        return self.session.scalars(
            select(Refund)
            .where(Refund.status.in_(WAITING))
            .options(joinedload(Refund.customer), joinedload(Refund.payment))
            .order_by(Refund.id)
        ).all()

    def to_look_at(self, real_now: datetime) -> Sequence[int]:
        """Ids of refunds that are being sent and whose provider is to be asked now, the longest due first."""
        return self.session.scalars(
            select(Refund.id)
            .where(Refund.status == RefundStatus.SENDING, Refund.next_look_at <= real_now)
            .order_by(Refund.next_look_at, Refund.id)
        ).all()

    def meant_by(self, provider: str, report: RefundReport) -> Sequence[int]:
        """Ids of our refunds that the provider's report may be of: by the mark of their order, or by name."""
        order_id = as_uuid(report.mark)
        marked = Refund.order_id == order_id if order_id is not None else false()
        named = Refund.provider_reference == report.reference
        query = (
            select(Refund.id)
            .join(Payment)
            .where(
                Payment.provider == provider,
                marked | (named & (Refund.source == RefundSource.REQUESTED)),
            )
            .order_by(Refund.id)
        )
        return self.session.scalars(query).all()

    def made_at_provider(self, payment_id: int, reference: str) -> Sequence[Refund]:
        """What was booked of the refund that the provider calls so."""
        return self.session.scalars(
            select(Refund)
            .where(
                Refund.payment_id == payment_id,
                Refund.provider_reference == reference,
                Refund.source == RefundSource.MADE_AT_PROVIDER,
            )
            .order_by(Refund.id)
            .with_for_update(key_share=True)
        ).all()

    def sent_at_provider(self, payment: Payment) -> Money:
        """What of the payment left by refunds that were made at the provider."""
        sent = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
            Refund.payment_id == payment.id,
            Refund.source == RefundSource.MADE_AT_PROVIDER,
            Refund.status == RefundStatus.SENT,
        )
        return Money(int(self.session.scalar(sent) or 0), payment.currency)

    def owed_to_method(
        self, payment: Payment, amount: Money, statuses: frozenset[RefundStatus]
    ) -> Refund | None:
        """The oldest refund in one of the statuses that owes just so much to the method of the payment."""
        return self.session.scalar(
            select(Refund)
            .where(
                Refund.payment_id == payment.id,
                Refund.status.in_(statuses),
                Refund.to_method_minor == amount.minor,
                Refund.through.is_(None),
            )
            .order_by(Refund.id)
            .limit(1)
            .with_for_update(key_share=True)
        )

    def period_of(self, refund: Refund) -> SubscriptionPeriod | None:
        """The period that the refund gives back; None when it is of no line, or of used operations."""
        return self.session.scalar(
            select(SubscriptionPeriod).where(SubscriptionPeriod.invoice_line_id == refund.invoice_line_id)
        )

    def lines_paid(self, invoice_id: int) -> Sequence[InvoiceLine]:
        """The lines that the invoice's money paid, periods and used operations, in their order."""
        bought = exists().where(SubscriptionPeriod.invoice_line_id == InvoiceLine.id)
        return self.session.scalars(
            select(InvoiceLine)
            .join(Invoice)
            .where(
                InvoiceLine.invoice_id == invoice_id,
                Invoice.status == InvoiceStatus.PAID,
                bought | InvoiceLine.operation_price_id.is_not(None),
            )
            .order_by(InvoiceLine.position)
        ).all()

    def given_back_of(self, line: InvoiceLine, *, beside: int | None = None) -> Money:
        """What is given back of the line, sent or still to be sent, leaving the one `beside` them out."""
        query = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
            Refund.invoice_line_id == line.id,
            Refund.status.in_(GIVEN_BACK),
            Refund.id.is_distinct_from(beside),
        )
        return Money(int(self.session.scalar(query) or 0), line.currency)

    def paid_line(self, customer_id: int, invoice_line_id: int | None) -> PaidLine:
        """The paid line if it is the customer's and has bought a period, else NotFound."""
        query = _paid_lines().where(Invoice.customer_id == customer_id, InvoiceLine.id == invoice_line_id)
        row = self.session.execute(query).one_or_none()
        if row is None:
            raise NotFound("paid line")
        return PaidLine(*row)

    def last_paid_line(self, customer_id: int, subscription_id: int) -> PaidLine | None:
        """The line of the last paid period that was not given back: what a refund would be of."""
        query = (
            _paid_lines()
            .where(
                Invoice.customer_id == customer_id,
                Subscription.id == subscription_id,
                ~_given_back(InvoiceLine.id),
            )
            .order_by(SubscriptionPeriod.starts_at.desc())
            .limit(1)
        )
        row = self.session.execute(query).one_or_none()
        return None if row is None else PaidLine(*row)

    def keeps_later_period(self, period: SubscriptionPeriod) -> bool:
        """Whether a later period of the subscription was paid and not given back."""
        later = exists().where(
            SubscriptionPeriod.subscription_id == period.subscription_id,
            SubscriptionPeriod.starts_at > period.starts_at,
            ~_given_back(SubscriptionPeriod.invoice_line_id),
        )
        return bool(self.session.scalar(select(later)))

    def is_waiting(self, invoice_line_id: int) -> bool:
        """Whether a refund of the line waits to be decided or sent."""
        query = select(exists().where(Refund.invoice_line_id == invoice_line_id, Refund.status.in_(WAITING)))
        return bool(self.session.scalar(query))

    def of_line(self, line: InvoiceLine, *, beside: int | None = None) -> Money:
        """The sum of the line's refunds that were not rejected, leaving the one `beside` them out."""
        query = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
            Refund.invoice_line_id == line.id,
            Refund.status != RefundStatus.REJECTED,
            Refund.id.is_distinct_from(beside),
        )
        return Money(int(self.session.scalar(query) or 0), line.currency)

    def payments_of(self, invoice_id: int, *, lock: bool = False) -> Sequence[Payment]:
        """The payments that paid the invoice, at most one of a provider and one of the balance."""
        query = (
            select(Payment)
            .where(Payment.invoice_id == invoice_id, Payment.unallocated_minor < Payment.amount_minor)
            .order_by(Payment.id)
        )
        if lock:
            query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
        return self.session.scalars(query).all()

    def started_lines(self, invoice_id: int) -> Sequence[InvoiceLine]:
        """The lines of the invoice that its money paid, in their order."""
        return self.session.scalars(
            select(InvoiceLine)
            .join(SubscriptionPeriod, SubscriptionPeriod.invoice_line_id == InvoiceLine.id)
            .where(InvoiceLine.invoice_id == invoice_id)
            .order_by(InvoiceLine.position)
        ).all()


class CompensationRepository(Repository[Compensation]):
    """Compensation."""

    model = Compensation

    def of_customer(self, customer_id: int) -> Sequence[Compensation]:
        """What a customer was given or is to be given, newest first."""
        return self.session.scalars(
            select(Compensation)
            .where(Compensation.customer_id == customer_id)
            .order_by(Compensation.id.desc())
        ).all()


def _paid_lines() -> Select[tuple[InvoiceLine, SubscriptionPeriod, Subscription, Invoice]]:
    return (
        select(InvoiceLine, SubscriptionPeriod, Subscription, Invoice)
        .join(SubscriptionPeriod, SubscriptionPeriod.invoice_line_id == InvoiceLine.id)
        .join(Subscription, Subscription.id == InvoiceLine.subscription_id)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(Invoice.status == InvoiceStatus.PAID)
    )


def _given_back(invoice_line_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    return exists().where(Refund.invoice_line_id == invoice_line_id, Refund.status.in_(GIVEN_BACK))
