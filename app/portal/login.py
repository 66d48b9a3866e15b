"""Logging in and out, and the forgotten password (A3)."""

from __future__ import annotations

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.billing.errors import NotFound
from app.portal import login_cookie
from app.portal.addresses import local_address
from app.portal.forms.account import ForgottenPasswordForm, LoginForm, NewPasswordForm, normal_email
from app.portal.pages import Pages, see, see_address
from app.portal.visit import Visit
from app.services.sessions import (
    PASSWORD_RESET,
    LoginRefused,
    log_in,
    log_out,
    request_password_reset,
    reset_password,
)
from app.web.limits import LOGIN_ATTEMPTS, MAILS_ASKED_FOR, limiter

pages = Pages(private=False)


@pages.form("/login")
@limiter.limit(LOGIN_ATTEMPTS, methods=["POST"])
def login(visit: Visit) -> ResponseReturnValue:
    """The login form; leads back to where the visitor was going."""
    goes_to = local_address(request.args.get("next")) or url_for("portal.overview")
    if visit.customer is not None and request.method == "GET":
        return see_address(goes_to)
    form = LoginForm()
    if not form.validate_on_submit():
        return render_template("portal/login.html", form=form), 400 if form.is_submitted() else 200
    try:
        token = log_in(
            visit.container.transactions,
            visit.container.password_hasher,
            email=normal_email(form.email.data) or form.email.data,
            password=form.password.data,
            real_now=visit.real_now,
        )
    except LoginRefused as refusal:
        form.refuse(None, refusal)
        return render_template("portal/login.html", form=form), 403
    login_cookie.start(token)
    return see_address(goes_to)


@pages.post("/logout")
def logout(visit: Visit) -> ResponseReturnValue:
    """End this session here and on the server."""
    if visit.customer is not None:
        log_out(
            visit.container.transactions,
            customer_id=visit.customer.customer_id,
            session_id=visit.customer.session_id,
            real_now=visit.real_now,
        )
    login_cookie.end()
    return see("home")


@pages.form("/forgot")
@limiter.limit(MAILS_ASKED_FOR, methods=["POST"])
def forgot(visit: Visit) -> ResponseReturnValue:
    """Ask for a link; the same words whether the address is known or not."""
    form = ForgottenPasswordForm()
    if not form.validate_on_submit():
        return render_template("portal/forgot.html", form=form), 400 if form.is_submitted() else 200
    request_password_reset(visit.container.transactions, email=form.email.data, real_now=visit.real_now)
    return see("forgot_sent")


@pages.get("/forgot/sent")
def forgot_sent(visit: Visit) -> ResponseReturnValue:
    """Look into your mailbox."""
    return render_template("portal/forgot_sent.html")


@pages.form("/reset/<token>")
@limiter.limit(LOGIN_ATTEMPTS, methods=["POST"])
def reset(visit: Visit, token: str) -> ResponseReturnValue:
    """Set a new password; every session of the account ends, this one too."""
    token_id = visit.container.signer.unsign(PASSWORD_RESET, token)
    if token_id is None:
        return _useless_link()
    form = NewPasswordForm()
    if not form.validate_on_submit():
        return render_template("portal/reset.html", form=form), 400 if form.is_submitted() else 200
    try:
        reset_password(
            visit.container.transactions,
            visit.container.password_hasher,
            token_id=token_id,
            password=form.password.data,
            now=visit.now,
            real_now=visit.real_now,
        )
    except NotFound:
        return _useless_link()
    login_cookie.end()
    flash(_("The new password is set. Log in with it."), "success")
    return see("login")


def _useless_link() -> ResponseReturnValue:
    return render_template("portal/reset_link_useless.html"), 404
