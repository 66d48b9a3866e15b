"""Flows of VAT, papers, and what asks for them, as staff read them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.billing.documents.decision import Paper
from app.billing.month_closing import ClosingCheck
from app.billing.registers_ledger import VatFlow
from app.billing.registers_missing import Deed

FLOWS: dict[VatFlow, Any] = {
    VatFlow.ADVANCE: _("Charged on advances"),
    VatFlow.SERVICE: _("Charged on service given"),
    VatFlow.ADVANCE_DEDUCTED: _("Deducted: service was given for the advance"),
    VatFlow.ADVANCE_RETURNED: _("Deducted: the advance goes back"),
    VatFlow.PRICE_LOWERED: _("Deducted: the price was lowered"),
}
PAPERS: dict[Paper, Any] = {
    Paper.INVOICE: _("Invoice to pay"),
    Paper.RECEIPT: _("Receipt of money"),
    Paper.FISCAL_RECEIPT: _("Fiscal receipt"),
    Paper.ADVANCE_INVOICE: _("VAT invoice of an advance"),
    Paper.VAT_INVOICE: _("VAT invoice"),
    Paper.ACT: _("Act of service"),
    Paper.TRANSFER_WITH_INVOICE: _("УПД, status 1"),
    Paper.TRANSFER: _("УПД, status 2"),
    Paper.VAT_ADJUSTMENT: _("Adjusting VAT invoice"),
    Paper.TRANSFER_ADJUSTMENT_WITH_INVOICE: _("УКД, status 1"),
    Paper.TRANSFER_ADJUSTMENT: _("УКД, status 2"),
    Paper.CORRECTION: _("Corrected document"),
}
DEEDS: dict[Deed, tuple[Any, str]] = {
    Deed.INVOICE: (_("Invoices issued"), "invoice"),
    Deed.PAYMENT: (_("Payments that came"), "payment"),
    Deed.PREPAYMENT: (_("Prepayments with VAT"), "invoice"),
    Deed.SERVICE_MONTH: (_("Service months given"), "service_month"),
    Deed.USAGE: (_("Operations given"), "invoice"),
    Deed.REFUND_SENT: (_("Refunds that were sent"), "refund"),
    Deed.PRICE_LOWERED: (_("Prices lowered by a refund"), "refund"),
}
"""The name of the rows, and the kind of object that they are."""
CHECKS: dict[ClosingCheck, Any] = {
    ClosingCheck.REVENUE: _("Every service given is booked"),
    ClosingCheck.MISSING_DOCUMENTS: _("No document is missing"),
    ClosingCheck.FAILED_DOCUMENTS: _("Every document has its file"),
    ClosingCheck.BANK_LINES: _("Every line of a bank statement is decided about"),
    ClosingCheck.EXCHANGE_RATES: _("Every exchange rate is known"),
    ClosingCheck.UNKNOWN_MONEY: _("The outcome of every payment and refund is known"),
    ClosingCheck.VAT: _("VAT of the registers is that of the ledger"),
    ClosingCheck.INVARIANTS: _("The rules of the data hold"),
}
