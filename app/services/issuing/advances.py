"""Счета-фактуры for advances: one for each paid invoice of service to come (п. 1 and 3 ст. 168 НК)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.billing.documents.decision import DocumentEvent, Paper
from app.billing.documents.tax_document import TaxDocument, TaxLine, refuse_unless
from app.billing.money import Money, total
from app.billing.periods import local_date
from app.billing.tax import included_vat
from app.models import Invoice
from app.services.issuing.context import Deal, Deals
from app.services.issuing.drafts import Draft, LineFigures
from app.services.issuing.writing import issue_documents
from app.services.unit_of_work import UnitOfWork

ADVANCE = {"ru": "Предоплата. {description}", "en": "Prepayment. {description}"}


def issue_advances(work: UnitOfWork, invoice_ids: Sequence[int], now: datetime) -> int:
    """The счёт-фактура of each prepayment that asks for one, with the VAT that the ledger was charged with.

    It is of all that the invoice's service months cost, whether money or the customer's balance paid it: the
    VAT on the advance was booked when the invoice was paid. Answers how many invoices were handled.
    """
    invoices = work.undocumented.locked_invoices(invoice_ids)
    ids = [invoice.id for invoice in invoices]
    deals = Deals(work, {each.seller_id for each in invoices}, {each.payer_id for each in invoices})
    lines, money = work.undocumented.prepaid_lines(ids), work.undocumented.money(ids)
    drafts: dict[int, Draft] = {}
    for invoice in invoices:
        deal = deals.between(invoice.seller_id, invoice.payer_id)
        if lines[invoice.id] and _is_due(deal, invoice, lines[invoice.id]):
            drafts[invoice.id] = _draft(deal, invoice, lines[invoice.id], money[invoice.id])
    issued = issue_documents(work, list(drafts.values()), now)
    done = [each for each in ids if each not in drafts or drafts[each] in issued]
    work.undocumented.mark(Invoice, done, now)
    return len(done)


def _is_due(deal: Deal, invoice: Invoice, lines: Sequence[Any]) -> bool:
    taxed = any(line.vat for line in lines) or _rate(deal, invoice) is not None
    return Paper.ADVANCE_INVOICE in deal.papers(DocumentEvent.PREPAYMENT_RECEIVED, taxed=taxed)


def _rate(deal: Deal, invoice: Invoice) -> int | None:
    """The rate of the day of the money."""
    assert invoice.paid_at is not None, "a wall of the table: what is paid has its instant"
    return deal.treatment(local_date(invoice.paid_at)).rate


def _draft(deal: Deal, invoice: Invoice, rows: Sequence[Any], money: Sequence[Any]) -> Draft:
    assert invoice.paid_at is not None, "a wall of the table: what is paid has its instant"
    lines = _lines(deal, invoice, rows)
    vat = total((line.vat for line in lines), invoice.currency)
    whole = total((line.gross for line in lines), invoice.currency)
    return Draft(
        document=TaxDocument(
            form="advance_invoice",
            status=None,
            **deal.unnumbered(),
            payments=tuple(deal.payment_reference(row) for row in money),
            shipments=(),
            advances=(),
            lines=tuple(lines),
            vat_total=vat,
            total=whole,
            transferred_on=None,
            service_from=None,
            service_to=None,
            vat_exemption=None,
        ),
        seller=deal.seller,
        customer_id=invoice.customer_id,
        payer_id=invoice.payer_id,
        legal_day=local_date(invoice.paid_at),
        total=whole,
        vat=vat,
        lines=tuple(
            LineFigures(line.gross, line.vat, line.vat_rate, row.invoice_line_id)
            for line, row in zip(lines, rows, strict=True)
        ),
        invoice_id=invoice.id,
        concerns=("invoice", invoice.id),
    )


def _lines(deal: Deal, invoice: Invoice, rows: Sequence[Any]) -> list[TaxLine]:
    """What the ledger was charged with; refused when that is not the rate of the day of the money."""
    rate, texts = _rate(deal, invoice), _descriptions(invoice)
    lines = []
    for row in rows:
        gross, vat = Money(row.gross, invoice.currency), Money(row.vat, invoice.currency)
        refuse_unless(included_vat(gross, rate) == vat, "the VAT of the advance is not at the day's rate")
        text = ADVANCE[deal.language].format(description=texts[row.invoice_line_id])
        lines.append(TaxLine(text, rate, vat, gross))
    return lines


def _descriptions(invoice: Invoice) -> Mapping[int, str]:
    return {line.id: line.description for line in invoice.lines}
