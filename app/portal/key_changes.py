"""What is done with an API key: named, replaced, switched off, deleted; one page each (E3)."""

from __future__ import annotations

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.billing.actors import Actor
from app.billing.api_key import LIVE_KEYS
from app.billing.errors import Conflict
from app.models import ApiKey
from app.portal.forms.keys import DeactivateKeyForm, DeleteKeyForm, KeyLabelForm, RotateKeyForm
from app.portal.keys import ONE
from app.portal.messages import sentence_for
from app.portal.pages import Pages, see
from app.portal.visit import Visit
from app.services.api_keys import deactivate_key, delete_key, label_key
from app.services.key_rotation import rotate_key
from app.web.limits import MAILS_ASKED_FOR, limiter

pages = Pages(private=True)


@pages.form(f"{ONE}/name")
def name_key(visit: Visit, api_key_id: int) -> ResponseReturnValue:
    """Another name or group."""
    key = _key(visit, api_key_id)
    form = KeyLabelForm(data={"name": key.name, "group": key.group_name})
    if not form.validate_on_submit():
        page = render_template("portal/key_name.html", key=key, form=form)
        return page, 400 if form.is_submitted() else 200
    label_key(
        visit.container.transactions,
        actor=Actor.customer(visit.customer_id),
        customer_id=visit.customer_id,
        api_key_id=api_key_id,
        label=form.label,
        now=visit.now,
    )
    flash(_("The name is saved."), "success")
    return see("one_key", api_key_id=api_key_id)


@pages.form(f"{ONE}/rotate")
@limiter.limit(MAILS_ASKED_FOR, methods=["POST"])
def rotate(visit: Visit, api_key_id: int) -> ResponseReturnValue:
    """Ask how long the old key shall work on, then lead to the new one."""
    key = _key(visit, api_key_id)
    form = RotateKeyForm.at(visit.now)
    if not form.validate_on_submit():
        page = render_template("portal/key_rotate.html", key=key, form=form)
        return page, 400 if form.is_submitted() else 200
    try:
        successor_id = rotate_key(
            visit.container.transactions,
            actor=Actor.customer(visit.customer_id),
            customer_id=visit.customer_id,
            api_key_id=api_key_id,
            overlap=form.chosen,
            now=visit.now,
        )
    except Conflict as refusal:
        flash(sentence_for(refusal.code), "error")
        return see("one_key", api_key_id=api_key_id)
    return see("reveal_key", api_key_id=successor_id)


@pages.form(f"{ONE}/deactivate")
def deactivate(visit: Visit, api_key_id: int) -> ResponseReturnValue:
    """Ask why, then switch the key off for good."""
    key = _key(visit, api_key_id)
    form = DeactivateKeyForm()
    if not form.validate_on_submit():
        page = render_template("portal/key_deactivate.html", key=key, form=form)
        return page, 400 if form.is_submitted() else 200
    deactivate_key(
        visit.container.transactions,
        actor=Actor.customer(visit.customer_id),
        customer_id=visit.customer_id,
        api_key_id=api_key_id,
        reason=form.reason.data,
        now=visit.now,
    )
    flash(_("The key “%(name)s” is switched off.", name=key.name), "success")
    return see("keys")


@pages.form(f"{ONE}/delete")
def delete(visit: Visit, api_key_id: int) -> ResponseReturnValue:
    """Take a key off the list; a live one is switched off with it, so that the page asks why."""
    key = _key(visit, api_key_id)
    form = DeactivateKeyForm() if key.status in LIVE_KEYS else DeleteKeyForm()
    if not form.validate_on_submit():
        page = render_template("portal/key_delete.html", key=key, form=form)
        return page, 400 if form.is_submitted() else 200
    delete_key(
        visit.container.transactions,
        actor=Actor.customer(visit.customer_id),
        customer_id=visit.customer_id,
        api_key_id=api_key_id,
        reason=form.reason.data if isinstance(form, DeactivateKeyForm) else "",
        now=visit.now,
    )
    flash(_("The key “%(name)s” is deleted.", name=key.name), "success")
    return see("keys")


def _key(visit: Visit, api_key_id: int) -> ApiKey:
    with visit.reading() as repositories:
        return repositories.api_keys.one_of_customer(visit.customer_id, api_key_id)
