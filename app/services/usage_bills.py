"""Bills of used operations: the preliminary sum is told, the month is closed, billed and charged (I1, G2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from app.billing.errors import Conflict, NotFound
from app.billing.invoice import InvoicePurpose, PaymentMethodKind, due_date
from app.billing.ledger import usage_given
from app.billing.mail import MailKind
from app.billing.metering import charge_due_at, month_of, notice_due_at, period_of, price_of
from app.billing.periods import BillingInterval, last_day_of, local_date
from app.formatting.locale import Locale
from app.models import Invoice, OperationPrice, Payer, Subscription, UsageMonth
from app.services.billing_chunks import BillingRun, in_billing_chunks
from app.services.bookkeeping import Cause, book
from app.services.bulk import BulkResult
from app.services.claims import Claim
from app.services.closing import close_if_over
from app.services.invoicing import InvoiceDraft, LineDraft, issue_invoices
from app.services.line_texts import document_language, operations_text
from app.services.renewal_dates import run_on
from app.services.renewals import charge_and_settle, claim_issued
from app.services.unit_of_work import UnitOfWork

INSTANT = timedelta(microseconds=1)


def send_usage_notices(run: BillingRun) -> BulkResult:
    """Tell the preliminary sum from three days before the month's end, once a month and subscription, as
    soon as something was used; safe to run twice or late.
    """
    month = month_of(run.now)
    if run.now < notice_due_at(month):
        return BulkResult()
    with run.transactions.reading() as repositories:
        untold = repositories.metering.untold(month)
    return in_billing_chunks(run, untold, _tell)


def _tell(work: UnitOfWork, subscription_ids: Sequence[int], run: BillingRun) -> None:
    months = work.metering.locked_untold(subscription_ids, month_of(run.now))
    owners = {row.id: row.customer_id for row in work.subscriptions.locked(subscription_ids)}
    for used in months:
        used.noticed_at = run.now
        work.promise_mail(
            MailKind.USAGE_NOTICE,
            owners[used.subscription_id],
            dedupe_key=f"{used.subscription_id}:{used.month}",
            subscription_id=used.subscription_id,
            month=used.month.isoformat(),
        )


def close_months(run: BillingRun) -> BulkResult:
    """Close every month that is over, bill what was used in it, whatever became of the subscription, and
    let those that renew run on; safe to run twice, late, or on many machines.

    Revenue is dated by the month's last day, and its tax rate is that day's. The charge follows at once, or
    a day after the notice: without one the bill is the notice (design §4).
    """
    with run.transactions.reading() as repositories:
        over = repositories.metering.over(run.now)
    return in_billing_chunks(run, over, _close, lambda claims: charge_and_settle(run, claims))


def _close(work: UnitOfWork, subscription_ids: Sequence[int], run: BillingRun) -> list[Claim]:
    months = work.metering.locked_over(subscription_ids, run.now)
    rows = {row.id: row for row in work.subscriptions.locked(subscription_ids)}
    for used in months:
        used.closed_at = run.now
    for row in rows.values():
        _go_on_or_close(work, row, run.now)
    bills = _bills(work, months, rows, run.now)
    invoices = issue_invoices(work, [bill.draft(run.now) for bill in bills], run.now)
    for bill, invoice in zip(bills, invoices, strict=True):
        _record(work, bill, invoice, run.now)
    charged_now = {
        invoice.id: bill.payment_method_id
        for bill, invoice in zip(bills, invoices, strict=True)
        if bill.charge_at <= run.now
    }
    claims = claim_issued(work, invoices, charged_now, run)
    for bill, invoice in zip(bills, invoices, strict=True):  # the lines are written by now
        for used, line in zip(bill.months, invoice.lines, strict=True):
            used.invoice_line_id = line.id
    return claims


def _go_on_or_close(work: UnitOfWork, row: Subscription, now: datetime) -> None:
    """Begin the month that runs now; close what was not to go on before its last bill could put it into
    dunning.
    """
    over = row.metered and row.period_end is not None and row.period_end <= now
    if over and not run_on(work, row, now):
        close_if_over(work, row, now)


@dataclass(slots=True)
class _Bill:
    """What goes on one invoice: of one customer and month, in one currency, charged in one way."""

    customer_id: int
    payer: Payer
    payment_method_id: int | None
    month: date
    charge_at: datetime
    months: list[UsageMonth] = field(default_factory=list)
    lines: list[LineDraft] = field(default_factory=list)

    @property
    def supplied_on(self) -> date:
        """The day that revenue and tax are dated by."""
        return last_day_of(period_of(self.month))

    def add(self, used: UsageMonth, line: LineDraft, now: datetime) -> None:
        """Put a line on it; the latest notice decides when it is charged."""
        self.months.append(used)
        self.lines.append(line)
        self.charge_at = max(self.charge_at, charge_due_at(used.noticed_at, now))

    def draft(self, now: datetime) -> InvoiceDraft:
        """The invoice it will be."""
        return InvoiceDraft(
            customer_id=self.customer_id,
            payer=self.payer,
            purpose=InvoicePurpose.USAGE,
            method=PaymentMethodKind.CARD,
            due_on=due_date(local_date(now)),
            next_attempt_at=self.charge_at,
            supplied_on=self.supplied_on,
            lines=tuple(self.lines),
        )


def _bills(
    work: UnitOfWork, months: Sequence[UsageMonth], rows: Mapping[int, Subscription], now: datetime
) -> list[_Bill]:
    in_use = [used for used in months if used.operations]
    payers = work.payers.of_customers({row.customer_id for row in rows.values()})
    prices = _prices(work, in_use, rows)
    bills: dict[tuple[object, ...], _Bill] = {}
    for used in in_use:
        row = rows[used.subscription_id]
        payer = payers.get(row.customer_id)
        if payer is None:
            raise Conflict(f"customer {row.customer_id} has no payer", code="PAYER_REQUIRED")
        line = _line(row, used, prices, document_language(payer.country))
        if not line.price:
            continue
        key = (row.customer_id, row.currency, row.payment_method_id, used.month)
        bill = _Bill(row.customer_id, payer, row.payment_method_id, used.month, charge_at=now)
        bills.setdefault(key, bill).add(used, line, now)
    return list(bills.values())


def _prices(
    work: UnitOfWork, months: Sequence[UsageMonth], rows: Mapping[int, Subscription]
) -> dict[tuple[date, int, str], OperationPrice]:
    """The prices in force on the last instant of each month, by month, connector and currency."""
    connectors = {row.connector_id for row in rows.values()}
    return {
        (month, *key): price
        for month in {used.month for used in months}
        for key, price in work.metering.prices(connectors, period_of(month).end - INSTANT).items()
    }


def _line(
    row: Subscription,
    used: UsageMonth,
    prices: Mapping[tuple[date, int, str], OperationPrice],
    language: Locale,
) -> LineDraft:
    price = prices.get((used.month, row.connector_id, row.currency))
    if price is None:
        raise NotFound(f"operations of connector {row.connector_id}", code="PRICE_NOT_FOUND")
    return LineDraft(
        subscription_id=row.id,
        connector_id=row.connector_id,
        description=operations_text(language, row.connector.name, used.operations, used.month),
        interval=BillingInterval.MONTH,
        price=price_of(used.operations, price.amount, price.operations),
        operation_price_id=price.id,
        quantity=used.operations,
        period=period_of(used.month),
    )


def _record(work: UnitOfWork, bill: _Bill, invoice: Invoice, now: datetime) -> None:
    """Book the service as given, tell of the bill, and take the bill for a notice where there was none."""
    cause = Cause(invoice.seller_id, invoice.customer_id, invoice_id=invoice.id)
    booked_on = work.month_closings.open_day(invoice.seller_id, bill.supplied_on)
    book(work, usage_given(invoice.total, invoice.vat), cause, now, booked_on=booked_on)
    for used in bill.months:
        used.noticed_at = used.noticed_at or now
    work.promise_mail(
        MailKind.USAGE_INVOICED, invoice.customer_id, dedupe_key=str(invoice.id), invoice_id=invoice.id
    )
