"""API keys: listed, created, shown once (E1-E3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal
from flask_babel import gettext as _

from app.billing.actors import Actor
from app.billing.api_key import LIVE_KEYS, ApiKeyKind, ApiKeyStatus, TooManyKeys
from app.models import ApiKey
from app.portal.forms.fields import PortalForm
from app.portal.forms.keys import KeyLabelForm
from app.portal.pages import IDENTIFIER, Pages, see
from app.portal.presentation import moment
from app.portal.states import State, key_kind, key_state
from app.portal.visit import Visit
from app.services.api_keys import AlreadyShown, create_key
from app.services.api_keys import reveal_key as show_key
from app.services.key_overview import KeyOverview, end_of_key, key_of_customer, keys_of_customer
from app.services.unit_of_work import Repositories
from app.web.limits import MAILS_ASKED_FOR, limiter

pages = Pages(private=True)
ONE = f"/keys/<{IDENTIFIER}:api_key_id>"


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key as a list shows it."""

    key: ApiKey
    state: State
    live: bool
    note: str
    allowed: str
    denied: str


@pages.form("/keys")
@limiter.limit(MAILS_ASKED_FOR, methods=["POST"])
def keys(visit: Visit) -> ResponseReturnValue:
    """All keys of the customer, masked, and the form for another one."""
    form = KeyLabelForm()
    if form.validate_on_submit():
        try:
            api_key_id = create_key(
                visit.container.transactions,
                actor=Actor.customer(visit.customer_id),
                customer_id=visit.customer_id,
                label=form.label,
                now=visit.now,
            )
        except TooManyKeys as refusal:
            form.refuse(None, refusal)
        else:
            return see("reveal_key", api_key_id=api_key_id)
    with visit.reading() as repositories:
        found = keys_of_customer(repositories, visit.customer_id, visit.now)
        had_one = bool(found) or _ever_had_a_key(repositories, visit.customer_id)
    page = render_template(
        "portal/keys.html", lines=_lines(found), key_kind=key_kind, had_one=had_one, form=form
    )
    return page, 400 if form.is_submitted() else 200


@pages.get(ONE)
def one_key(visit: Visit, api_key_id: int) -> ResponseReturnValue:
    """One key with its usage, and what can be done with it."""
    with visit.reading() as repositories:
        found = key_of_customer(repositories, visit.customer_id, api_key_id, visit.now)
        predecessor = repositories.api_keys.predecessor(visit.customer_id, api_key_id)
    line = _line(found, {} if predecessor is None else {api_key_id: predecessor})
    return render_template("portal/key.html", line=line, key_kind=key_kind(found.key.kind))


@pages.form(f"{ONE}/reveal")
def reveal_key(visit: Visit, api_key_id: int) -> ResponseReturnValue:
    """GET explains, POST shows the key: the only time it is seen."""
    with visit.reading() as repositories:
        key = repositories.api_keys.one_of_customer(visit.customer_id, api_key_id)
        old = _working_predecessor(repositories, visit, api_key_id)
    if key.status is not ApiKeyStatus.UNCLAIMED:
        return _shown_before(key), 409 if request.method == "POST" else 200
    if request.method == "GET":
        return render_template("portal/key_waiting.html", key=key, old=old, form=PortalForm())
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
    with visit.reading() as repositories:
        until = (
            None if old is None else end_of_key(repositories, repositories.api_keys.get(old.id), visit.now)
        )
    return render_template(
        "portal/key_shown.html", key=key, secret=secret, old_works_until=until, now=visit.now
    )


def _working_predecessor(repositories: Repositories, visit: Visit, api_key_id: int) -> ApiKey | None:
    old = repositories.api_keys.predecessor(visit.customer_id, api_key_id)
    return old if old is not None and old.status in LIVE_KEYS else None


def _shown_before(key: ApiKey) -> str:
    return render_template("portal/key_shown_before.html", key=key)


def _ever_had_a_key(repositories: Repositories, customer_id: int) -> bool:
    """Whoever deleted the last key may make another; a newcomer gets the first with trial or purchase."""
    return any(repositories.api_keys.has_kind(customer_id, kind) for kind in ApiKeyKind)


def _lines(found: Sequence[KeyOverview]) -> list[KeyLine]:
    predecessors = {each.key.replaced_by_id: each.key for each in found}
    return [_line(each, predecessors) for each in found]


def _line(found: KeyOverview, predecessors: Mapping[int | None, ApiKey]) -> KeyLine:
    key = found.key
    live = key.status in LIVE_KEYS and not found.expired
    return KeyLine(
        key=key,
        state=key_state(key, found.expired),
        live=live,
        note=_note(found, predecessors.get(key.id)) if live else "",
        allowed=str(format_decimal(found.usage.allowed)),
        denied=str(format_decimal(found.usage.denied)),
    )


def _note(found: KeyOverview, predecessor: ApiKey | None) -> str:
    """What else is to be known about a live key."""
    if found.key.status is ApiKeyStatus.UNCLAIMED and predecessor is not None:
        return str(_("takes over from %(key)s", key=predecessor.masked))
    if found.works_until is not None:
        return str(_("until %(moment)s", moment=moment(found.works_until)))
    if found.key.replaced_by_id is not None:
        return str(_("until you have seen its successor"))
    return ""
