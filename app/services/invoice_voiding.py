"""Invoices made void, and issued again for the lines that remain (design §3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from app.billing.invoice import InvoiceStatus
from app.billing.money import Money
from app.billing.payment import IN_DOUBT
from app.models import CreditKind, Invoice, InvoiceLine
from app.services.invoicing import InvoiceDraft, LineDraft, issue_invoices
from app.services.receipts import Receipt, receive
from app.services.renewal_dates import reschedule
from app.services.unit_of_work import UnitOfWork


def void_invoice(work: UnitOfWork, invoice: Invoice, reason: str, now: datetime) -> None:
    """Make a locked open invoice void: its periods may be invoiced again, and what it had reserved of
    balance, goodwill and promo code goes back.
    """
    work.move_invoice(invoice, InvoiceStatus.VOID, reason, now)
    invoice.voided_at = now
    invoice.next_attempt_at = None
    for line in invoice.lines:
        line.released_at = now
    for kind, minor in (
        (CreditKind.BALANCE, invoice.balance_minor),
        (CreditKind.GOODWILL, invoice.goodwill_minor),
    ):
        work.credits.change(invoice.customer_id, kind, Money(minor, invoice.currency))
    invoice.balance_minor = invoice.goodwill_minor = 0
    work.promo_codes.release(invoice.id, now)


def release_lines(
    work: UnitOfWork, subscription_ids: Collection[int], reason: str, now: datetime
) -> list[Invoice]:
    """Take these subscriptions off their customers' open invoices, whose customers must be locked.

    The invoice becomes void and is issued again for the lines that remain, in the same transaction and
    with the dunning dates of the old one (design §3); the new ones come back. While an attempt is in
    doubt the invoice stays: its settlement takes the lines off, or credits them when money came. What the
    balance covers now is paid at once. When notice and renewal of the subscriptions are due is set anew.
    """
    drafts = []
    for invoice in work.invoices.open_with_lines_of(subscription_ids):
        unsettled = work.attempts.unsettled(invoice.id)
        if unsettled is not None and unsettled.state in IN_DOUBT:
            continue
        remaining = [line for line in invoice.lines if line.subscription_id not in subscription_ids]
        next_attempt_at = invoice.next_attempt_at
        void_invoice(work, invoice, reason, now)
        if remaining:
            drafts.append(_again(work, invoice, remaining, next_attempt_at))
    work.session.flush()
    reschedule(work, work.subscriptions.locked(subscription_ids))
    issued = issue_invoices(work, drafts, now)
    work.write_records()  # whoever takes further lines off in this transaction finds the new ones
    covered = [invoice.id for invoice in issued if not invoice.due]
    if covered:
        receive(work, [Receipt(invoice) for invoice in work.invoices.locked_all(covered)], now)
    return issued


def _again(
    work: UnitOfWork, invoice: Invoice, lines: Sequence[InvoiceLine], next_attempt_at: datetime | None
) -> InvoiceDraft:
    """A draft of the lines that remain, with the codes that lowered them."""
    rows = {row.id: row for row in work.subscriptions.locked([line.subscription_id for line in lines])}
    codes = {line.id: invoice.promo_code_id or rows[line.subscription_id].promo_code_id for line in lines}
    promos = work.promo_codes.facts([code for code in codes.values() if code is not None])
    return InvoiceDraft(
        customer_id=invoice.customer_id,
        payer=work.payers.get(invoice.payer_id),
        purpose=invoice.purpose,
        method=invoice.method,
        due_on=invoice.due_on,
        promo_code_id=invoice.promo_code_id,
        redeems=work.promo_codes.released_from(invoice.id),
        replaces_id=invoice.id,
        first_failed_at=invoice.first_failed_at,
        next_attempt_at=next_attempt_at,
        lines=tuple(
            LineDraft(
                subscription_id=line.subscription_id,
                connector_id=rows[line.subscription_id].connector_id,
                description=line.description,
                interval=line.interval,
                price=line.price,
                price_version_id=line.price_version_id,
                operation_price_id=line.operation_price_id,
                quantity=line.quantity,
                period=line.period,
                promo=promos.get(codes[line.id]),
            )
            for line in lines
        ),
    )
