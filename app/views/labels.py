"""Names and colours of statuses and kinds. The words carry the meaning, the colour helps."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _

from app.billing.actors import ActorKind
from app.billing.api_key import ApiKeyKind, ApiKeyStatus
from app.billing.bank_matching import Finding, Hint
from app.billing.bank_statement import Direction
from app.billing.compensation import CompensationKind, CompensationStatus
from app.billing.documents.kinds import FileFormat, OriginalState
from app.billing.documents.parties import PartyKind
from app.billing.invoice import InvoicePurpose, InvoiceStatus, PaymentMethodKind
from app.billing.long_work import WorkState
from app.billing.method_setup import SetupState
from app.billing.month_closing import ClosingState
from app.billing.payment import AttemptState, EventSubject
from app.billing.periods import BillingInterval
from app.billing.price_campaign import CampaignStatus
from app.billing.promotions import PromoDuration, PromoKind
from app.billing.provider import DisputeState
from app.billing.refunds import RefundCode, RefundSource, RefundStatus
from app.billing.subscription import SubscriptionStatus
from app.billing.tax import TaxRegime
from app.models import (
    BankLineState,
    ConnectorPricing,
    ConnectorStatus,
    ConnectorTier,
    CreditKind,
    CustomerStatus,
    DocumentKind,
    DocumentStatus,
    FiscalReceiptKind,
    FiscalReceiptState,
    OutboxStatus,
    PayerKind,
    ServicePaper,
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
    ClosingState: {
        ClosingState.CHECKING: (_("Checklist is gone through"), "info"),
        ClosingState.REFUSED: (_("Not in order"), "danger"),
        ClosingState.CLOSED: (_("Closed month"), "success"),
        ClosingState.REOPENED: (_("Reopened month"), "warning"),
    },
    InvoiceStatus: {
        InvoiceStatus.OPEN: (_("Waits for payment"), "warning"),
        InvoiceStatus.PAID: (_("Paid"), "success"),
        InvoiceStatus.VOID: (_("Void"), "muted"),
    },
    InvoicePurpose: {
        InvoicePurpose.ORDER: (_("Order"), None),
        InvoicePurpose.RENEWAL: (_("Renewal"), None),
        InvoicePurpose.USAGE: (_("Used operations"), None),
    },
    PaymentMethodKind: {
        PaymentMethodKind.CARD: (_("Card"), None),
        PaymentMethodKind.BANK_TRANSFER: (_("Bank transfer"), None),
        PaymentMethodKind.PAYPAL: ("PayPal", None),
    },
    AttemptState: {
        AttemptState.STARTED: (_("Started"), "info"),
        AttemptState.UNKNOWN: (_("Outcome unknown"), "danger"),
        AttemptState.AWAITING_CUSTOMER: (_("Waits for the customer"), "info"),
        AttemptState.SUCCEEDED: (_("Succeeded"), "success"),
        AttemptState.FAILED: (_("Declined"), "danger"),
        AttemptState.ABANDONED: (_("Abandoned"), "muted"),
    },
    SetupState: {
        SetupState.STARTED: (_("Started"), "info"),
        SetupState.AWAITING_CUSTOMER: (_("Waits for the customer"), "info"),
        SetupState.SAVED: (_("Saved"), "success"),
        SetupState.FAILED: (_("Not saved"), "muted"),
    },
    BillingInterval: {
        BillingInterval.MONTH: (_("Month"), None),
        BillingInterval.YEAR: (_("Year"), None),
    },
    RefundStatus: {
        RefundStatus.REQUESTED: (_("Waits for a decision"), "warning"),
        RefundStatus.APPROVED: (_("Approved, to be sent"), "info"),
        RefundStatus.REJECTED: (_("Rejected"), "muted"),
        RefundStatus.SENDING: (_("Being sent"), "info"),
        RefundStatus.SENT: (_("Sent"), "success"),
        RefundStatus.FAILED: (_("Could not be sent"), "danger"),
    },
    RefundSource: {
        RefundSource.REQUESTED: (_("Asked for and decided"), None),
        RefundSource.MADE_AT_PROVIDER: (_("Made on the provider's own page"), "warning"),
    },
    DisputeState: {
        DisputeState.OPEN: (_("Open dispute"), "warning"),
        DisputeState.WON: (_("Won"), "success"),
        DisputeState.LOST: (_("Lost"), "danger"),
    },
    RefundCode: {
        RefundCode.FIRST_DAYS: (_("Everything: within 7 days of the first payment"), None),
        RefundCode.UNUSED_PART: (_("The unused part of a year"), None),
        RefundCode.NOTHING_PAID: (_("Nothing: nothing was paid"), None),
        RefundCode.ALREADY_REFUNDED: (_("Nothing: it was given back already"), None),
        RefundCode.PERIOD_OVER: (_("Nothing: the period has ended"), None),
        RefundCode.NO_REFUND_FOR_MONTH: (_("Nothing: a month that has begun is not refunded"), None),
        RefundCode.NOTHING_UNUSED: (_("Nothing: no whole day is unused"), None),
    },
    CompensationKind: {
        CompensationKind.EXTRA_DAYS: (_("Extra days"), None),
        CompensationKind.BALANCE: (_("Goodwill"), None),
        CompensationKind.DISCOUNT: (_("Discount on the next period"), None),
    },
    CompensationStatus: {
        CompensationStatus.REQUESTED: (_("Waits for a decision"), "warning"),
        CompensationStatus.APPROVED: (_("Approved"), "info"),
        CompensationStatus.REJECTED: (_("Rejected"), "muted"),
        CompensationStatus.APPLIED: (_("Given"), "success"),
    },
    PromoKind: {
        PromoKind.PERCENT: (_("Percentage"), None),
        PromoKind.AMOUNT: (_("Amount"), None),
    },
    PromoDuration: {
        PromoDuration.FIRST: (_("The first invoice"), None),
        PromoDuration.EVERY: (_("Every period"), None),
    },
    CampaignStatus: {
        CampaignStatus.DRAFT: (_("Draft campaign"), "muted"),
        CampaignStatus.LAUNCHED: (_("Launched"), "success"),
        CampaignStatus.CANCELED: (_("Given up"), "muted"),
    },
    CreditKind: {
        CreditKind.BALANCE: (_("Balance (the customer's money)"), None),
        CreditKind.GOODWILL: (_("Goodwill (a discount to come)"), None),
    },
    ConnectorPricing: {
        ConnectorPricing.PERIOD: (_("By the period"), None),
        ConnectorPricing.OPERATION: (_("By the operation"), None),
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
    DocumentKind: {
        DocumentKind.INVOICE: (_("Invoice for payment"), None),
        DocumentKind.RECEIPT: (_("Receipt"), None),
        DocumentKind.ADVANCE_INVOICE: (_("Advance VAT invoice"), None),
        DocumentKind.VAT_INVOICE: (_("VAT invoice"), None),
        DocumentKind.ACT: (_("Act"), None),
        DocumentKind.TRANSFER: (_("Transfer document"), None),
        DocumentKind.VAT_ADJUSTMENT: (_("VAT adjustment invoice"), None),
        DocumentKind.TRANSFER_ADJUSTMENT: (_("Adjustment document"), None),
        DocumentKind.RECONCILIATION: (_("Reconciliation act"), None),
    },
    OriginalState: {
        OriginalState.NONE: (_("Not sent"), "muted"),
        OriginalState.SENT_BY_EXCHANGE: (_("Sent by exchange"), "info"),
        OriginalState.SIGNED: (_("Signed"), "success"),
        OriginalState.ON_PAPER: (_("On paper"), "success"),
    },
    FileFormat: {FileFormat.PDF: ("PDF", None), FileFormat.XML: (_("XML for exchange"), None)},
    ServicePaper: {
        ServicePaper.TRANSFER: (_("Transfer document"), None),
        ServicePaper.INVOICE_AND_ACT: (_("VAT invoice and act"), None),
    },
    PartyKind: {
        PartyKind.COMPANY: (_("Company"), None),
        PartyKind.SOLE_TRADER: (_("Sole trader"), None),
        PartyKind.INDIVIDUAL: (_("Individual"), None),
        PartyKind.FOREIGN: (_("Foreign party"), None),
    },
    DocumentStatus: {
        DocumentStatus.PENDING: (_("Being made"), "info"),
        DocumentStatus.READY: (_("Ready"), "success"),
        DocumentStatus.FAILED: (_("Failed"), "danger"),
    },
    WorkState: {
        WorkState.WAITING: (_("Waits"), "info"),
        WorkState.RUNNING: (_("Being made"), "info"),
        WorkState.DONE: (_("Ready"), "success"),
        WorkState.FAILED: (_("Failed"), "danger"),
        WorkState.CANCELED: (_("Given up"), "muted"),
        WorkState.EXPIRED: (_("Removed"), "muted"),
    },
    FiscalReceiptKind: {
        FiscalReceiptKind.PAYMENT: (_("Payment"), None),
        FiscalReceiptKind.SERVICE: (_("Offset of a prepayment"), None),
        FiscalReceiptKind.REFUND: (_("Refund"), None),
    },
    FiscalReceiptState: {
        FiscalReceiptState.PROMISED: (_("Waits for the register"), "info"),
        FiscalReceiptState.REGISTERED: (_("Registered"), "success"),
        FiscalReceiptState.FAILED: (_("Failed"), "danger"),
    },
    OutboxStatus: {
        OutboxStatus.WAITING: (_("Waits"), "info"),
        OutboxStatus.RELAYED: (_("Handed to a worker"), "info"),
        OutboxStatus.DONE: (_("Done"), "success"),
        OutboxStatus.FAILED: (_("Failed"), "danger"),
    },
    EventSubject: {
        EventSubject.PAYMENT: (_("Payment"), None),
        EventSubject.REFUND: (_("Refund"), None),
        EventSubject.DISPUTE: (_("Dispute"), None),
        EventSubject.METHOD: (_("Saved card"), None),
        EventSubject.OTHER: (_("Something else"), "muted"),
    },
    WebhookState: {
        WebhookState.RECEIVED: (_("Received"), "info"),
        WebhookState.PROCESSED: (_("Processed"), "success"),
        WebhookState.IGNORED: (_("Ignored"), "muted"),
    },
    Direction: {
        Direction.IN: (_("Came in"), None),
        Direction.OUT: (_("Went out"), None),
    },
    BankLineState: {
        BankLineState.UNMATCHED: (_("Waits for a person"), "warning"),
        BankLineState.MATCHED: (_("Booked"), "success"),
        BankLineState.SETTLED_REFUND: (_("Refund has left"), "success"),
        BankLineState.IGNORED: (_("Put aside"), "muted"),
    },
    Finding: {
        Finding.EXACT: (_("Number and sum agree"), None),
        Finding.SPLIT: (_("Several invoices, the sum agrees"), None),
        Finding.OVERPAID: (_("More than the invoice: the rest is the customer's"), None),
        Finding.LATE: (_("The invoice had lapsed: the customer's balance"), None),
        Finding.REFUND: (_("A refund of ours"), None),
        Finding.OUTGOING: (_("Went out, not a refund of ours"), None),
        Finding.OWN_MONEY: (_("Between our own accounts"), None),
        Finding.NO_NUMBER: (_("No invoice number"), None),
        Finding.UNKNOWN_NUMBER: (_("No such invoice"), None),
        Finding.AMBIGUOUS: (_("The number fits several invoices"), None),
        Finding.OTHER_CURRENCY: (_("The invoice is in another currency"), None),
        Finding.OTHER_PAYER: (_("Another ИНН than on the invoice"), None),
        Finding.PAYER_UNCONFIRMED: (_("The payer's ИНН does not confirm it"), None),
        Finding.ALREADY_PAID: (_("The invoice is paid already"), None),
        Finding.VOID: (_("The invoice is void"), None),
        Finding.CHARGE_IN_PROGRESS: (_("The invoice is being paid by card"), None),
        Finding.SUMS_DIFFER: (_("The sum differs from the invoices"), None),
        Finding.UNDERPAID: (_("Less than the invoice asks for"), None),
        Finding.REFUND_UNKNOWN: (_("No such refund waits"), None),
        Finding.REFUND_SUM: (_("The sum differs from the refund"), None),
        Finding.REFUSED: (_("Could not be booked"), None),
    },
    Hint: {
        Hint.NUMBER: (_("number"), None),
        Hint.PAYER: (_("ИНН"), None),
        Hint.SUM: (_("sum"), None),
        Hint.RECENT: (_("issued lately"), None),
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
    "method_setup": SetupState,
    "customer": CustomerStatus,
    "outbox_message": OutboxStatus,
    "refund": RefundStatus,
    "dispute": DisputeState,
    "compensation": CompensationStatus,
    "fiscal_receipt": FiscalReceiptState,
    "price_campaign": CampaignStatus,
    "month_closing": ClosingState,
}
"""Which statuses the history rows of a kind of object speak of."""


def label_of(value: StrEnum) -> Label:
    """The name and tone of a status or kind; its code when nobody has named it yet."""
    return LABELS.get(type(value), {}).get(value, (value.value, "muted"))


def status_label(object_kind: str, code: str) -> Label:
    """The name and tone of a status as the history stores it, as text."""
    kind = STATUS_OF_OBJECT.get(object_kind)
    if kind is None or code not in set(kind):
        return (code, "muted")
    return label_of(kind(code))
