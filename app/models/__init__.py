"""Tables. Importing this package makes every table known to the metadata."""

from app.models.api_key import ApiKey, CheckUsage, UsageReport
from app.models.base import Base
from app.models.cart import Cart, CartLine
from app.models.catalogue import (
    Connector,
    ConnectorRelease,
    ConnectorStatus,
    ConnectorTier,
    PriceVersion,
    TermsAcceptance,
    TermsVersion,
)
from app.models.customer import Customer, CustomerSession, CustomerStatus, OneTimeToken, Payer, PayerKind
from app.models.document import Document, DocumentKind, DocumentStatus
from app.models.history import AuditEntry, StatusChange
from app.models.invoice import Invoice, InvoiceLine
from app.models.outbox import ClockOffset, OutboxMessage, OutboxStatus, SchedulerTick, StaffTask
from app.models.payment import Payment, PaymentAttempt, PaymentMethod, WebhookEvent, WebhookState
from app.models.seller import NumberSeries, Seller, SellerTaxRegime
from app.models.staff import StaffSession
from app.models.subscription import Subscription, SubscriptionPeriod

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Base",
    "Cart",
    "CartLine",
    "CheckUsage",
    "ClockOffset",
    "Connector",
    "ConnectorRelease",
    "ConnectorStatus",
    "ConnectorTier",
    "Customer",
    "CustomerSession",
    "CustomerStatus",
    "Document",
    "DocumentKind",
    "DocumentStatus",
    "Invoice",
    "InvoiceLine",
    "NumberSeries",
    "OneTimeToken",
    "OutboxMessage",
    "OutboxStatus",
    "Payer",
    "PayerKind",
    "Payment",
    "PaymentAttempt",
    "PaymentMethod",
    "PriceVersion",
    "SchedulerTick",
    "Seller",
    "SellerTaxRegime",
    "StaffSession",
    "StaffTask",
    "StatusChange",
    "Subscription",
    "SubscriptionPeriod",
    "TermsAcceptance",
    "TermsVersion",
    "UsageReport",
    "WebhookEvent",
    "WebhookState",
]
