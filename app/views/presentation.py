"""Values as staff read them: sums, Moscow time, badges, links. One function decides by the value's type."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from flask import url_for
from flask_babel import get_locale, gettext
from markupsafe import Markup, escape

from app.billing.actors import ActorKind
from app.billing.money import Money
from app.formatting.dates import format_date, format_instant, format_month
from app.formatting.locale import Locale
from app.formatting.money import format_money, format_rate
from app.models import AuditEntry, Base, Compensation, StaffTask
from app.views.context import may
from app.views.invariant_names import invariant_name
from app.views.labels import Label, label_of
from app.views.object_names import OBJECT_NAMES
from app.views.reason_names import reason_name

NOTHING = Markup('<span class="text-quiet">—</span>')

VIEW_OF_KIND = {
    "customer": "CustomerView",
    "payer": "PayerView",
    "subscription": "SubscriptionView",
    "api_key": "ApiKeyView",
    "invoice": "InvoiceView",
    "payment": "PaymentView",
    "document": "DocumentView",
    "long_work": "LongWorkView",
    "connector": "ConnectorView",
    "connector_release": "ConnectorReleaseView",
    "price_version": "PriceVersionView",
    "terms_version": "TermsVersionView",
    "seller": "SellerView",
    "seller_bank_account": "SellerBankAccountView",
    "seller_tax_regime": "SellerTaxRegimeView",
    "outbox_message": "OutboxView",
    "webhook_event": "WebhookEventView",
    "staff": "StaffUserView",
    "staff_task": "StaffTaskView",
    "refund": "RefundView",
    "dispute": "DisputeView",
    "bank_statement": "BankStatementView",
    "bank_line": "BankLineView",
    "fiscal_receipt": "FiscalReceiptView",
    "compensation": "CompensationView",
    "promo_code": "PromoCodeView",
    "price_campaign": "PriceCampaignView",
    "price_notice": "PriceNoticeView",
    "operation_price": "OperationPriceView",
    "service_month": "ServiceMonthView",
    "ledger_entry": "LedgerEntryView",
    "month_closing": "MonthClosingView",
}
"""The view that shows objects of a kind; kinds are table names, as history and audit store them."""


def language() -> Locale:
    """The language of the page."""
    return "en" if getattr(get_locale(), "language", "ru") == "en" else "ru"


def shown(value: Any) -> str | Markup:
    """The value as text or safe markup; everything that came from outside is escaped by the template."""
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(value, bool):
        return str(gettext("Yes") if value else gettext("No"))
    if isinstance(value, StrEnum):
        return badge(label_of(value))
    if isinstance(value, Money | date):
        return _figure(value)
    if isinstance(value, Base):
        return link_to(value)
    if isinstance(value, Mapping):
        return details(value)
    if isinstance(value, list | tuple):
        parts: Markup = Markup(", ").join(shown(item) for item in value)
        return parts
    return value if isinstance(value, Markup) else str(value)


def _figure(value: Money | date) -> Markup:
    if isinstance(value, Money):
        text = format_money(value, language())
    elif isinstance(value, datetime):
        text = format_instant(value if value.tzinfo else value.replace(tzinfo=UTC), language())
    else:
        text = format_date(value, language())
    return Markup('<span class="amount">{}</span>').format(text)


def badge(label: Label) -> str | Markup:
    """A coloured badge, or the plain word where no tone is set."""
    name, tone = label
    if tone is None:
        return str(name)
    return Markup('<span class="status-badge tone-{}">{}</span>').format(tone, str(name))


def link_to(row: Base) -> Markup:
    """A link to the row's page, or its name where this employee may not see it."""
    return object_link(row.__tablename__, getattr(row, "id", None), str(row))


def object_link(kind: str, identity: Any, text: str) -> Markup:
    """A link to the page of an object known by its kind and id."""
    url = object_url(kind, identity)
    return Markup('<a href="{}">{}</a>').format(url, text) if url else escape(text)


def named_link(kind: str, identity: Any) -> Markup:
    """A link to an object by its kind and number."""
    return object_link(kind, identity, object_name(kind, identity))


def customer_link(customer_id: int | None) -> str | Markup:
    """A link to a customer known by the id only."""
    return NOTHING if customer_id is None else named_link("customer", customer_id)


def subject_of(row: AuditEntry | StaffTask) -> Markup:
    """A link to what an entry of the audit or a task speaks of."""
    return named_link(row.object_kind, row.object_id)


def object_url(kind: str, identity: Any) -> str | None:
    """The address of an object's page; None where there is none or this employee may not see it."""
    view = VIEW_OF_KIND.get(kind)
    if view is None or not str(identity).isdigit() or not may("can_show", view):
        return None
    return url_for(f"{view}.show", pk=identity)


def object_name(kind: str, identity: Any) -> str:
    """«Подписка № 12»; what has no number is told by its kind, a rule of the data by its words."""
    name = str(OBJECT_NAMES.get(kind, kind))
    if kind == "invariant":
        return f"{name}: {invariant_name(str(identity))}"
    return gettext("%(kind)s No. %(number)s", kind=name, number=identity) if str(identity).isdigit() else name


def rate(basis_points: int | None) -> str:
    """A VAT rate: «22 %», or «Без НДС»."""
    return gettext("No VAT") if basis_points is None else format_rate(basis_points, language())


def month(day: date) -> str:
    """The month that a day lies in: «март 2026»."""
    return format_month(day, language())


def percent(basis_points: int) -> str:
    """A percentage: «15 %»."""
    return format_rate(basis_points, language())


def what_is_given(row: Compensation) -> Any:
    """The days, the sum or the percentage."""
    if row.amount_minor is not None and row.currency is not None:
        return Money(row.amount_minor, row.currency)
    return row.days if row.percent is None else percent(row.percent)


def signed_by(signature: str | None) -> str | Markup:
    """Who asked or decided, as stored beside it: «staff:anna», «customer:5», «system:refund:stripe»."""
    kind, _colon, identity = (signature or "").partition(":")
    if kind == ActorKind.CUSTOMER:
        return object_link("customer", identity, gettext("the customer"))
    if kind == ActorKind.SYSTEM:
        return code(identity)
    return str(gettext("employee %(name)s", name=identity)) if identity else NOTHING


def reason_text(reason: str | None) -> str | Markup:
    """Why something happened: the product's own reasons in words, people's as they wrote them."""
    return reason_name(reason) if reason else NOTHING


def code(text: str | None) -> str | Markup:
    """A technical code as such."""
    return Markup("<code>{}</code>").format(text) if text else NOTHING


def details(values: Mapping[str, Any]) -> Markup:
    """A mapping as a short list of its parts."""
    if not values:
        return NOTHING
    line = Markup("<div><code>{}</code>: {}</div>")
    return Markup("").join(line.format(name, _part(part)) for name, part in values.items())


def _part(part: Any) -> Any:
    """A change as «old → new», anything else as it is."""
    if isinstance(part, list) and len(part) == 2:
        return Markup("{} → {}").format(*("—" if side is None else side for side in part))
    return part
