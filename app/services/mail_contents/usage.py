"""What mails about pay-as-you-go say (I1, G2, G5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from app.billing.invoice import InvoiceStatus
from app.billing.mail import MailData, MailKind
from app.billing.mail_data import (
    OperationPriceChangeMail,
    PriceOfOperations,
    UsageInvoicedMail,
    UsageNoticeMail,
    UsedOperations,
)
from app.billing.metering import charge_due_at, month_of, period_of, price_of
from app.billing.periods import local_date
from app.billing.subscription import LIVE
from app.models import OperationPrice, UsageMonth
from app.services.mail_contents.context import MOMENT, Contents, MailContext, charged_methods


def _usage_notice(context: MailContext) -> MailData | None:
    """None once the month is invoiced: then the exact sum has been told."""
    row, month = context.subscription(), date.fromisoformat(context.payload["month"])
    used = context.repositories.session.get(UsageMonth, (row.id, month))
    if row.status not in LIVE or used is None or used.closed_at is not None:
        return None
    end = period_of(month).end
    prices = context.repositories.metering.prices([row.connector_id], end - MOMENT)
    price = prices[row.connector_id, row.currency]
    cost = price_of(used.operations, price.amount, price.operations)
    return UsageNoticeMail(
        month=month,
        used=UsedOperations(row.connector.name, used.operations, cost),
        charge_on=local_date(charge_due_at(used.noticed_at, end)),
        methods=charged_methods(context, [row]),
        subscription_url=context.links.subscription(row.id),
    )


def _usage_invoiced(context: MailContext) -> MailData | None:
    invoice = context.invoice()
    if invoice.status is InvoiceStatus.VOID:
        return None
    return UsageInvoicedMail(
        invoice_number=invoice.full_number,
        issued_on=invoice.issued_on,
        charge_on=local_date(invoice.next_attempt_at or invoice.issued_at),
        used=tuple(
            UsedOperations(line.subscription.connector.name, line.quantity, line.total)
            for line in invoice.lines
        ),
        from_balance=invoice.total - invoice.due,
        due=invoice.due,
        paid=invoice.status is InvoiceStatus.PAID,
        invoice_url=context.links.invoice(invoice.id),
    )


def _operation_price_change(context: MailContext) -> MailData | None:
    """None when nothing that was meant runs any more."""
    running = [row for row in context.subscriptions() if row.metered and row.status in LIVE]
    if not running:
        return None
    session = context.repositories.session
    old = session.get_one(OperationPrice, context.payload["old_price_id"])
    new = session.get_one(OperationPrice, context.payload["operation_price_id"])
    return OperationPriceChangeMail(
        connector=running[0].connector.name,
        month=month_of(new.valid_from),
        old=PriceOfOperations(old.amount, old.operations),
        new=PriceOfOperations(new.amount, new.operations),
        subscriptions_url=context.links.subscriptions(),
    )


USAGE_MAILS: Mapping[MailKind, Contents] = {
    MailKind.OPERATION_PRICE_CHANGE: _operation_price_change,
    MailKind.USAGE_NOTICE: _usage_notice,
    MailKind.USAGE_INVOICED: _usage_invoiced,
}
