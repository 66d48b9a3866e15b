"""Which views there are. Each stands in the menu under its own name; the menu gives the order."""

from __future__ import annotations

from flask_appbuilder import AppBuilder

from app.views.api_keys import ApiKeyView
from app.views.audit import AuditView
from app.views.background import OutboxView, WebhookEventView
from app.views.compensations import CompensationView
from app.views.connectors import ConnectorReleaseView, ConnectorView
from app.views.customers import CustomerView, PayerView
from app.views.documents import DocumentView
from app.views.invoices import InvoiceView, PaymentView
from app.views.menu import MENU
from app.views.prices import PriceVersionView
from app.views.refunds import RefundView
from app.views.search import SearchView
from app.views.sellers import SellerTaxRegimeView, SellerView
from app.views.staff_accounts import StaffRoleView
from app.views.staff_tasks import StaffTaskView
from app.views.subscriptions import SubscriptionView
from app.views.terms import TermsVersionView

VIEWS = (
    CustomerView,
    PayerView,
    SubscriptionView,
    ApiKeyView,
    CompensationView,
    InvoiceView,
    PaymentView,
    RefundView,
    DocumentView,
    ConnectorView,
    ConnectorReleaseView,
    PriceVersionView,
    TermsVersionView,
    SellerView,
    SellerTaxRegimeView,
    StaffTaskView,
    OutboxView,
    WebhookEventView,
    AuditView,
    StaffRoleView,
)


def register_views(appbuilder: AppBuilder) -> None:
    """Register every view, in the order of the menu."""
    # The list of employees belongs to the security manager, which made it.
    views = {view.__name__: view for view in VIEWS} | {"StaffUserView": appbuilder.sm.user_view}
    for group in MENU:
        for name, icon in group.views.items():
            appbuilder.add_view(
                views[name],
                name,
                label=views[name].list_title,
                icon=icon,
                category=group.name,
                category_label=group.label,
            )
    appbuilder.add_view_no_menu(SearchView)
