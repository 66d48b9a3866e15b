"""Tables. Importing this package makes every table known to the metadata."""

from app.billing.documents.kinds import DocumentKind, DocumentStatus, ServicePaper
from app.models.api_key import ApiKey, CheckUsage, UsageReport
from app.models.bank_statement import BankLine, BankLineShare, BankLineState, BankStatement
from app.models.base import Base
from app.models.cart import Cart, CartLine
from app.models.catalogue import (
    CataloguePublication,
    Connector,
    ConnectorPricing,
    ConnectorRelease,
    ConnectorStatus,
    ConnectorTier,
    OperationPrice,
    PriceVersion,
    TermsAcceptance,
    TermsVersion,
)
from app.models.customer import Customer, CustomerSession, CustomerStatus, OneTimeToken, Payer, PayerKind
from app.models.document import Document, DocumentAdvance, DocumentFile, DocumentLine, Picture
from app.models.exchange_rate import ExchangeRateDay, ExchangeRateRow
from app.models.fiscal import FiscalReceiptKind, FiscalReceiptMonth, FiscalReceiptRow, FiscalReceiptState
from app.models.history import AuditEntry, StatusChange
from app.models.invoice import Invoice, InvoiceLine
from app.models.ledger import CreditKind, CustomerCredit, LedgerEntry, ServiceMonth
from app.models.long_work import LongWork
from app.models.metering import MeteredOperation, UsageMonth
from app.models.method_setup import MethodSetup
from app.models.month_closing import MonthClosing
from app.models.outbox import ClockOffset, OutboxMessage, OutboxStatus, SchedulerTick, StaffTask
from app.models.payment import (
    BALANCE_PROVIDER,
    BANK_PROVIDER,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    WebhookEvent,
    WebhookState,
)
from app.models.price_campaign import PriceCampaign, PriceNotice
from app.models.promotion import PromoCode, PromoRedemption
from app.models.provider import Dispute, ProviderCursor
from app.models.provider_use import ProviderMode, ProviderOrder
from app.models.refund import Compensation, Refund
from app.models.seller import DocumentSeries, NumberSeries, Seller, SellerTaxRegime
from app.models.seller_bank_account import SellerBankAccount
from app.models.staff import StaffSession
from app.models.subscription import Subscription, SubscriptionPeriod

__all__ = [
    "BALANCE_PROVIDER",
    "BANK_PROVIDER",
    "ApiKey",
    "AuditEntry",
    "BankLine",
    "BankLineShare",
    "BankLineState",
    "BankStatement",
    "Base",
    "Cart",
    "CartLine",
    "CataloguePublication",
    "CheckUsage",
    "ClockOffset",
    "Compensation",
    "Connector",
    "ConnectorPricing",
    "ConnectorRelease",
    "ConnectorStatus",
    "ConnectorTier",
    "CreditKind",
    "Customer",
    "CustomerCredit",
    "CustomerSession",
    "CustomerStatus",
    "Dispute",
    "Document",
    "DocumentAdvance",
    "DocumentFile",
    "DocumentKind",
    "DocumentLine",
    "DocumentSeries",
    "DocumentStatus",
    "ExchangeRateDay",
    "ExchangeRateRow",
    "FiscalReceiptKind",
    "FiscalReceiptMonth",
    "FiscalReceiptRow",
    "FiscalReceiptState",
    "Invoice",
    "InvoiceLine",
    "LedgerEntry",
    "LongWork",
    "MeteredOperation",
    "MethodSetup",
    "MonthClosing",
    "NumberSeries",
    "OneTimeToken",
    "OperationPrice",
    "OutboxMessage",
    "OutboxStatus",
    "Payer",
    "PayerKind",
    "Payment",
    "PaymentAttempt",
    "PaymentMethod",
    "Picture",
    "PriceCampaign",
    "PriceNotice",
    "PriceVersion",
    "PromoCode",
    "PromoRedemption",
    "ProviderCursor",
    "ProviderMode",
    "ProviderOrder",
    "Refund",
    "SchedulerTick",
    "Seller",
    "SellerBankAccount",
    "SellerTaxRegime",
    "ServiceMonth",
    "ServicePaper",
    "StaffSession",
    "StaffTask",
    "StatusChange",
    "Subscription",
    "SubscriptionPeriod",
    "TermsAcceptance",
    "TermsVersion",
    "UsageMonth",
    "UsageReport",
    "WebhookEvent",
    "WebhookState",
]
