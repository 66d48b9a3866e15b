"""Receipts: money that came in pays its invoice, starts periods and enters the ledger (H1, K1).

Charges, bank transfers and the customer's own balance all end here, in bulk and in one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.billing.api_key import ApiKeyKind
from app.billing.fulfilment import PaidLine, StartedPeriod, start_paid_line
from app.billing.invoice import CHARGED, InvoicePurpose, InvoiceStatus, renews_by
from app.billing.ledger import (
    advance_vat,
    allocate_advance_vat,
    balance_used,
    goodwill_used,
    money_received,
    money_received_for_usage,
)
from app.billing.mail import MailKind
from app.billing.money import Money, total
from app.billing.periods import Period, last_day_of, local_date, service_months
from app.billing.pricing import service_month_amounts
from app.billing.subscription import IN_DUNNING, LIVE, SubscriptionStatus
from app.billing.tax import included_vat, tax_treatment
from app.billing.ways_to_pay import kind_at
from app.models import (
    BALANCE_PROVIDER,
    CreditKind,
    Invoice,
    InvoiceLine,
    Payment,
    ServiceMonth,
    Subscription,
    SubscriptionPeriod,
)
from app.services.api_keys import add_waiting_key
from app.services.bookkeeping import Cause, book
from app.services.renewal_dates import reschedule
from app.services.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money for one invoice. Without `money` the customer's balance pays all of it, or nothing is due."""

    invoice: Invoice
    money: Money | None = None
    provider: str = BALANCE_PROVIDER
    reference: str = ""
    label: str = ""
    attempt_id: UUID | None = None


@dataclass(slots=True)
class _Booking:
    """One receipt while it is applied: the lines it started and where its money went."""

    receipt: Receipt
    settles: bool = False
    """The invoice was open until now: what it had reserved is used, or goes back."""
    started: list[tuple[InvoiceLine, StartedPeriod | None]] = field(default_factory=list)
    payment_id: int | None = None
    """The payment that a mail may speak of."""

    @property
    def paid(self) -> Money:
        """What the started lines cost."""
        return total((line.total for line, _ in self.started), self.receipt.invoice.currency)


def receive(work: UnitOfWork, receipts: Sequence[Receipt], now: datetime) -> list[Invoice]:
    """Book the money; the customers and the invoices with their lines are locked by the caller.

    An open invoice becomes paid and everything on it starts that can start (design §3). Money that pays
    nothing, of a line that can't start or of an invoice that is paid or void, goes to the customer's
    balance with a task for staff. Answers the void invoices among them, whose subscriptions the balance
    may resume.
    """
    if not receipts:
        return []
    rows = _subscriptions(work, receipts)
    lasting = work.promo_codes.lasting([*(row.promo_code_id for row in rows.values()),
                                        *(each.invoice.promo_code_id for each in receipts)])  # fmt: skip
    bookings = [_pay(work, receipt, rows, lasting, now) for receipt in receipts]
    _reschedule(work, bookings, rows)
    _write_payments(work, bookings, now)
    _write_service(work, bookings, rows, now)
    for booking in bookings:
        _tell(work, booking, now)
    _make_first_keys(work, bookings, now)
    return [each.receipt.invoice for each in bookings if each.receipt.invoice.status is InvoiceStatus.VOID]


def _subscriptions(work: UnitOfWork, receipts: Sequence[Receipt]) -> dict[int, Subscription]:
    wanted = {
        line.subscription_id
        for receipt in receipts
        if receipt.invoice.status is InvoiceStatus.OPEN
        for line in receipt.invoice.lines
    }
    return {row.id: row for row in work.subscriptions.locked(wanted)} if wanted else {}


def _pay(
    work: UnitOfWork,
    receipt: Receipt,
    rows: dict[int, Subscription],
    lasting: frozenset[int],
    now: datetime,
) -> _Booking:
    """Settle the invoice and start its lines."""
    booking, invoice = _Booking(receipt), receipt.invoice
    if invoice.status is not InvoiceStatus.OPEN:
        return booking
    booking.settles = True
    work.move_invoice(invoice, InvoiceStatus.PAID, f"paid: {receipt.provider}", now)
    invoice.paid_at, invoice.next_attempt_at = now, None
    if receipt.attempt_id is not None and invoice.method in CHARGED:
        invoice.method = kind_at(receipt.provider)
    for line in invoice.lines:
        row = rows[line.subscription_id]
        if line.operation_price_id is not None:
            _leave_dunning(work, row, now)
            booking.started.append((line, None))
            continue
        started = start_paid_line(_paid_line(line, row), now)
        if started is None:
            line.released_at = now
            continue
        _start(work, row, line, started, invoice, now)
        promised = invoice.promo_code_id if started.anchor_day is not None else row.promo_code_id
        row.promo_code_id = promised if promised in lasting else None
        booking.started.append((line, started))
    return booking


def _reschedule(work: UnitOfWork, bookings: Sequence[_Booking], rows: dict[int, Subscription]) -> None:
    """Nothing stands on an invoice after a period that has just started; of the others it is asked."""
    started = {line.subscription_id for booking in bookings for line, _ in booking.started}
    reschedule(work, [row for row in rows.values() if row.id in started], invoiced=frozenset())
    left = [row for row in rows.values() if row.id not in started]
    if left:
        reschedule(work, left)


def _paid_line(line: InvoiceLine, row: Subscription) -> PaidLine:
    return PaidLine(
        interval=line.interval,
        period=line.period,
        status=row.status,
        period_end=row.period_end,
        trial_ends_at=row.trial_ends_at,
        given_up=not row.wants_renewal,
    )


def _start(
    work: UnitOfWork,
    row: Subscription,
    line: InvoiceLine,
    started: StartedPeriod,
    invoice: Invoice,
    now: datetime,
) -> None:
    period = started.period
    begins_anew = started.anchor_day is not None
    if begins_anew:
        if _account_is_taken(work, row):  # bound meanwhile: the next use of another account binds this
            row.make_account = None
        row.anchor_day = started.anchor_day
        row.first_paid_at = row.first_paid_at or now
        row.method = renews_by(invoice.method)
        row.canceled_at = None
    row.period_start, row.period_end, row.nominal_period_end = period.start, period.end, None
    _take_over_price(row, line, begins_anew=begins_anew)
    row.first_failed_at = None
    if row.status is not SubscriptionStatus.ACTIVE:
        work.move_subscription(row, SubscriptionStatus.ACTIVE, "invoice paid", now)
    work.write(
        SubscriptionPeriod,
        subscription_id=row.id,
        starts_at=period.start,
        ends_at=period.end,
        price_version_id=line.price_version_id,
        invoice_line_id=line.id,
    )


def _take_over_price(row: Subscription, line: InvoiceLine, *, begins_anew: bool) -> None:
    """The line's interval and price. A switch that was asked for while this period was being charged is
    still to come: it holds for the next one (F3).
    """
    wanted = row.renewal_interval or row.interval
    wanted_price_id = row.renewal_price_version_id or row.price_version_id
    row.interval, row.price_version_id = line.interval, line.price_version_id
    row.renewal_interval = row.renewal_price_version_id = None
    if wanted is not line.interval and not begins_anew:
        row.renewal_interval, row.renewal_price_version_id = wanted, wanted_price_id


def _account_is_taken(work: UnitOfWork, subscription: Subscription) -> bool:
    return subscription.make_account is not None and any(
        other.id != subscription.id
        and other.connector_id == subscription.connector_id
        and other.make_account == subscription.make_account
        and other.status in LIVE
        for other in work.subscriptions.of_customer(subscription.customer_id)
    )


def _leave_dunning(work: UnitOfWork, row: Subscription, now: datetime) -> None:
    """Operations that were used are paid at last; the month that runs stays as it is."""
    row.first_failed_at = None
    if row.status in IN_DUNNING:
        work.move_subscription(row, SubscriptionStatus.ACTIVE, "invoice paid", now)


def _write_payments(work: UnitOfWork, bookings: Sequence[_Booking], now: datetime) -> None:
    """A payment for the money and one for the balance, and their entries."""
    ids = work.take_ids(Payment, 2 * len(bookings))
    for booking in bookings:
        receipt, invoice = booking.receipt, booking.receipt.invoice
        nothing = Money.zero(invoice.currency)
        reserved = Money(invoice.balance_minor, invoice.currency) if booking.settles else nothing
        money = receipt.money or nothing
        over = money + reserved - booking.paid
        unallocated = min(money, over)
        from_balance = reserved - (over - unallocated)
        if booking.settles:
            invoice.balance_minor = from_balance.minor
        if money:
            booking.payment_id = next(ids)
            _add_payment(work, booking, booking.payment_id, money, unallocated, now)
        if from_balance:
            balance_id = next(ids)
            booking.payment_id = booking.payment_id or balance_id
            _add_balance_payment(work, booking, balance_id, from_balance, now)
        work.credits.change(invoice.customer_id, CreditKind.BALANCE, over)
        if booking.settles:
            _use_goodwill(work, booking, now)


def _use_goodwill(work: UnitOfWork, booking: _Booking, now: datetime) -> None:
    """Goodwill has become a discount; of an invoice that started nothing it goes back."""
    invoice = booking.receipt.invoice
    goodwill = Money(invoice.goodwill_minor, invoice.currency)
    if booking.started:
        book(work, goodwill_used(goodwill), _cause(booking, None), now)
    else:
        work.credits.change(invoice.customer_id, CreditKind.GOODWILL, goodwill)
        invoice.goodwill_minor = 0


def _add_payment(
    work: UnitOfWork, booking: _Booking, payment_id: int, money: Money, unallocated: Money, now: datetime
) -> None:
    receipt, invoice = booking.receipt, booking.receipt.invoice
    work.write(
        Payment,
        id=payment_id,
        customer_id=invoice.customer_id,
        invoice_id=invoice.id,
        attempt_id=receipt.attempt_id,
        provider=receipt.provider,
        provider_reference=receipt.reference,
        method_label=receipt.label,
        currency=money.currency,
        amount_minor=money.minor,
        unallocated_minor=unallocated.minor,
        received_at=now,
    )
    came = money_received_for_usage if _is_postpaid(invoice) else money_received
    entries = came(receipt.provider, money - unallocated, unallocated)
    book(work, entries, _cause(booking, payment_id), now)
    if unallocated:
        work.ask_staff("unallocated_payment", "payment", payment_id, invoice.customer_id, now)


def _add_balance_payment(
    work: UnitOfWork, booking: _Booking, payment_id: int, amount: Money, now: datetime
) -> None:
    invoice = booking.receipt.invoice
    work.write(
        Payment,
        id=payment_id,
        customer_id=invoice.customer_id,
        invoice_id=invoice.id,
        attempt_id=None,
        provider=BALANCE_PROVIDER,
        provider_reference=f"invoice:{invoice.id}",
        method_label=BALANCE_PROVIDER,
        currency=amount.currency,
        amount_minor=amount.minor,
        unallocated_minor=0,
        received_at=now,
    )
    entries = balance_used(amount, postpaid=_is_postpaid(invoice))
    book(work, entries, _cause(booking, payment_id), now)


def _write_service(
    work: UnitOfWork, bookings: Sequence[_Booking], rows: dict[int, Subscription], now: datetime
) -> None:
    """Cut what was prepaid into service months, and book the VAT on the advance (design §3)."""
    countries = work.payers.countries({each.receipt.invoice.payer_id for each in bookings})
    regimes = work.sellers.current().dated_tax_regimes()
    for booking in bookings:
        invoice = booking.receipt.invoice
        vat = Money.zero(invoice.currency)
        rate = tax_treatment(regimes, local_date(now), countries[invoice.payer_id]).rate
        for line, started in booking.started:
            if started is not None and line.total:
                anchor_day = rows[line.subscription_id].anchor_day
                assert anchor_day is not None, "a wall of the table: what is paid has a billing day"
                line_vat = included_vat(line.total, rate)
                _add_service_months(work, invoice, line, service_months(started.period, anchor_day), line_vat)
                vat += line_vat
        book(work, advance_vat(vat), _cause(booking, booking.payment_id), now)


def _add_service_months(
    work: UnitOfWork, invoice: Invoice, line: InvoiceLine, months: Sequence[Period], vat: Money
) -> None:
    amounts = service_month_amounts(line.total, months)
    parts = zip(months, amounts, allocate_advance_vat(vat, amounts), strict=True)
    for ordinal, (month, gross, month_vat) in enumerate(parts, start=1):
        work.write(
            ServiceMonth,
            seller_id=invoice.seller_id,
            customer_id=invoice.customer_id,
            payer_id=invoice.payer_id,
            invoice_id=invoice.id,
            invoice_line_id=line.id,
            subscription_id=line.subscription_id,
            ordinal=ordinal,
            starts_at=month.start,
            ends_at=month.end,
            last_day=last_day_of(month),
            currency=gross.currency,
            gross_minor=gross.minor,
            advance_vat_minor=month_vat.minor,
        )


def _tell(work: UnitOfWork, booking: _Booking, now: datetime) -> None:
    invoice, payment_id = booking.receipt.invoice, booking.payment_id
    if invoice.purpose is InvoicePurpose.RENEWAL and booking.started:
        work.promise_mail(
            MailKind.SUBSCRIPTION_RENEWED,
            invoice.customer_id,
            dedupe_key=str(invoice.id),
            invoice_id=invoice.id,
            payment_id=payment_id,
        )
        return
    if payment_id is not None:
        kind = MailKind.PAYMENT_RECEIVED if booking.started else MailKind.BALANCE_CREDITED
        work.promise_mail(kind, invoice.customer_id, dedupe_key=str(payment_id), payment_id=payment_id)
    if booking.started and invoice.purpose is InvoicePurpose.ORDER:
        work.promise_mail(
            MailKind.SUBSCRIPTION_STARTED,
            invoice.customer_id,
            dedupe_key=str(invoice.id),
            invoice_id=invoice.id,
        )


def _make_first_keys(work: UnitOfWork, bookings: Sequence[_Booking], now: datetime) -> None:
    """The production key comes with the first payment (E1)."""
    buyers = {
        each.receipt.invoice.customer_id
        for each in bookings
        if each.started and each.receipt.invoice.purpose is InvoicePurpose.ORDER
    }
    for customer_id in sorted(buyers):
        if not work.api_keys.has_kind(customer_id, ApiKeyKind.PRODUCTION):
            add_waiting_key(work, work.customers.get(customer_id), ApiKeyKind.PRODUCTION, now)


def _is_postpaid(invoice: Invoice) -> bool:
    return invoice.purpose is InvoicePurpose.USAGE


def _cause(booking: _Booking, payment_id: int | None) -> Cause:
    invoice = booking.receipt.invoice
    return Cause(invoice.seller_id, invoice.customer_id, invoice_id=invoice.id, payment_id=payment_id)
