"""Invoices with their lines, attempts and history."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import String, cast, func
from sqlalchemy.orm import joinedload

from app.billing.money import Money
from app.models import Invoice
from app.views import history
from app.views.bank_transfers import BankTransfers, left_to_pay
from app.views.base import READ_ONLY, Section, labels, per_column
from app.views.customers import CUSTOMER_ADDRESS
from app.views.filters import RecordFilter
from app.views.invoice_sections import sections_of_invoice
from app.views.presentation import named_link
from app.views.records import Records

FULL_NUMBER = (
    Invoice.series + "-" + cast(Invoice.year, String) + "-" + func.lpad(cast(Invoice.number, String), 6, "0")
)


class InvoiceNumber(RecordFilter):
    """Invoices whose number holds the text: «СЧ-2026-000042» or just «42»."""

    name = _("Contains")

    def condition(self, value: str) -> Any:
        """Compared with the number as people read it."""
        return FULL_NUMBER.icontains(value, autoescape=True)


class InvoiceView(BankTransfers):
    """Invoices: read-only but for entering a transfer, because they carry money."""

    datamodel = Records(
        Invoice,
        loads=[joinedload(Invoice.customer), joinedload(Invoice.payer), joinedload(Invoice.seller)],
        own_filters=CUSTOMER_ADDRESS | {"full_number": (InvoiceNumber,)},
        computed={
            "balance": lambda row: Money(row.balance_minor, row.currency),
            "due": left_to_pay,
            "goodwill": lambda row: Money(row.goodwill_minor, row.currency),
            "promo_code": lambda row: row.promo_code_id and named_link("promo_code", row.promo_code_id),
            "replaces": lambda row: row.replaces_id and named_link("invoice", row.replaces_id),
        },
    )
    route_base = "/invoices"
    base_permissions = (*READ_ONLY, "can_bank_transfer")
    list_title = _("Invoices")
    show_title = _("Invoice")
    list_columns = ("full_number", "customer", "payer", "purpose", "total", "status", "issued_on", "due_on")
    show_columns = (
        "full_number", "status", "purpose", "customer", "payer", "seller", "total", "vat", "balance", "due",
        "goodwill", "promo_code", "method", "issued_at", "due_on", "paid_at", "voided_at", "first_failed_at",
        "next_attempt_at", "replaces",
    )  # fmt: skip
    search_columns = (
        "full_number", "customer_email", "status", "purpose", "method", "currency", "issued_on", "due_on",
        "paid_at", "next_attempt_at", "customer_id",
    )  # fmt: skip
    order_columns = ("status", "purpose", "issued_on", "due_on", "paid_at")
    search_labels = per_column(full_number=_("Number"), customer_email=_("Customer's e-mail"))
    label_columns = labels(
        payer=_("Payer"),
        seller=_("Seller"),
        purpose=_("What for"),
        total=_("Sum"),
        vat=_("VAT inside"),
        balance=_("From the balance"),
        due=_("Left to pay"),
        goodwill=_("Goodwill inside the discounts"),
        promo_code=_("Promo code"),
        currency=_("Currency"),
        method=_("Method"),
        issued_on=_("Issued"),
        issued_at=_("Issued at"),
        due_on=_("Due"),
        paid_at=_("Paid at"),
        voided_at=_("Void since"),
        first_failed_at=_("First failed charge"),
        next_attempt_at=_("Next attempt"),
        replaces=_("Replaces"),
    )

    def name_of(self, row: Invoice) -> str:
        """The number."""
        return row.full_number

    def sections(self, row: Invoice) -> list[Section]:
        """Lines, attempts to charge, payments, and the document."""
        return sections_of_invoice(row.id)

    def history(self, row: Invoice) -> list[dict[str, Any]]:
        """Every change of status."""
        return history.of_object("invoice", row.id)
