"""Resumption by money that came too late: its invoice is void, the balance pays a new period (G4, §4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.billing.invoice import InvoicePurpose, due_date
from app.billing.mail import MailKind
from app.billing.money import Money
from app.billing.periods import local_date
from app.billing.subscription import SubscriptionStatus
from app.models import CreditKind, Invoice, PriceVersion, Subscription
from app.services.invoicing import InvoiceDraft, LineDraft, issue_invoices
from app.services.line_texts import document_language, first_purchase_text
from app.services.receipts import Receipt, receive
from app.services.unit_of_work import UnitOfWork


def resume_from_balance(work: UnitOfWork, void_invoices: Sequence[Invoice], now: datetime) -> None:
    """Start anew what lapsed with a void invoice, as far as the customer's balance covers its price.

    The money has been booked to the balance before; customers are locked. What the customer cancelled, or
    what is no longer sold, stays closed.
    """
    for invoice in void_invoices:
        work.session.flush()
        lapsed = [row for row in _subscriptions(work, invoice) if _lapsed(row)]
        covered = _covered(work, invoice, lapsed, now)
        if covered:
            _resume(work, invoice, covered, now)


def _subscriptions(work: UnitOfWork, invoice: Invoice) -> Sequence[Subscription]:
    return work.subscriptions.locked([line.subscription_id for line in invoice.lines])


def _lapsed(row: Subscription) -> bool:
    return row.status is SubscriptionStatus.EXPIRED and row.canceled_at is None and not row.metered


def _covered(
    work: UnitOfWork, invoice: Invoice, rows: Sequence[Subscription], now: datetime
) -> list[tuple[Subscription, PriceVersion]]:
    """The subscriptions that the balance pays for, first line first, at the prices in force now."""
    credit = work.credits.of_customers([invoice.customer_id])
    left = credit.get(
        (invoice.customer_id, invoice.currency, CreditKind.BALANCE), Money.zero(invoice.currency)
    )
    prices = work.connectors.prices([row.connector_id for row in rows], invoice.currency, now)
    covered = []
    for row in rows:
        price = prices.get((row.connector_id, row.interval, row.currency))
        if price is not None and price.amount <= left:
            left -= price.amount
            covered.append((row, price))
    return covered


def _resume(
    work: UnitOfWork, late: Invoice, covered: Sequence[tuple[Subscription, PriceVersion]], now: datetime
) -> None:
    payer = work.payers.get(late.payer_id)
    language = document_language(payer.country)
    draft = InvoiceDraft(
        customer_id=late.customer_id,
        payer=payer,
        purpose=InvoicePurpose.ORDER,
        method=late.method,
        due_on=due_date(local_date(now)),
        lines=tuple(
            LineDraft(
                subscription_id=row.id,
                connector_id=row.connector_id,
                description=first_purchase_text(language, row.connector.name, row.interval),
                interval=row.interval,
                price=price.amount,
                price_version_id=price.id,
            )
            for row, price in covered
        ),
    )
    (issued,) = issue_invoices(work, [draft], now)
    work.write_records()
    (invoice,) = work.invoices.locked_all([issued.id])
    receive(work, [Receipt(invoice)], now)
    work.promise_mail(
        MailKind.BILLING_RESUMED,
        late.customer_id,
        dedupe_key=str(invoice.id),
        subscription_ids=[row.id for row, _ in covered],
    )
