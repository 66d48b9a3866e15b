"""Names and colours of statuses and kinds. The words carry the meaning, the colour helps."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _

from app.billing.actors import ActorKind
from app.billing.api_key import ApiKeyKind, ApiKeyStatus
from app.billing.invoice import InvoiceStatus, PaymentMethodKind
from app.billing.payment import AttemptState
from app.billing.periods import BillingInterval
from app.billing.subscription import SubscriptionStatus
from app.billing.tax import TaxRegime
from app.models import (
    ConnectorStatus,
    ConnectorTier,
    CustomerStatus,
    DocumentKind,
    DocumentStatus,
    OutboxStatus,
    PayerKind,
    WebhookState,
)

Label = tuple[Any, str | None]
"""The (lazy) name and the tone of the badge; None for a plain word."""

LABELS: dict[type[StrEnum], dict[StrEnum, Label]] = {
    CustomerStatus: {
        CustomerStatus.UNCONFIRMED: (_("E-mail not confirmed"), "warning"),
        CustomerStatus.ACTIVE: (_("Active customer"), "success"),
        CustomerStatus.BLOCKED: (_("Blocked"), "danger"),
    },
    PayerKind: {
        PayerKind.INDIVIDUAL: (_("Individual"), None),
        PayerKind.SOLE_TRADER: (_("Sole trader"), None),
        PayerKind.COMPANY: (_("Company"), None),
        PayerKind.FOREIGN_COMPANY: (_("Foreign company"), None),
        PayerKind.FOREIGN_INDIVIDUAL: (_("Foreign individual"), None),
    },
    SubscriptionStatus: {
        SubscriptionStatus.PENDING: (_("Waiting for payment"), "muted"),
        SubscriptionStatus.TRIAL: (_("Trial"), "info"),
        SubscriptionStatus.ACTIVE: (_("Active subscription"), "success"),
        SubscriptionStatus.PAYMENT_PENDING: (_("Payment pending"), "warning"),
        SubscriptionStatus.SUSPENDED: (_("Suspended"), "danger"),
        SubscriptionStatus.CANCELED: (_("Canceled"), "warning"),
        SubscriptionStatus.EXPIRED: (_("Expired subscription"), "muted"),
    },
    ApiKeyStatus: {
        ApiKeyStatus.UNCLAIMED: (_("Not shown yet"), "info"),
        ApiKeyStatus.ACTIVE: (_("Works"), "success"),
        ApiKeyStatus.DEACTIVATED: (_("Deactivated"), "danger"),
        ApiKeyStatus.EXPIRED: (_("Expired key"), "muted"),
    },
    ApiKeyKind: {
        ApiKeyKind.PRODUCTION: (_("Production"), None),
        ApiKeyKind.TRIAL: (_("Trial key"), None),
        ApiKeyKind.TEST: (_("Test"), None),
    },
    InvoiceStatus: {
        InvoiceStatus.OPEN: (_("Waits for payment"), "warning"),
        InvoiceStatus.PAID: (_("Paid"), "success"),
        InvoiceStatus.VOID: (_("Void"), "muted"),
    },
    PaymentMethodKind: {PaymentMethodKind.CARD: (_("Card"), None)},
    AttemptState: {
        AttemptState.STARTED: (_("Started"), "info"),
        AttemptState.UNKNOWN: (_("Outcome unknown"), "danger"),
        AttemptState.AWAITING_CUSTOMER: (_("Waits for the customer"), "info"),
        AttemptState.SUCCEEDED: (_("Succeeded"), "success"),
        AttemptState.FAILED: (_("Declined"), "danger"),
        AttemptState.ABANDONED: (_("Abandoned"), "muted"),
    },
    BillingInterval: {
        BillingInterval.MONTH: (_("Month"), None),
        BillingInterval.YEAR: (_("Year"), None),
    },
    ConnectorTier: {
        ConnectorTier.STANDARD: (_("Standard"), "muted"),
        ConnectorTier.PREMIUM: (_("Premium"), "info"),
    },
    ConnectorStatus: {
        ConnectorStatus.DRAFT: (_("Draft"), "muted"),
        ConnectorStatus.PUBLISHED: (_("On sale"), "success"),
        ConnectorStatus.RETIRED: (_("No longer sold"), "warning"),
    },
    TaxRegime: {
        TaxRegime.GENERAL: (_("General, with VAT"), None),
        TaxRegime.SIMPLIFIED: (_("Simplified, no VAT"), None),
        TaxRegime.SIMPLIFIED_5: (_("Simplified, VAT 5 %"), None),
        TaxRegime.SIMPLIFIED_7: (_("Simplified, VAT 7 %"), None),
        TaxRegime.EXEMPT: (_("Exempt by Art. 149 of the Tax Code"), None),
    },
    DocumentKind: {DocumentKind.INVOICE: (_("Invoice for payment"), None)},
    DocumentStatus: {
        DocumentStatus.PENDING: (_("Being made"), "info"),
        DocumentStatus.READY: (_("Ready"), "success"),
        DocumentStatus.FAILED: (_("Failed"), "danger"),
    },
    OutboxStatus: {
        OutboxStatus.WAITING: (_("Waits"), "info"),
        OutboxStatus.RELAYED: (_("Handed to a worker"), "info"),
        OutboxStatus.DONE: (_("Done"), "success"),
        OutboxStatus.FAILED: (_("Failed"), "danger"),
    },
    WebhookState: {
        WebhookState.RECEIVED: (_("Received"), "info"),
        WebhookState.PROCESSED: (_("Processed"), "success"),
        WebhookState.IGNORED: (_("Ignored"), "muted"),
    },
    ActorKind: {
        ActorKind.CUSTOMER: (_("Customer"), None),
        ActorKind.STAFF: (_("Employee"), None),
        ActorKind.API_KEY: (_("API key"), None),
        ActorKind.SYSTEM: (_("System"), None),
    },
}

STATUS_OF_OBJECT: dict[str, type[StrEnum]] = {
    "subscription": SubscriptionStatus,
    "invoice": InvoiceStatus,
    "api_key": ApiKeyStatus,
    "document": DocumentStatus,
    "payment_attempt": AttemptState,
    "customer": CustomerStatus,
    "outbox_message": OutboxStatus,
}
"""Which statuses the history rows of a kind of object speak of."""

OBJECT_NAMES: dict[str, Any] = {
    "subscription": _("Subscription"),
    "invoice": _("Invoice"),
    "api_key": _("API key"),
    "document": _("Document"),
    "payment": _("Payment"),
    "payment_attempt": _("Payment attempt"),
    "customer": _("Customer"),
    "payer": _("Payer"),
    "connector": _("Connector"),
    "connector_release": _("Release"),
    "price_version": _("Price"),
    "terms_version": _("Offer"),
    "seller": _("Seller"),
    "seller_tax_regime": _("Tax regime"),
    "outbox_message": _("Outbox message"),
    "webhook_event": _("Webhook"),
    "staff": _("Employee"),
    "clock": _("Clock"),
}

ACTIONS: dict[str, Any] = {
    "customer.contact_data": _("Contact data changed"),
    "customer.password_reset": _("Password reset"),
    "payer.save": _("Payer saved"),
    "api_key.create": _("API key created"),
    "api_key.reveal": _("API key shown to its owner"),
    "api_key.deactivate": _("API key deactivated"),
    "document.resend": _("Document sent again"),
    "subscription.bind": _("Subscription bound to a Make account"),
    "subscription.cancel": _("Subscription canceled"),
    "subscription.auto_renewal": _("Auto-renewal changed"),
    "customer.block": _("Customer blocked"),
    "price.add": _("New price"),
    "clock.move": _("Clock moved"),
    "staff.login": _("Employee logged in"),
    "staff.logout": _("Employee logged out"),
    "staff.login_failed": _("Wrong password at login"),
    "staff.create": _("Record created"),
    "staff.update": _("Record changed"),
    "staff.delete": _("Record deleted"),
}

TASKS: dict[str, Any] = {
    "document_failed": _("A document could not be made"),
    "outbox_failed": _("A mail or job failed for good"),
    "unallocated_payment": _("Money came in that paid nothing"),
    "amount_mismatch": _("The amount taken differs from the amount asked"),
}

MESSAGES: dict[str, Any] = {
    "mail.activation": _("Mail: confirm the address"),
    "mail.already_registered": _("Mail: you are registered already"),
    "mail.password_reset": _("Mail: new password"),
    "mail.password_changed": _("Mail: password changed"),
    "mail.trial_started": _("Mail: trial started"),
    "mail.trial_ending": _("Mail: trial ends soon"),
    "mail.trial_ended": _("Mail: trial ended"),
    "mail.api_key_waiting": _("Mail: an API key waits"),
    "mail.switch_to_production_key": _("Mail: switch to the production key"),
    "mail.key_deactivated": _("Mail: API key deactivated"),
    "mail.invoice_issued": _("Mail: invoice"),
    "mail.invoice_voided": _("Mail: invoice void"),
    "mail.document_ready": _("Mail: document"),
    "mail.payment_received": _("Mail: payment received"),
    "mail.payment_failed": _("Mail: payment failed"),
    "mail.subscription_started": _("Mail: subscription started"),
    "mail.subscription_canceled": _("Mail: subscription canceled"),
    "mail.auto_renewal_changed": _("Mail: auto-renewal changed"),
    "mail.access_ended": _("Mail: access ended"),
    "document.render": _("Job: make the document"),
}


def label_of(value: StrEnum) -> Label:
    """The name and tone of a status or kind; its code when nobody has named it yet."""
    return LABELS.get(type(value), {}).get(value, (value.value, "muted"))


def status_label(object_kind: str, code: str) -> Label:
    """The name and tone of a status as the history stores it, as text."""
    kind = STATUS_OF_OBJECT.get(object_kind)
    if kind is None or code not in set(kind):
        return (code, "muted")
    return label_of(kind(code))
