"""Which views there are. Each stands in the menu under its own name; the menu gives the order."""

from __future__ import annotations

from flask_appbuilder import AppBuilder

from app.views.api_keys import ApiKeyView
from app.views.audit import AuditView
from app.views.background import OutboxView, ReconciliationView, WebhookEventView
from app.views.bank_lines import BankLineView
from app.views.bank_queue import BankQueueView
from app.views.bank_statements import BankStatementView
from app.views.clock import ClockView
from app.views.compensations import CompensationView
from app.views.connectors import ConnectorReleaseView, ConnectorView
from app.views.customers import CustomerView
from app.views.disputes import DisputeView
from app.views.documents import DocumentView
from app.views.exchange_rates import ExchangeRateView
from app.views.fiscal_receipts import FiscalReceiptView
from app.views.invoices import InvoiceView
from app.views.ledger import LedgerEntryView, ServiceMonthView
from app.views.ledger_reports import LedgerReportView
from app.views.long_work import LongWorkView
from app.views.menu import MENU
from app.views.operation_prices import OperationPriceView
from app.views.payers import PayerView
from app.views.payment_history import PaymentHistoryView
from app.views.payments import PaymentView
from app.views.price_campaigns import PriceCampaignView
from app.views.price_notices import PriceNoticeView
from app.views.prices import PriceVersionView
from app.views.promo_codes import PromoCodeView
from app.views.refunds import RefundView
from app.views.registers import RegisterView
from app.views.registers_closing import MonthClosingView
from app.views.registers_reports import DocumentReportView, RevenueReportView, VatReportView
from app.views.search import SearchView
from app.views.seller_accounts import SellerBankAccountView
from app.views.sellers import SellerTaxRegimeView, SellerView
from app.views.staff_accounts import StaffRoleView
from app.views.staff_tasks import StaffTaskView
from app.views.subscriptions import SubscriptionView
from app.views.terms import TermsVersionView
from app.views.usage import UsageMonthView

VIEWS = (
    CustomerView,
    PayerView,
    SubscriptionView,
    ApiKeyView,
    UsageMonthView,
    CompensationView,
    InvoiceView,
    PaymentHistoryView,
    PaymentView,
    RefundView,
    DisputeView,
    BankStatementView,
    BankQueueView,
    BankLineView,
    DocumentView,
    FiscalReceiptView,
    LongWorkView,
    RegisterView,
    VatReportView,
    DocumentReportView,
    RevenueReportView,
    MonthClosingView,
    LedgerReportView,
    LedgerEntryView,
    ServiceMonthView,
    ExchangeRateView,
    ConnectorView,
    ConnectorReleaseView,
    PriceVersionView,
    PriceCampaignView,
    PriceNoticeView,
    OperationPriceView,
    PromoCodeView,
    TermsVersionView,
    SellerView,
    SellerBankAccountView,
    SellerTaxRegimeView,
    StaffTaskView,
    OutboxView,
    WebhookEventView,
    ReconciliationView,
    AuditView,
    StaffRoleView,
)


def register_views(appbuilder: AppBuilder, *, clock_movable: bool) -> None:
    """Register every view, in the order of the menu. The clock's is there only where it can be moved."""
    # The list of employees belongs to the security manager, which made it.
    views = {view.__name__: view for view in VIEWS} | {"StaffUserView": appbuilder.sm.user_view}
    if clock_movable:
        views["ClockView"] = ClockView
    for group in MENU:
        for name, icon in group.views.items():
            if name not in views:
                continue
            appbuilder.add_view(
                views[name],
                name,
                label=views[name].list_title,
                icon=icon,
                category=group.name,
                category_label=group.label,
            )
    appbuilder.add_view_no_menu(SearchView)
