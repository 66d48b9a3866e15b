"""What an approved refund changes: payments, service months, the ledger, the balance, access (H7, K1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.billing.errors import Conflict
from app.billing.ledger import (
    allocate_advance_vat,
    prepayment_refund_decided,
    refund_to_balance,
    service_refund_decided,
)
from app.billing.money import Money, total
from app.billing.periods import local_date
from app.billing.refund_route import back_to_method
from app.billing.refunds import split_refund
from app.billing.subscription import PAID, SubscriptionStatus
from app.billing.tax import included_vat
from app.models import BALANCE_PROVIDER, CreditKind, Payment, Refund, ServiceMonth
from app.repositories.refunds import PaidLine
from app.services.bookkeeping import Cause, book
from app.services.closing import expire
from app.services.invoice_voiding import release_lines
from app.services.renewal_dates import reschedule
from app.services.revenue import give
from app.services.unit_of_work import UnitOfWork

SHORTEST = timedelta(microseconds=1)
"""What is left of a period that was given back before it began: a paid period is never empty."""
ENDED = "its money was given back"


def take_from_payments(work: UnitOfWork, refund: Refund, paid: PaidLine) -> Money:
    """Take the refund from the payments of the line's invoice, under their locks; answers the part that
    returns to the method. The rest was paid by the balance.

    Raises Conflict (REFUND_EXCEEDS_PAYMENT) when a payment has not so much left.
    """
    payments = work.refunds.payments_of(paid.invoice.id, lock=True)
    captured = [each.used for each in payments if each.provider != BALANCE_PROVIDER]
    lines = work.refunds.started_lines(paid.invoice.id)
    to_method = back_to_method(
        refund.amount,
        work.refunds.of_line(paid.line, beside=refund.id),
        total(captured, refund.currency),
        [line.total for line in lines],
        lines.index(paid.line),
    )
    to_balance = refund.amount - to_method
    left = refund.amount
    for payment in payments:
        part = to_balance if payment.provider == BALANCE_PROVIDER else to_method
        _take(payment, part)
        left -= part
    if left:
        raise Conflict(f"refund {refund.id}", code="REFUND_EXCEEDS_PAYMENT")
    return to_method


def give_back(work: UnitOfWork, refund: Refund, to_method: Money, now: datetime) -> None:
    """Lower the service months of the line and book what goes back (K1).

    What a late sweep has not booked yet is booked first, so that nothing depends on it. What is not to be
    sent is the customer's balance at once.
    """
    months = _months_as_of_today(work, refund, now)
    given = [month for month in months if month.recognised_at is not None]
    unused = [month for month in months if month.recognised_at is None]
    split = split_refund(refund.amount, [m.gross for m in given], [m.gross for m in unused])
    refund.prepaid_minor, refund.service_minor = split.prepayment.minor, split.service.minor
    advance_vat = [_lower_unused(*each) for each in zip(unused, split.unused, strict=True)]
    prepaid = prepayment_refund_decided(split.prepayment, total(advance_vat, refund.currency))
    book(work, prepaid, cause_of(refund), now)
    for month, part in zip(given, split.given, strict=True):
        vat = _lower_given(month, part)
        book(work, service_refund_decided(part, vat), cause_of(refund, month.id), now)
    to_balance = refund.amount - to_method
    book(work, refund_to_balance(to_balance), cause_of(refund), now)
    work.credits.change(refund.customer_id, CreditKind.BALANCE, to_balance)


def end_access(work: UnitOfWork, paid: PaidLine, now: datetime) -> None:
    """End the period that was given back (H7)."""
    end_paid_period(work, paid, ENDED, now)


def end_paid_period(work: UnitOfWork, paid: PaidLine, reason: str, now: datetime) -> None:
    """End a paid period before its time, and take the subscription off an open renewal invoice.

    A period that has begun ends now, and access with it. One that has not begun leaves what runs until
    then as it is: the subscription is cancelled and ends where the period would have begun.
    """
    (row,), period = work.subscriptions.locked([paid.subscription.id]), paid.period
    period.ends_at = min(period.ends_at, max(now, period.starts_at + SHORTEST))
    _end_service(work.service_months.locked_of_line(paid.line.id), period.ends_at, now)
    if row.status not in PAID:
        return
    row.period_start, row.period_end, row.nominal_period_end = period.starts_at, period.ends_at, None
    row.canceled_at = row.canceled_at or now
    if period.starts_at <= now:
        expire(work, row, reason, now)
    elif row.status is not SubscriptionStatus.CANCELED:
        work.move_subscription(row, SubscriptionStatus.CANCELED, reason, now)
        reschedule(work, [row], invoiced=frozenset())
    work.session.flush()
    release_lines(work, {row.id}, reason, now)


def cause_of(refund: Refund, service_month_id: int | None = None) -> Cause:
    """What the entries of a refund are about."""
    return Cause(
        refund.seller_id,
        refund.customer_id,
        invoice_id=refund.payment.invoice_id,
        payment_id=refund.payment_id,
        service_month_id=service_month_id,
        refund_id=refund.id,
    )


def _take(payment: Payment, part: Money) -> None:
    if payment.used < payment.used_refunded + part:
        raise Conflict(f"payment {payment.id}", code="REFUND_EXCEEDS_PAYMENT")
    payment.refunded_minor += part.minor


def _months_as_of_today(work: UnitOfWork, refund: Refund, now: datetime) -> Sequence[ServiceMonth]:
    assert refund.invoice_line_id is not None, "only a refund of a line is of service"
    months = work.service_months.locked_of_line(refund.invoice_line_id)
    today = local_date(now)
    due = [month for month in months if month.recognised_at is None and month.last_day <= today]
    if not due:
        return months
    give(work, due, now)
    return work.service_months.locked_of_line(refund.invoice_line_id)


def _lower_unused(month: ServiceMonth, part: Money) -> Money:
    """Take the part from a month to come; its part of the advance's VAT."""
    vat, _ = allocate_advance_vat(month.advance_vat, [part, month.gross - part])
    month.refunded_minor += part.minor
    month.refunded_advance_vat_minor += vat.minor
    return vat


def _lower_given(month: ServiceMonth, part: Money) -> Money:
    """Take the part from a month that was given; by how much its VAT falls, at the rate of its last day."""
    before = included_vat(month.gross, month.vat_rate)
    month.refunded_minor += part.minor
    return before - included_vat(month.gross, month.vat_rate)


def _end_service(months: Sequence[ServiceMonth], end: datetime, now: datetime) -> None:
    """What is kept of the months to come is the price of service until now: it is booked as of today."""
    for month in months:
        if month.recognised_at is None:
            month.last_day = min(month.last_day, local_date(now))
            if month.starts_at < end:
                month.ends_at = min(month.ends_at, end)
