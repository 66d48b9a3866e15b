"""The books: movements between accounts and the service still owed (K1). Nobody changes them here."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.billing.money import Money
from app.models import LedgerEntry, ServiceMonth
from app.views.base import RecordView, labels, per_column
from app.views.customers import CUSTOMER_ADDRESS
from app.views.filters import Filled
from app.views.ledger_names import account_name, entry_name
from app.views.presentation import customer_link, named_link, rate
from app.views.records import Records


def _link(kind: str, column: str) -> Any:
    """A column with a link to the object of this kind, if there is one."""

    def link(row: Any) -> Any:
        identity = getattr(row, column)
        return None if identity is None else named_link(kind, identity)

    return link


class LedgerEntryView(RecordView):
    """Entries: each moves a sum from the credited to the debited account. Append-only."""

    datamodel = Records(
        LedgerEntry,
        own_filters=CUSTOMER_ADDRESS,
        computed={
            "invoice": _link("invoice", "invoice_id"),
            "payment": _link("payment", "payment_id"),
            "refund": _link("refund", "refund_id"),
            "service_month": _link("service_month", "service_month_id"),
            "seller": _link("seller", "seller_id"),
        },
    )
    route_base = "/ledger"
    list_title = _("Ledger")
    show_title = _("Ledger entry")
    list_columns = ("id", "booked_on", "kind", "debit", "credit", "amount", "customer_id", "invoice")
    show_columns = (
        "booked_on", "at", "kind", "debit", "credit", "amount", "customer_id", "seller", "invoice", "payment",
        "service_month", "refund",
    )  # fmt: skip
    search_columns = (
        "customer_email", "booked_on", "kind", "debit", "credit", "currency", "amount_minor", "customer_id",
        "invoice_id", "payment_id", "service_month_id", "refund_id", "seller_id",
    )  # fmt: skip
    order_columns = ("id", "booked_on", "kind", "debit", "credit")
    search_labels = per_column(customer_email=_("Customer's e-mail"))
    label_columns = labels(
        booked_on=_("Booked on"),
        at=_("Written at"),
        kind=_("What happened"),
        debit=_("Debit"),
        credit=_("Credit"),
        amount=_("Sum"),
        amount_minor=_("Sum in kopecks or cents"),
        currency=_("Currency"),
        customer_id=_("Customer"),
        seller=_("Seller"),
        seller_id=_("Seller No."),
        invoice=_("Invoice"),
        invoice_id=_("Invoice No. in the database"),
        payment=_("Payment"),
        payment_id=_("Payment No."),
        service_month=_("Service month"),
        service_month_id=_("Service month No."),
        refund=_("Refund"),
        refund_id=_("Refund No."),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {
            "kind": entry_name,
            "debit": account_name,
            "credit": account_name,
            "customer_id": customer_link,
        }
        super()._init_properties()


class ServiceMonthView(RecordView):
    """Months of paid lines: given on their last day, at that day's rate of VAT."""

    datamodel = Records(
        ServiceMonth,
        own_filters=CUSTOMER_ADDRESS | {"recognised_at": (Filled,)},
        computed={
            "invoice": _link("invoice", "invoice_id"),
            "subscription": _link("subscription", "subscription_id"),
            "payer": _link("payer", "payer_id"),
            "full_gross": lambda row: Money(row.gross_minor, row.currency),
            "refunded": lambda row: Money(row.refunded_minor, row.currency),
            "vat": lambda row: None if row.vat_minor is None else Money(row.vat_minor, row.currency),
            "rate": lambda row: None if row.recognised_at is None else rate(row.vat_rate),
        },
    )
    route_base = "/service-months"
    base_order = ("last_day", "desc")
    list_title = _("Service months")
    show_title = _("Service month")
    list_columns = ("id", "last_day", "customer_id", "subscription", "gross", "rate", "vat", "recognised_at")
    show_columns = (
        "customer_id", "payer", "subscription", "invoice", "ordinal", "starts_at", "ends_at", "last_day",
        "full_gross", "refunded", "gross", "advance_vat", "recognised_at", "rate", "vat",
    )  # fmt: skip
    search_columns = (
        "customer_email", "last_day", "recognised_at", "currency", "customer_id", "subscription_id",
        "invoice_id",
    )  # fmt: skip
    order_columns = ("id", "last_day", "recognised_at")
    search_labels = per_column(customer_email=_("Customer's e-mail"), recognised_at=_("Booked as given"))
    label_columns = labels(
        last_day=_("Last day"),
        customer_id=_("Customer"),
        payer=_("Payer"),
        subscription=_("Subscription"),
        subscription_id=_("Subscription No."),
        invoice=_("Invoice"),
        invoice_id=_("Invoice No. in the database"),
        ordinal=_("Which month of the line"),
        starts_at=_("From"),
        ends_at=_("To"),
        full_gross=_("Part of the line"),
        refunded=_("Given back of it"),
        gross=_("Left after refunds"),
        advance_vat=_("VAT on the advance"),
        recognised_at=_("Booked as given"),
        rate=_("VAT rate"),
        vat=_("VAT"),
        currency=_("Currency"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {"customer_id": customer_link}
        super()._init_properties()
