"""Saved payment methods: add, replace, choose the default, delete (H6). Numbers are masked everywhere."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Response, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.billing.card_expiry import CARD_NOTICES
from app.billing.errors import BillingError, InvalidInput
from app.billing.method_setup import SetupState
from app.billing.ways_to_pay import WayToPay
from app.models import PaymentMethod
from app.portal.forms.fields import PortalForm
from app.portal.messages import sentence_for
from app.portal.pages import IDENTIFIER, Pages, see, see_address
from app.portal.visit import Visit
from app.services.method_setups import finish_method_setup, start_method_setup
from app.services.payment_methods import delete_payment_method, prefer_payment_method
from app.web.security_headers import let_forms_lead_to

pages = Pages(private=True)
ONE = f"/payment-methods/<{IDENTIFIER}:method_id>"


@pages.get("/payment-methods")
def payment_methods(visit: Visit) -> ResponseReturnValue:
    """What is saved, what each of them pays, and how to add another."""
    with visit.reading() as repositories:
        methods = repositories.payment_methods.kept(visit.customer_id)
        held = repositories.subscriptions.of_customer(visit.customer_id)
    let_forms_lead_to(visit.container.payment_hosts)
    return render_template(
        "portal/payment_methods.html",
        methods=methods,
        paid_by={
            method.id: [row.connector.name for row in held if row.payment_method_id == method.id]
            for method in methods
        },
        ways=visit.container.providers_in_use.saving_ways(visit.member.currency),
        way_of={method.id: _way_of(visit, method) for method in methods},
        runs_out={method.id for method in methods if _runs_out(method, visit.today)},
        today=visit.today,
        form=PortalForm(),
    )


@pages.post("/payment-methods/add/<way>")
def add_method(visit: Visit, way: str) -> ResponseReturnValue:
    """Off to the provider's page; nothing is charged there."""
    return _lead_to_setup(visit, way, None)


@pages.post(f"{ONE}/replace/<way>")
def replace_method(visit: Visit, method_id: int, way: str) -> ResponseReturnValue:
    """Add another one that takes over everything from this one."""
    return _lead_to_setup(visit, way, method_id)


@pages.get("/payment-methods/return/<uuid:setup_id>")
def method_setup_return(visit: Visit, setup_id: UUID) -> ResponseReturnValue:
    """Back from the provider: ask it what was saved, which is the same however often it is asked."""
    setup = finish_method_setup(
        visit.container.method_setups, customer_id=visit.customer_id, setup_id=setup_id, now=visit.now
    )
    if setup.state is SetupState.SAVED:
        flash(_("The payment method is saved."), "success")
    elif setup.state is SetupState.FAILED:
        flash(_("The payment method was not saved. Nothing was charged; try again or take another."), "error")
    else:
        flash(
            _("The bank has not answered yet. The method will appear here by itself."),
            "info",
        )
    return see("payment_methods")


@pages.post(f"{ONE}/default")
def prefer_method(visit: Visit, method_id: int) -> ResponseReturnValue:
    """Let it pay whatever names no other one."""
    prefer_payment_method(
        visit.container.transactions, customer_id=visit.customer_id, method_id=method_id, now=visit.now
    )
    flash(_("This method is now the default."), "success")
    return see("payment_methods")


@pages.form(f"{ONE}/delete")
def delete_method(visit: Visit, method_id: int) -> ResponseReturnValue:
    """Say what will pay instead, then delete it for good."""
    with visit.reading() as repositories:
        method = repositories.payment_methods.one_kept(visit.customer_id, method_id)
        others = [
            row for row in repositories.payment_methods.of_customer(visit.customer_id) if row.id != method_id
        ]
    form = PortalForm()
    if not form.validate_on_submit():
        page = render_template(
            "portal/payment_method_delete.html", method=method, next_one=next(iter(others), None), form=form
        )
        return page, 400 if form.is_submitted() else 200
    delete_payment_method(
        visit.container.transactions, customer_id=visit.customer_id, method_id=method_id, now=visit.now
    )
    flash(_("The payment method is deleted and will never be charged again."), "success")
    return see("payment_methods")


def _lead_to_setup(visit: Visit, way: str, replaces_id: int | None) -> Response:
    try:
        address = start_method_setup(
            visit.container.method_setups,
            customer_id=visit.customer_id,
            provider=_provider_for(visit, way),
            replaces_id=replaces_id,
            now=visit.now,
        )
    except BillingError as error:
        if error.code == "NOT_FOUND":
            raise
        flash(sentence_for(error.code), "error")
        return see("payment_methods")
    return see_address(address)


def _provider_for(visit: Visit, way: str) -> str:
    """The provider of an offered way; raises InvalidInput for any other."""
    in_use = visit.container.providers_in_use
    for offered in in_use.saving_ways(visit.member.currency):
        provider = in_use.provider(offered)
        if offered == way and provider is not None:
            return provider
    raise InvalidInput(f"way {request.path}", code="BAD_CHOICE")


def _way_of(visit: Visit, method: PaymentMethod) -> WayToPay | None:
    """By which way a method is replaced by one of its kind; None when that is no longer offered."""
    in_use = visit.container.providers_in_use
    ways = in_use.saving_ways(visit.member.currency)
    same = [way for way in ways if in_use.provider(way) == method.provider]
    return next(iter([*same, *ways]), None)


def _runs_out(method: PaymentMethod, today: date) -> bool:
    """Whether it is about time to replace the card, or late for it."""
    return method.valid_until is not None and method.valid_until <= today + CARD_NOTICES[0]
