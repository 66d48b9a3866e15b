"""The tables of a subscription's page."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.models import (
    Compensation,
    Invoice,
    InvoiceLine,
    PriceVersion,
    Refund,
    Subscription,
    SubscriptionPeriod,
    UsageMonth,
)
from app.views.base import Section
from app.views.context import may, session
from app.views.presentation import month, named_link, what_is_given


def sections_of_subscription(row: Subscription) -> list[Section]:
    """Each table only for those who may see its list; used operations where any are counted."""
    sections = [_periods(row.id)]
    if row.metered and may("can_list", "UsageMonthView"):
        sections.append(_usage(row.id))
    if may("can_list", "RefundView"):
        sections.append(_refunds(row.id))
    if may("can_list", "CompensationView"):
        sections.append(_compensations(row.id))
    return sections


def _periods(subscription_id: int) -> Section:
    query = (
        select(SubscriptionPeriod, PriceVersion, Invoice)
        .join(PriceVersion, PriceVersion.id == SubscriptionPeriod.price_version_id)
        .join(InvoiceLine, InvoiceLine.id == SubscriptionPeriod.invoice_line_id)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(SubscriptionPeriod.subscription_id == subscription_id)
        .order_by(SubscriptionPeriod.starts_at.desc())
    )
    periods = [
        (period.starts_at, period.ends_at, price.amount, invoice)
        for period, price, invoice in session().execute(query)
    ]
    return Section(_("Paid periods"), (_("From"), _("To"), _("Price"), _("Invoice")), periods)


def _usage(subscription_id: int) -> Section:
    query = (
        select(UsageMonth, Invoice)
        .outerjoin(InvoiceLine, InvoiceLine.id == UsageMonth.invoice_line_id)
        .outerjoin(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(UsageMonth.subscription_id == subscription_id)
        .order_by(UsageMonth.month.desc())
    )
    return Section(
        _("Used operations"),
        (_("Month"), _("Operations"), _("Closed at"), _("Invoice")),
        [
            (month(usage.month), usage.operations, usage.closed_at, invoice)
            for usage, invoice in session().execute(query)
        ],
    )


def _refunds(subscription_id: int) -> Section:
    rows = session().scalars(
        select(Refund).where(Refund.subscription_id == subscription_id).order_by(Refund.id.desc())
    )
    return Section(
        _("Refunds"),
        (_("Refund"), _("Goes back"), _("Status"), _("Asked for at"), _("Sent at")),
        [
            (named_link("refund", row.id), row.amount, row.status, row.requested_at, row.sent_at)
            for row in rows
        ],
    )


def _compensations(subscription_id: int) -> Section:
    rows = session().scalars(
        select(Compensation)
        .where(Compensation.subscription_id == subscription_id)
        .order_by(Compensation.id.desc())
    )
    return Section(
        _("Compensations"),
        (_("Compensation"), _("Kind"), _("How much"), _("Status"), _("Asked for at")),
        [
            (named_link("compensation", row.id), row.kind, what_is_given(row), row.status, row.requested_at)
            for row in rows
        ],
    )
