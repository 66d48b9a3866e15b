"""What mails about pay-as-you-go say (I1, G2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from app.billing.invoice import InvoiceStatus
from app.billing.mail import MailData, MailKind
from app.billing.mail_data import UsageInvoicedMail, UsageNoticeMail, UsedOperations
from app.billing.money import Money
from app.billing.periods import add_months, start_of_local_day
from app.billing.subscription import LIVE
from app.models import OperationPrice, Subscription, UsageMonth
from app.services.mail_contents.context import Contents, MailContext, charged_methods


def _usage_notice(context: MailContext) -> MailData | None:
    """None once the month is invoiced: then the exact sum has been told."""
    row, month = context.subscription(), date.fromisoformat(context.payload["month"])
    used = context.repositories.session.get(UsageMonth, (row.id, month))
    if row.status not in LIVE or used is None or used.closed_at is not None:
        return None
    charge_on = add_months(month, 1, 1)
    return UsageNoticeMail(
        month=month,
        used=UsedOperations(
            row.connector.name, used.operations, _price(context, row, used.operations, charge_on)
        ),
        charge_on=charge_on,
        methods=charged_methods(context, [row]),
        subscription_url=context.links.subscription(row.id),
    )


def _price(context: MailContext, row: Subscription, operations: int, charge_on: date) -> Money:
    """What the operations cost by the price in force at the end of their month."""
    price = context.repositories.session.scalars(
        select(OperationPrice)
        .where(
            OperationPrice.connector_id == row.connector_id,
            OperationPrice.currency == row.currency,
            OperationPrice.valid_from < start_of_local_day(charge_on),
        )
        .order_by(OperationPrice.valid_from.desc())
        .limit(1)
    ).one()
    return price.amount.share(operations, price.operations)


def _usage_invoiced(context: MailContext) -> MailData | None:
    invoice = context.invoice()
    if invoice.status is InvoiceStatus.VOID:
        return None
    return UsageInvoicedMail(
        invoice_number=invoice.full_number,
        issued_on=invoice.issued_on,
        used=tuple(
            UsedOperations(line.subscription.connector.name, line.quantity, line.total)
            for line in invoice.lines
        ),
        from_balance=invoice.total - invoice.due,
        due=invoice.due,
        paid=invoice.status is InvoiceStatus.PAID,
        invoice_url=context.links.invoice(invoice.id),
    )


USAGE_MAILS: Mapping[MailKind, Contents] = {
    MailKind.USAGE_NOTICE: _usage_notice,
    MailKind.USAGE_INVOICED: _usage_invoiced,
}
