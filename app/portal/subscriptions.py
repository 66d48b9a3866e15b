"""Subscriptions: what runs, until when, and how to stop it (F2, F4)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.billing.dunning import method_to_charge
from app.billing.entitlement import effective_status
from app.billing.errors import Conflict
from app.billing.invoice import PaymentMethodKind
from app.billing.subscription import SubscriptionStatus
from app.models import PaymentMethod, StatusChange, Subscription
from app.portal.forms.fields import PortalForm
from app.portal.forms.subscription import CancelForm, PayingMethodForm
from app.portal.messages import sentence_for
from app.portal.pages import IDENTIFIER, Pages, see
from app.portal.presentation import moment
from app.portal.states import last_day, subscription_state
from app.portal.visit import Visit
from app.services.expected_usage import used_so_far
from app.services.payment_methods import choose_payment_method, pay_by_invoice
from app.services.subscriptions import Asked, cancel_subscription, switch_auto_renewal

pages = Pages(private=True)
ONE = f"/subscriptions/<{IDENTIFIER}:subscription_id>"


@pages.get("/subscriptions")
def subscriptions(visit: Visit) -> ResponseReturnValue:
    """Every subscription, what runs first."""
    with visit.reading() as repositories:
        rows = repositories.subscriptions.of_customer(visit.customer_id)
    listed = [(row, subscription_state(row, visit.now)) for row in rows]
    listed.sort(key=lambda each: effective_status(each[0].facts(), visit.now) is SubscriptionStatus.EXPIRED)
    return render_template("portal/subscriptions.html", rows=listed)


@pages.get(ONE)
def subscription(visit: Visit, subscription_id: int) -> ResponseReturnValue:
    """One subscription with its history."""
    with visit.reading() as repositories:
        row = repositories.subscriptions.one_of_customer(visit.customer_id, subscription_id)
        changes = repositories.subscriptions.history(subscription_id)
        used = used_so_far(repositories, [row], visit.now).get(row.id)
        methods = repositories.payment_methods.of_customer(visit.customer_id)
    return render_template(
        "portal/subscription.html",
        row=row,
        state=subscription_state(row, visit.now),
        running=_is_running(row, visit),
        used=used,
        paid_by=_paid_by(row, methods),
        history=[_history_item(change) for change in changes],
        form=PortalForm(),
    )


@pages.post(f"{ONE}/renewal")
def switch_renewal(visit: Visit, subscription_id: int) -> ResponseReturnValue:
    """Turn auto-renewal on or off; easily taken back, so nobody is asked twice."""
    enabled = request.form.get("enabled") == "yes"
    try:
        switch_auto_renewal(
            visit.container.transactions,
            Asked.by_customer(visit.customer_id, subscription_id, visit.now),
            enabled=enabled,
        )
    except Conflict as refusal:
        flash(sentence_for(refusal.code), "error")
    else:
        flash(_("Auto-renewal is on.") if enabled else _("Auto-renewal is off."), "success")
    return see("subscription", subscription_id=subscription_id)


@pages.form(f"{ONE}/payment")
def paying_method(visit: Visit, subscription_id: int) -> ResponseReturnValue:
    """Choose which saved method pays it, or that none does."""
    with visit.reading() as repositories:
        row = repositories.subscriptions.one_of_customer(visit.customer_id, subscription_id)
        methods = repositories.payment_methods.of_customer(visit.customer_id)
    form = PayingMethodForm.of(row, methods)
    if not form.validate_on_submit():
        page = render_template("portal/subscription_payment.html", row=row, form=form)
        return page, 400 if form.is_submitted() else 200
    asked = Asked.by_customer(visit.customer_id, subscription_id, visit.now)
    if form.by_invoice:
        pay_by_invoice(visit.container.transactions, asked)
        flash(_("Nothing will be charged by itself: we will send invoices ahead."), "success")
    else:
        choose_payment_method(visit.container.transactions, asked, method_id=form.method_id)
        flash(_("The payment method of the subscription is saved."), "success")
    return see("subscription", subscription_id=subscription_id)


@pages.form(f"{ONE}/cancel")
def cancel(visit: Visit, subscription_id: int) -> ResponseReturnValue:
    """Name what is lost and when, then cancel."""
    with visit.reading() as repositories:
        row = repositories.subscriptions.one_of_customer(visit.customer_id, subscription_id)
    if not _is_running(row, visit) or row.period_end is None:
        flash(sentence_for("NOT_CANCELABLE"), "error")
        return see("subscription", subscription_id=subscription_id)
    until = last_day(row.period_end)
    form = CancelForm()
    if not form.validate_on_submit():
        page = render_template("portal/subscription_cancel.html", row=row, form=form, last_day=until)
        return page, 400 if form.is_submitted() else 200
    cancel_subscription(
        visit.container.transactions,
        Asked.by_customer(visit.customer_id, subscription_id, visit.now, form.reason.data or ""),
    )
    flash(_("The subscription is cancelled. Access stays until %(day)s.", day=until), "success")
    return see("subscription", subscription_id=subscription_id)


def _paid_by(row: Subscription, methods: Sequence[PaymentMethod]) -> str:
    """What pays the next renewal, in words."""
    if row.method is PaymentMethodKind.BANK_TRANSFER:
        return str(_("By invoice, nothing is charged by itself"))
    chosen = method_to_charge(row.payment_method_id, [method.id for method in methods], ())
    return next((method.masked for method in methods if method.id == chosen), str(_("No method is saved")))


def _is_running(row: Subscription, visit: Visit) -> bool:
    """Whether it is inside a paid period, so that it can be cancelled or its renewal switched."""
    return (
        row.status is SubscriptionStatus.ACTIVE and row.period_end is not None and row.period_end > visit.now
    )


def _history_item(change: StatusChange) -> dict[str, str]:
    titles = {
        SubscriptionStatus.PENDING: (_("Ordered"), "shopping-cart", "info"),
        SubscriptionStatus.TRIAL: (_("Trial started"), "player-play", "info"),
        SubscriptionStatus.ACTIVE: (_("Access is open"), "circle-check", "success"),
        SubscriptionStatus.PAYMENT_PENDING: (_("Not paid in time"), "alert-circle", "danger"),
        SubscriptionStatus.SUSPENDED: (_("Suspended for lack of payment"), "player-pause", "danger"),
        SubscriptionStatus.CANCELED: (_("Cancelled"), "circle-x", "muted"),
        SubscriptionStatus.EXPIRED: (_("Access ended"), "minus", "muted"),
    }
    title, icon, tone = titles[SubscriptionStatus(change.new_status)]
    return {"time": moment(change.at), "title": title, "icon": icon, "tone": tone}
