"""Who may do what (L2): the roles of the back-office as code. Flask-AppBuilder never stores or edits them.

A rule is a pair of patterns, for the view and for the permission. They are anchored, because the
framework matches prefixes: without `$` a right to `CustomerView` would open `CustomerViewForAdmins` too.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from app.views.menu import MENU

READ = ("can_list", "can_show", "menu_access")
LIST = ("can_list", "menu_access")
PAGE = ("can_index", "menu_access")
WORK = (*READ, "can_add", "can_file", "can_cancel")
"""Each sees their own only."""
EXPORTED = (*PAGE, "can_export")
REPORTS = ("can_index", "can_statement", "menu_access")

ADMINS_ONLY = {"Security", "DemoMenu"}
"""Parts of the menu that are not even read by others."""

EVERYBODY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "OverviewView": ("can_index",),
        "SearchView": ("can_index",),
        "StaffUserView": ("can_userinfo",),
        "OwnPasswordView": ("can_this_form_get", "can_this_form_post"),
    }
)

SUPPORT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "CustomerView": READ,
        "PayerView": READ,
        "SubscriptionView": (
            *READ,
            "can_cancel",
            "can_take_back",
            "can_auto_renewal",
            "can_interval",
            "can_make_account",
            "can_resume",
            "can_request_refund",
            "can_request_compensation",
        ),
        "ApiKeyView": (*READ, "can_deactivate"),
        "CompensationView": READ,
        "InvoiceView": READ,
        "PaymentHistoryView": PAGE,
        "PaymentView": READ,
        "RefundView": READ,
        "DisputeView": (*READ, "can_note"),
        "DocumentView": (*READ, "can_file"),
        "ConnectorView": READ,
        "ConnectorReleaseView": READ,
        "PriceVersionView": READ,
        "PriceNoticeView": READ,
        "OperationPriceView": READ,
        "UsageMonthView": READ,
        "OutboxView": READ,
        "StaffTaskView": (*READ, "can_finish"),
    }
)

FINANCE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "CustomerView": (*READ, "can_resume_billing"),
        "PayerView": (*READ, "can_reconcile"),
        "SubscriptionView": (*READ, "can_request_refund"),
        "CompensationView": (*READ, "can_approve", "can_reject"),
        "InvoiceView": (*READ, "can_bank_transfer"),
        "PaymentHistoryView": (*PAGE, "can_export"),
        "PaymentView": READ,
        "BankStatementView": (*READ, "can_add", "can_apply"),
        "BankQueueView": ("can_index", "can_take", "menu_access"),
        "BankLineView": (*READ, "can_match", "can_ignore"),
        "RefundView": (
            *READ,
            "can_payment_order",
            "can_by_bank",
            "can_approve",
            "can_reject",
            "can_mark_sent",
            "can_send_again",
            "can_end_access",
        ),
        "DisputeView": (*READ, "can_note", "can_from_balance", "can_write_off"),
        "ReconciliationView": LIST,
        "DocumentView": (*READ, "can_file", "can_resend", "can_make_again", "can_original", "can_correct"),
        "LongWorkView": WORK,
        "FiscalReceiptView": (*READ, "can_register_again"),
        "ConnectorView": READ,
        "RegisterView": EXPORTED,
        "VatReportView": EXPORTED,
        "DocumentReportView": EXPORTED,
        "RevenueReportView": EXPORTED,
        "MonthClosingView": (*READ, "can_add"),
        "LedgerEntryView": READ,
        "ServiceMonthView": READ,
        "LedgerReportView": REPORTS,
        "ExchangeRateView": (*PAGE, "can_upload"),
        "PriceVersionView": (*READ, "can_add"),
        "PriceCampaignView": (*READ, "can_add", "can_dry_run", "can_launch", "can_cancel"),
        "PriceNoticeView": READ,
        "OperationPriceView": (*READ, "can_add"),
        "PromoCodeView": (*READ, "can_add"),
        "UsageMonthView": READ,
        "TermsVersionView": READ,
        "SellerView": (*READ, "can_edit", "can_picture", "can_series"),
        "SellerBankAccountView": (*READ, "can_add", "can_edit"),
        "SellerTaxRegimeView": (*READ, "can_add", "can_edit"),
        "StaffTaskView": (*READ, "can_finish"),
    }
)

AUDITOR: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {view: READ for group in MENU if group.name not in ADMINS_ONLY for view in group.views}
    | {
        "DocumentView": (*READ, "can_file"),
        "LongWorkView": WORK,
        "BankQueueView": ("can_index", "menu_access"),
        "LedgerReportView": REPORTS,
        "RegisterView": PAGE,
        "VatReportView": PAGE,
        "DocumentReportView": PAGE,
        "RevenueReportView": PAGE,
        "ExchangeRateView": PAGE,
        "PaymentHistoryView": PAGE,
        "PriceCampaignView": (*READ, "can_dry_run"),
    }
)


def _rules(views: Mapping[str, tuple[str, ...]]) -> list[list[str]]:
    opened = [group.name for group in MENU if set(group.views) & set(views)]
    rules = [[f"^{name}$", "^menu_access$"] for name in opened]
    for view, permissions in (dict(EVERYBODY) | dict(views)).items():
        rules.append([f"^{view}$", f"^({'|'.join(permissions)})$"])
    return rules


ROLES: dict[str, list[list[str]]] = {
    "Admin": [["^.*$", "^.*$"]],
    "Support": _rules(SUPPORT),
    "Finance": _rules(FINANCE),
    "Auditor": _rules(AUDITOR),
}
"""Every role by name, as Flask-AppBuilder takes them (`FAB_ROLES`)."""
