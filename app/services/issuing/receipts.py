"""Квитанции: one for each payment of new money, one for the money of a refund that went back (J3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.billing.documents.decision import DocumentEvent, PaidBy, Paper
from app.billing.documents.receipt import Receipt, ReceiptLine
from app.billing.invoice import InvoicePurpose, InvoiceStatus
from app.billing.money import Money, total
from app.billing.periods import local_date
from app.billing.tax import included_vat
from app.models import BANK_PROVIDER, Invoice, InvoiceLine, Payment, Refund
from app.services.issuing.context import Deal, Deals, paid_by
from app.services.issuing.drafts import NO_DAY, NO_NUMBER, Draft, LineFigures
from app.services.issuing.writing import issue_documents
from app.services.unit_of_work import UnitOfWork

BY_BANK = {"ru": "Банковский перевод", "en": "Bank transfer"}
RETURNED = {
    (False, "ru"): "Возврат предоплаты по счёту {number}",
    (False, "en"): "Prepayment of invoice {number} returned",
    (True, "ru"): "Возврат за оказанные услуги по счёту {number}",
    (True, "en"): "Money for service of invoice {number} returned",
}


def issue_payment_receipts(work: UnitOfWork, payment_ids: Sequence[int], now: datetime) -> int:
    """A receipt for each payment of new money that has none. What the balance paid came before.

    Answers how many rows were handled; those that wait for a rate of the Bank of Russia are not.
    """
    payments = work.undocumented.locked_payments(payment_ids)
    deals = _deals(work, [payment.invoice for payment in payments])
    drafts: dict[int, Draft] = {}
    for payment in payments:
        deal = deals.between(payment.invoice.seller_id, payment.invoice.payer_id)
        papers = deal.papers(_event(payment), taxed=False, paid_by=paid_by(payment.provider))
        if Paper.RECEIPT in papers:
            drafts[payment.id] = _payment_draft(deal, payment)
    ids = issue_documents(work, list(drafts.values()), now)
    done = [each.id for each in payments if each.id not in drafts or drafts[each.id] in ids]
    work.undocumented.mark(Payment, done, now)
    return len(done)


def issue_refund_receipts(work: UnitOfWork, refund_ids: Sequence[int], now: datetime) -> int:
    """A receipt for the money of each refund that was sent; what went to the balance has not left us."""
    refunds = work.undocumented.locked_refunds(refund_ids)
    deals = _deals(work, [refund.payment.invoice for refund in refunds])
    parts = work.undocumented.refunded_parts(
        [refund.id for refund in refunds], [refund.customer_id for refund in refunds]
    )
    drafts: dict[int, Draft] = {}
    for refund in refunds:
        deal = deals.between(refund.seller_id, refund.payment.invoice.payer_id)
        way = paid_by(refund.payment.provider) if refund.to_method else PaidBy.BALANCE
        if Paper.RECEIPT in deal.papers(DocumentEvent.PREPAYMENT_RETURNED, taxed=False, paid_by=way):
            drafts[refund.id] = _refund_draft(deal, refund, _returned_lines(deal, refund, parts[refund.id]))
    ids = issue_documents(work, list(drafts.values()), now)
    done = [each.id for each in refunds if each.id not in drafts or drafts[each.id] in ids]
    work.undocumented.mark(Refund, done, now)
    return len(done)


def _deals(work: UnitOfWork, invoices: Sequence[Invoice]) -> Deals:
    return Deals(work, {each.seller_id for each in invoices}, {each.payer_id for each in invoices})


def _event(payment: Payment) -> DocumentEvent:
    if payment.unallocated == payment.amount:
        return DocumentEvent.BALANCE_CREDITED
    postpaid = payment.invoice.purpose is InvoicePurpose.USAGE
    return DocumentEvent.DEBT_PAID if postpaid else DocumentEvent.PREPAYMENT_RECEIVED


def _payment_draft(deal: Deal, payment: Payment) -> Draft:
    day = local_date(payment.received_at)
    lines = _paid_lines(deal, payment)
    return _draft(
        deal,
        Receipt(
            movement="payment",
            number=NO_NUMBER,
            issued_on=NO_DAY,
            moved_on=day,
            **deal.parties(),
            invoice=deal.invoice_reference(payment.invoice),
            method=_method(deal, payment),
            lines=lines,
            to_balance=payment.unallocated,
            total=payment.amount,
            vat_total=total((line.vat for line in lines), payment.currency),
            vat_exemption=_exemption(deal, lines, payment),
            language=deal.language,
            stamp=deal.seller.stamp_sha256,
        ),
        payment,
        ("payment", payment.id),
    )


def _draft(
    deal: Deal, receipt: Receipt, payment: Payment, concerns: tuple[str, int], refund_id: int | None = None
) -> Draft:
    return Draft(
        document=receipt,
        seller=deal.seller,
        customer_id=payment.customer_id,
        payer_id=deal.payer.id,
        legal_day=receipt.moved_on,
        total=receipt.total,
        vat=receipt.vat_total,
        lines=tuple(LineFigures(line.amount, line.vat, line.vat_rate) for line in receipt.lines),
        invoice_id=payment.invoice_id,
        payment_id=payment.id,
        refund_id=refund_id,
        concerns=concerns,
    )


def _paid_lines(deal: Deal, payment: Payment) -> tuple[ReceiptLine, ...]:
    """What of each started line the money paid; the balance may have paid the rest."""
    used = payment.amount - payment.unallocated
    lines = [line for line in payment.invoice.lines if _is_paid(payment.invoice, line)]
    if not used:
        return ()
    parts = used.allocate([line.total_minor for line in lines])
    return tuple(
        _paid_line(deal, payment, line, part) for line, part in zip(lines, parts, strict=True) if part
    )


def _is_paid(invoice: Invoice, line: InvoiceLine) -> bool:
    return invoice.status is InvoiceStatus.PAID and line.released_at is None and line.total_minor > 0


def _paid_line(deal: Deal, payment: Payment, line: InvoiceLine, part: Money) -> ReceiptLine:
    """Of a prepayment the VAT is at the rate of the day of the money, of a debt at that of the service."""
    postpaid = line.operation_price_id is not None
    rate = line.vat_rate if postpaid else deal.treatment(local_date(payment.received_at)).rate
    return ReceiptLine(line.description, part, rate, included_vat(part, rate))


def _exemption(deal: Deal, lines: Sequence[ReceiptLine], payment: Payment) -> str | None:
    taxed = not lines or any(line.vat_rate is not None for line in lines)
    return deal.exemption(local_date(payment.received_at), taxed=taxed)


def _method(deal: Deal, payment: Payment) -> str:
    return BY_BANK[deal.language] if payment.provider == BANK_PROVIDER else payment.method_label


def _returned_lines(deal: Deal, refund: Refund, parts: Sequence[Any]) -> tuple[ReceiptLine, ...]:
    """The parts of the refund that the method got back, by what they were of and at which rate."""
    paid_at = refund.payment.invoice.paid_at
    assert paid_at is not None, "a wall: only what was paid is given back"
    rows = [row for row in parts if row.gross]
    shares = refund.to_method.allocate([row.gross for row in rows])
    number = refund.payment.invoice.full_number
    lines = []
    for row, share in zip(rows, shares, strict=True):
        rate = row.rate if row.is_service else deal.treatment(local_date(paid_at)).rate
        vat = Money(row.vat, refund.currency).share(share.minor, row.gross)
        text = RETURNED[row.is_service, deal.language].format(number=number)
        if share:
            lines.append(ReceiptLine(text, share, rate, vat))
    return tuple(lines)


def _refund_draft(deal: Deal, refund: Refund, lines: tuple[ReceiptLine, ...]) -> Draft:
    payment = refund.payment
    assert refund.sent_at is not None, "what was sent has its instant"
    return _draft(
        deal,
        Receipt(
            movement="refund",
            number=NO_NUMBER,
            issued_on=NO_DAY,
            moved_on=local_date(refund.sent_at),
            **deal.parties(),
            invoice=deal.invoice_reference(payment.invoice),
            method=_method(deal, payment),
            lines=lines,
            to_balance=Money.zero(refund.currency),
            total=refund.to_method,
            vat_total=total((line.vat for line in lines), refund.currency),
            vat_exemption=_exemption(deal, lines, payment),
            language=deal.language,
            stamp=deal.seller.stamp_sha256,
        ),
        payment,
        ("refund", refund.id),
        refund.id,
    )
