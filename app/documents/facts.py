"""What a template needs beside the document itself: everything that is counted or chosen, so that templates
only write."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from app.billing.documents.adjustment import AdjustmentDocument, difference
from app.billing.documents.invoice import InvoiceDocument, PrintedLine
from app.billing.documents.parties import PartyKind
from app.billing.documents.receipt import Receipt, ReceiptLine
from app.billing.documents.reconciliation import ReconciliationAct
from app.billing.documents.tax_document import TaxDocument, TaxLine
from app.billing.money import Money, total
from app.documents.payment_qr import is_payable_by_qr, payment_qr_png

AnyLine = PrintedLine | TaxLine | ReceiptLine


def of_invoice(document: InvoiceDocument) -> dict[str, Any]:
    """Of a счёт: VAT by rate and the payment QR code (PNG). Raises InvalidInput as `payment_qr_png` does."""
    return _rates(document.lines) | {
        "payment_qr": payment_qr_png(document) if is_payable_by_qr(document) else None,
    }


def of_receipt(document: Receipt) -> dict[str, Any]:
    """Of a квитанция: VAT by rate."""
    return _rates(document.lines) if document.lines else {"vat_by_rate": [], "has_line_without_vat": False}


def of_tax_document(document: TaxDocument) -> dict[str, Any]:
    """Of a счёт-фактура, a УПД or an акт: VAT by rate, who signs, and what an advance leaves out."""
    return _rates(document.lines) | {
        "is_advance": document.form == "advance_invoice",
        "signs_alone": document.seller.kind is PartyKind.SOLE_TRADER,
    }


def of_adjustment(document: AdjustmentDocument) -> dict[str, Any]:
    """Of a КСФ or a УКД: each line with its rows В and Г."""
    return {
        "changes": [
            (line, difference(line.before, line.after), difference(line.after, line.before))
            for line in document.lines
        ],
        "is_exempt": all(line.vat_rate is None for line in document.lines),
        "signs_alone": document.seller.kind is PartyKind.SOLE_TRADER,
    }


def of_reconciliation(document: ReconciliationAct) -> dict[str, Any]:
    """Of an акт сверки: whom the closing balance is due to, and how much; nobody when it is nothing."""
    closing = document.closing
    nothing = Money.zero(closing.currency)
    creditor = None if not closing else (document.buyer if closing < nothing else document.seller)
    return {"creditor": creditor, "debt": -closing if closing < nothing else closing}


def vat_by_rate(lines: tuple[AnyLine, ...]) -> list[tuple[int, Money]]:
    """The VAT contained in the lines for each rate (basis points), the highest first; no VAT is left out."""
    taxed = sorted((line for line in lines if line.vat_rate is not None), key=_rate_of, reverse=True)
    return [
        (rate, total((line.vat for line in of_rate), lines[0].vat.currency))
        for rate, of_rate in groupby(taxed, key=_rate_of)
    ]


def _rate_of(line: AnyLine) -> int:
    return line.vat_rate or 0


def _rates(lines: tuple[AnyLine, ...]) -> dict[str, Any]:
    without = any(line.vat_rate is None for line in lines)
    return {"vat_by_rate": vat_by_rate(lines), "has_line_without_vat": without}
