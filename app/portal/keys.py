"""API keys: waiting, shown once, switched off (E1, E2)."""

from __future__ import annotations

from datetime import datetime

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.billing.actors import Actor
from app.billing.api_key import ApiKeyStatus, KeyFacts, KeyLabel, is_expired
from app.billing.entitlement import paid_since
from app.models import ApiKey
from app.portal.forms.fields import PortalForm
from app.portal.forms.keys import DeactivateKeyForm, NewKeyForm
from app.portal.pages import IDENTIFIER, Pages, see
from app.portal.states import State, key_kind, key_state
from app.portal.visit import Visit
from app.services.api_keys import AlreadyShown, create_key, deactivate_key
from app.services.api_keys import reveal_key as show_key
from app.services.unit_of_work import Repositories
from app.web.limits import MAILS_ASKED_FOR, limiter

pages = Pages(private=True)


@pages.form("/keys")
@limiter.limit(MAILS_ASKED_FOR, methods=["POST"])
def keys(visit: Visit) -> ResponseReturnValue:
    """All keys of the customer, masked, and the form for another one."""
    form = NewKeyForm()
    if form.validate_on_submit():
        api_key_id = create_key(
            visit.container.transactions,
            actor=Actor.customer(visit.customer_id),
            customer_id=visit.customer_id,
            label=KeyLabel.of(form.name.data),
            now=visit.now,
        )
        return see("reveal_key", api_key_id=api_key_id)
    with visit.reading() as repositories:
        rows = [(key, state) for key, state in _keys_with_state(repositories, visit)]
    page = render_template("portal/keys.html", rows=rows, key_kind=key_kind, form=form)
    return page, 400 if form.is_submitted() else 200


@pages.form(f"/keys/<{IDENTIFIER}:api_key_id>/reveal")
def reveal_key(visit: Visit, api_key_id: int) -> ResponseReturnValue:
    """GET explains, POST shows the key: the only time it is seen."""
    with visit.reading() as repositories:
        key = repositories.api_keys.one_of_customer(visit.customer_id, api_key_id)
    if key.status is not ApiKeyStatus.UNCLAIMED:
        return _shown_before(key), 409 if request.method == "POST" else 200
    if request.method == "GET":
        return render_template("portal/key_waiting.html", key=key, form=PortalForm())
    try:
        secret = show_key(
            visit.container.transactions,
            customer_id=visit.customer_id,
            api_key_id=api_key_id,
            pepper=visit.container.pepper,
            bcrypt_cost=visit.container.bcrypt_cost,
            now=visit.now,
        )
    except AlreadyShown:
        return _shown_before(key), 409
    return render_template("portal/key_shown.html", key=key, secret=secret)


@pages.form(f"/keys/<{IDENTIFIER}:api_key_id>/deactivate")
def deactivate(visit: Visit, api_key_id: int) -> ResponseReturnValue:
    """Ask why, then switch the key off for good."""
    with visit.reading() as repositories:
        key = repositories.api_keys.one_of_customer(visit.customer_id, api_key_id)
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


def _shown_before(key: ApiKey) -> str:
    return render_template("portal/key_shown_before.html", key=key, form=NewKeyForm())


def _keys_with_state(repositories: Repositories, visit: Visit) -> list[tuple[ApiKey, State]]:
    held = repositories.subscriptions.of_customer(visit.customer_id)
    since = paid_since(tuple(row.facts() for row in held), visit.now)
    shown_at = repositories.api_keys.production_key_shown_at(visit.customer_id)

    def expired(key: ApiKey) -> bool:
        return is_expired(_facts(key, shown_at), since, visit.now)

    return [
        (key, key_state(key, expired(key))) for key in repositories.api_keys.of_customer(visit.customer_id)
    ]


def _facts(key: ApiKey, shown_at: datetime | None) -> KeyFacts:
    return KeyFacts(key.kind, key.status, key.expires_at, shown_at)
