"""Kinds of objects as staff read them; kinds are table names, as history and audit store them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

OBJECT_NAMES: dict[str, Any] = {
    "subscription": _("Subscription"),
    "invoice": _("Invoice"),
    "api_key": _("API key"),
    "document": _("Document"),
    "long_work": _("Archive or export"),
    "payment": _("Payment"),
    "payment_attempt": _("Payment attempt"),
    "customer": _("Customer"),
    "payer": _("Payer"),
    "connector": _("Connector"),
    "connector_release": _("Release"),
    "price_version": _("Price"),
    "terms_version": _("Offer"),
    "seller": _("Seller"),
    "seller_bank_account": _("Bank account"),
    "seller_tax_regime": _("Tax regime"),
    "outbox_message": _("Outbox message"),
    "webhook_event": _("Webhook"),
    "staff": _("Employee"),
    "clock": _("Clock"),
    "refund": _("Refund"),
    "dispute": _("Dispute"),
    "provider": _("Provider"),
    "bank_statement": _("Bank statement"),
    "bank_line": _("Line of a bank statement"),
    "bank_file": _("Bank file"),
    "fiscal_receipt": _("Fiscal receipt"),
    "compensation": _("Compensation"),
    "promo_code": _("Promo code"),
    "price_campaign": _("Price change"),
    "price_notice": _("Notice of a price"),
    "operation_price": _("Price of operations"),
    "payment_method": _("Saved card"),
    "method_setup": _("Adding a card"),
    "service_month": _("Service month"),
    "ledger_entry": _("Ledger entry"),
    "exchange_rate": _("Exchange rate"),
    "staff_task": _("Task"),
    "month_closing": _("Closing of a month"),
    "register": _("Register"),
    "invariant": _("Rule of the data"),
}
