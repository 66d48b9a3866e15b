"""The first page: counts that matter, each a link to the list behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.billing.compensation import CompensationStatus
from app.billing.invoice import InvoiceStatus
from app.billing.provider import DisputeState
from app.billing.refunds import RefundStatus
from app.billing.subscription import SubscriptionStatus
from app.formatting.money import format_count
from app.models import (
    BankLine,
    BankLineState,
    Compensation,
    Customer,
    Dispute,
    Document,
    DocumentStatus,
    Invoice,
    OutboxMessage,
    OutboxStatus,
    Refund,
    StaffTask,
    Subscription,
)
from app.views.context import may, session
from app.views.presentation import language


@dataclass(frozen=True, slots=True)
class Count:
    """A number that somebody watches; `worry` colours it when it is not zero."""

    label: Any
    view: str
    icon: str
    query: Any
    filters: tuple[tuple[str, str], ...] = ()
    worry: bool = False


def _count(model: Any, *conditions: Any) -> Any:
    return select(func.count()).select_from(model).where(*conditions)


COUNTS = (
    Count(_("Customers"), "CustomerView", "users", _count(Customer)),
    Count(
        _("Active subscriptions"),
        "SubscriptionView",
        "repeat",
        _count(Subscription, Subscription.status == SubscriptionStatus.ACTIVE),
        (("_flt_0_status", SubscriptionStatus.ACTIVE),),
    ),
    Count(
        _("Trials"),
        "SubscriptionView",
        "clock",
        _count(Subscription, Subscription.status == SubscriptionStatus.TRIAL),
        (("_flt_0_status", SubscriptionStatus.TRIAL),),
    ),
    Count(
        _("Invoices waiting for payment"),
        "InvoiceView",
        "file-invoice",
        _count(Invoice, Invoice.status == InvoiceStatus.OPEN),
        (("_flt_0_status", InvoiceStatus.OPEN),),
    ),
    Count(
        _("Refunds to decide about"),
        "RefundView",
        "receipt-refund",
        _count(Refund, Refund.status == RefundStatus.REQUESTED),
        (("_flt_0_status", RefundStatus.REQUESTED),),
        worry=True,
    ),
    Count(
        _("Refunds to be sent"),
        "RefundView",
        "send",
        _count(Refund, Refund.status == RefundStatus.APPROVED),
        (("_flt_0_status", RefundStatus.APPROVED),),
        worry=True,
    ),
    Count(
        _("Bank lines that wait for a person"),
        "BankLineView",
        "building-bank",
        _count(BankLine, BankLine.state == BankLineState.UNMATCHED),
        (("_flt_0_state", BankLineState.UNMATCHED),),
        worry=True,
    ),
    Count(
        _("Refunds that could not be sent"),
        "RefundView",
        "receipt-refund",
        _count(Refund, Refund.status == RefundStatus.FAILED),
        (("_flt_0_status", RefundStatus.FAILED),),
        worry=True,
    ),
    Count(
        _("Open disputes"),
        "DisputeView",
        "alert-triangle",
        _count(Dispute, Dispute.state == DisputeState.OPEN),
        (("_flt_0_state", DisputeState.OPEN),),
        worry=True,
    ),
    Count(
        _("Compensations to decide about"),
        "CompensationView",
        "lifebuoy",
        _count(Compensation, Compensation.status == CompensationStatus.REQUESTED),
        (("_flt_0_status", CompensationStatus.REQUESTED),),
        worry=True,
    ),
    Count(
        _("Customers whose billing is parked"),
        "CustomerView",
        "player-pause",
        _count(Customer, Customer.billing_parked_at.is_not(None)),
        (("_flt_0_billing_parked_at", "y"),),
        worry=True,
    ),
    Count(
        _("Documents that failed"),
        "DocumentView",
        "file-text",
        _count(Document, Document.status == DocumentStatus.FAILED),
        (("_flt_0_status", DocumentStatus.FAILED),),
        worry=True,
    ),
    Count(
        _("Mails and jobs waiting"),
        "OutboxView",
        "send",
        _count(OutboxMessage, OutboxMessage.status == OutboxStatus.WAITING),
        (("_flt_0_status", OutboxStatus.WAITING),),
    ),
    Count(
        _("Mails and jobs that failed"),
        "OutboxView",
        "alert-triangle",
        _count(OutboxMessage, OutboxMessage.status == OutboxStatus.FAILED),
        (("_flt_0_status", OutboxStatus.FAILED),),
        worry=True,
    ),
    Count(
        _("Open tasks"),
        "StaffTaskView",
        "bell",
        _count(StaffTask, StaffTask.done_at.is_(None)),
        (("_flt_0_done_at", "n"),),
        worry=True,
    ),
)


class OverviewView(BaseView):
    """The first page."""

    route_base = ""
    default_view = "index"

    @expose("/")
    @has_access
    def index(self) -> Any:
        """The counts of what this employee may see, in one query."""
        self.update_redirect()
        mine = [count for count in COUNTS if may("can_list", count.view)]
        numbers = (
            session().execute(select(*(count.query.scalar_subquery() for count in mine))).one()
            if mine
            else ()
        )
        counts = [_shown(count, number) for count, number in zip(mine, numbers, strict=True)]
        return self.render_template("back_office/overview.html", title=_("Overview"), counts=counts)


def _shown(count: Count, number: int) -> dict[str, Any]:
    return {
        "label": count.label,
        "number": format_count(number, language()),
        "icon": count.icon,
        "url": url_for(f"{count.view}.list", _anchor=None, **dict[str, Any](count.filters)),
        "tone": "danger" if count.worry and number else "info",
    }
