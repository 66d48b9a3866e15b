"""Resuming what has ended: a new period from now on, in the same Make account (F5)."""

from __future__ import annotations

from app.billing.errors import Conflict, NotFound
from app.billing.invoice import InvoicePurpose, PaymentMethodKind, due_date
from app.billing.periods import local_date
from app.billing.subscription import SubscriptionStatus
from app.models import Invoice, Subscription
from app.services.closing import close_if_over
from app.services.invoicing import InvoiceDraft, LineDraft, issue_invoices
from app.services.line_texts import document_language, first_purchase_text
from app.services.receipts import Receipt, receive
from app.services.subscriptions import Asked, asked_subscription
from app.services.unit_of_work import Transactions, UnitOfWork


class NotResumable(Conflict):
    """Only what has ended is resumed; before its end a cancellation is taken back instead."""

    code = "NOT_RESUMABLE"


def resume_subscription(
    transactions: Transactions, asked: Asked, *, method: PaymentMethodKind = PaymentMethodKind.CARD
) -> int:
    """Order a new period at the price in force now; answers the invoice to pay, or that is paid already
    when the customer's balance covers it. Asked again it is the same open invoice.

    Raises NotFound, NotResumable, NotFound (NO_LONGER_SOLD), Conflict (PAYER_REQUIRED).
    """
    invoice_id = 0
    with asked_subscription(transactions, asked, "resume") as (work, row):
        close_if_over(work, row, asked.now)
        standing = work.invoices.open_with_lines_of([row.id])
        if standing:
            invoice_id = standing[0].id
        elif row.status is SubscriptionStatus.EXPIRED and not row.metered:
            invoice_id = _order(work, row, asked, method)
        else:
            raise NotResumable(f"subscription {row.id} is {row.status}")
    return invoice_id


def _order(work: UnitOfWork, row: Subscription, asked: Asked, method: PaymentMethodKind) -> int:
    work.move_subscription(row, SubscriptionStatus.PENDING, "resumed", asked.now)
    row.auto_renew = True  # what was switched off belonged to the stretch that has ended
    draft = _draft(work, row, method, asked)
    (issued,) = issue_invoices(work, [draft], asked.now)
    if not issued.due:
        work.write_records()
        receive(work, [Receipt(_stored(work, issued))], asked.now)
    return issued.id


def _stored(work: UnitOfWork, invoice: Invoice) -> Invoice:
    (stored,) = work.invoices.locked_all([invoice.id])
    return stored


def _draft(work: UnitOfWork, row: Subscription, method: PaymentMethodKind, asked: Asked) -> InvoiceDraft:
    payer = work.payers.of_customer(row.customer_id)
    if payer is None:
        raise Conflict("documents need a payer", code="PAYER_REQUIRED")
    price = work.connectors.prices([row.connector_id], row.currency, asked.now).get(
        (row.connector_id, row.interval, row.currency)
    )
    if price is None:
        raise NotFound("price", code="NO_LONGER_SOLD")
    language = document_language(payer.country)
    line = LineDraft(
        subscription_id=row.id,
        connector_id=row.connector_id,
        description=first_purchase_text(language, row.connector.name, row.interval),
        interval=row.interval,
        price=price.amount,
        price_version_id=price.id,
    )
    return InvoiceDraft(
        customer_id=row.customer_id,
        payer=payer,
        purpose=InvoicePurpose.ORDER,
        method=method,
        due_on=due_date(local_date(asked.now)),
        lines=(line,),
    )
