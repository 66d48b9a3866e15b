"""The menu: which views stand under which heading. Menu entries are named after their views."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from flask_babel import lazy_gettext as _


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """A heading and the names of the views under it, each with its icon."""

    name: str
    label: str
    views: MappingProxyType[str, str]


MENU = (
    MenuGroup(
        "CustomersMenu",
        _("Customers and access"),
        MappingProxyType(
            {
                "CustomerView": "users",
                "PayerView": "building",
                "SubscriptionView": "repeat",
                "ApiKeyView": "key",
                "UsageMonthView": "report-analytics",
                "CompensationView": "lifebuoy",
            }
        ),
    ),
    MenuGroup(
        "MoneyMenu",
        _("Money and documents"),
        MappingProxyType(
            {
                "InvoiceView": "file-invoice",
                "PaymentHistoryView": "history",
                "PaymentView": "credit-card",
                "RefundView": "receipt-refund",
                "DisputeView": "alert-triangle",
                "BankStatementView": "building-bank",
                "BankQueueView": "link",
                "BankLineView": "wallet",
                "DocumentView": "file-text",
                "FiscalReceiptView": "receipt",
                "LongWorkView": "archive",
            }
        ),
    ),
    MenuGroup(
        "BooksMenu",
        _("Books"),
        MappingProxyType(
            {
                "RegisterView": "file-text",
                "VatReportView": "receipt",
                "DocumentReportView": "file-invoice",
                "RevenueReportView": "report-analytics",
                "MonthClosingView": "lock",
                "LedgerReportView": "report-money",
                "LedgerEntryView": "wallet",
                "ServiceMonthView": "calendar",
                "ExchangeRateView": "refresh",
            }
        ),
    ),
    MenuGroup(
        "CatalogueMenu",
        _("Catalogue"),
        MappingProxyType(
            {
                "ConnectorView": "plug",
                "ConnectorReleaseView": "history",
                "PriceVersionView": "tag",
                "PriceCampaignView": "report-analytics",
                "PriceNoticeView": "mail",
                "OperationPriceView": "receipt",
                "PromoCodeView": "tag",
                "TermsVersionView": "file-text",
            }
        ),
    ),
    MenuGroup(
        "SellerMenu",
        _("Seller"),
        MappingProxyType(
            {
                "SellerView": "building-bank",
                "SellerBankAccountView": "wallet",
                "SellerTaxRegimeView": "receipt",
            }
        ),
    ),
    MenuGroup(
        "ControlMenu",
        _("Control"),
        MappingProxyType(
            {
                "StaffTaskView": "bell",
                "OutboxView": "send",
                "WebhookEventView": "link",
                "ReconciliationView": "refresh",
                "AuditView": "shield-check",
            }
        ),
    ),
    MenuGroup("DemoMenu", _("Demo"), MappingProxyType({"ClockView": "clock"})),
    MenuGroup(
        "Security",
        _("Staff"),
        MappingProxyType({"StaffUserView": "user", "StaffRoleView": "lock"}),
    ),
)
