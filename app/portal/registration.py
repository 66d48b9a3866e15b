"""Registration and activation (A1)."""

from __future__ import annotations

from datetime import timedelta

from flask import render_template
from flask.typing import ResponseReturnValue

from app.billing.errors import NotFound
from app.portal import login_cookie
from app.portal.forms.account import RegistrationForm
from app.portal.forms.fields import PortalForm
from app.portal.pages import Pages, see
from app.portal.visit import Visit
from app.services.registration import ACTIVATION, ACTIVATION_TERM, Registration, activate
from app.services.registration import register as register_customer
from app.web.limits import MAILS_ASKED_FOR, limiter

pages = Pages(private=False)


@pages.form("/register")
@limiter.limit(MAILS_ASKED_FOR, methods=["POST"])
def register(visit: Visit) -> ResponseReturnValue:
    """The form of a new account."""
    if visit.customer is not None:
        return see("overview")
    with visit.reading() as repositories:
        terms = repositories.terms.current(visit.now)
    form = RegistrationForm(terms.id)
    if not form.validate_on_submit():
        # A box that was ticked for older terms must be ticked anew.
        form.terms_version_id.data = terms.id
        return render_template("portal/register.html", form=form), 400 if form.is_submitted() else 200
    register_customer(
        visit.container.transactions,
        visit.container.password_hasher,
        registration=_registration(form),
        now=visit.now,
        real_now=visit.real_now,
    )
    return see("registered")


@pages.get("/registered")
def registered(visit: Visit) -> ResponseReturnValue:
    """Look into your mailbox; the same words whether the address was known or not."""
    return render_template("portal/registered.html", hours=ACTIVATION_TERM // timedelta(hours=1))


@pages.get("/activate/<token>")
def activation(visit: Visit, token: str) -> ResponseReturnValue:
    """A button: mail scanners open links, and must not confirm anything by that."""
    if visit.container.signer.unsign(ACTIVATION, token) is None:
        return _useless_link()
    return render_template("portal/activate.html", form=PortalForm(), token=token)


@pages.post("/activate/<token>")
def confirm_activation(visit: Visit, token: str) -> ResponseReturnValue:
    """Confirm the address and let its owner in."""
    token_id = visit.container.signer.unsign(ACTIVATION, token)
    if token_id is None:
        return _useless_link()
    try:
        customer_id = activate(
            visit.container.transactions, token_id=token_id, now=visit.now, real_now=visit.real_now
        )
    except NotFound:
        return _useless_link()
    login_cookie.sign_in(visit.container, customer_id)
    return see("trial")


def _useless_link() -> ResponseReturnValue:
    return render_template("portal/activation_link_useless.html"), 404


def _registration(form: RegistrationForm) -> Registration:
    return Registration(
        email=form.email.data,
        password=form.password.data,
        name=form.name.data,
        language=form.language.data,
        country=form.country.data,
        terms_version_id=form.terms_version_id.data,
    )
