"""One box for everything (L3): e-mail, ИНН, number of an invoice, end of a key, sum, Make account."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import redirect, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app.models import ApiKey, Base, Customer, Document, Invoice, Payer, Payment, Subscription
from app.views.base import Section
from app.views.context import may, session
from app.views.invoices import FULL_NUMBER
from app.views.presentation import object_link, object_name, object_url

MOST_FOUND = 20
SHORTEST_SEARCH = 2
SUM = re.compile(r"([0-9]{1,15})(?:[.,]([0-9]{1,2}))?", re.ASCII)
KEY_END = re.compile(r"(?:bpm_(?:prod|trial|test)_\S*)?([A-Za-z0-9]{4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look: what matches, and what else is told about a row."""

    view: str
    title: Any
    model: type[Base]
    condition: Callable[[str], Any]
    told: Callable[[Any], tuple[Any, ...]]
    loads: tuple[Any, ...] = ()


def _customers(text: str) -> Any:
    by_text = or_(
        Customer.email.icontains(text, autoescape=True), Customer.name.icontains(text, autoescape=True)
    )
    return by_text | (Customer.id == int(text)) if _is_identifier(text) else by_text


def _payers(text: str) -> Any:
    return or_(Payer.inn.startswith(text, autoescape=True), Payer.name.icontains(text, autoescape=True))


def _keys(text: str) -> Any:
    found = KEY_END.fullmatch(text)
    return None if found is None else ApiKey.last4 == found[1]


def _invoices(text: str) -> Any:
    by_number = FULL_NUMBER.icontains(text, autoescape=True) if any(map(str.isdigit, text)) else None
    return _with_sum(by_number, Invoice.total_minor, text)


def _payments(text: str) -> Any:
    by_reference = Payment.provider_reference == text
    return _with_sum(by_reference, Payment.amount_minor, text)


def _subscriptions(text: str) -> Any:
    return Subscription.make_account == text


def _with_sum(condition: Any, column: Any, text: str) -> Any:
    minor = _as_minor(text)
    if minor is None:
        return condition
    return column == minor if condition is None else condition | (column == minor)


def _as_minor(text: str) -> int | None:
    """«1 990,50» in kopecks, or None for what is no sum."""
    found = SUM.fullmatch(re.sub(r"\s", "", text))
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else None


def _is_identifier(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


PLACES = (
    Place("CustomerView", _("Customers"), Customer, _customers, lambda row: (row.name, row.status)),
    Place(
        "PayerView",
        _("Payers"),
        Payer,
        _payers,
        lambda row: (row.inn, row.customer),
        (joinedload(Payer.customer),),
    ),
    Place(
        "InvoiceView",
        _("Invoices"),
        Invoice,
        _invoices,
        lambda row: (row.total, row.status, row.customer),
        (joinedload(Invoice.customer),),
    ),
    Place(
        "PaymentView",
        _("Payments"),
        Payment,
        _payments,
        lambda row: (row.amount, row.received_at, row.customer),
        (joinedload(Payment.customer),),
    ),
    Place(
        "ApiKeyView",
        _("API keys"),
        ApiKey,
        _keys,
        lambda row: (row.name, row.status, row.customer),
        (joinedload(ApiKey.customer),),
    ),
    Place(
        "SubscriptionView",
        _("Subscriptions"),
        Subscription,
        _subscriptions,
        lambda row: (row.connector, row.make_account, row.status, row.customer),
        (joinedload(Subscription.customer), joinedload(Subscription.connector)),
    ),
)


class SearchView(BaseView):
    """Finds what an employee may see; a single find opens at once."""

    route_base = "/search"
    default_view = "index"

    @expose("/")
    @has_access
    def index(self) -> Any:
        """The finds by kind."""
        text = request.args.get("q", "").strip()
        found = _found(text) if len(text) >= SHORTEST_SEARCH else []
        rows = [row for _place, rows in found for row in rows]
        if len(rows) == 1:
            url = object_url(rows[0].__tablename__, rows[0].id)
            if url is not None:
                return redirect(url)
        sections = [
            Section(place.title, (), [(_link(row), *place.told(row)) for row in rows])
            for place, rows in found
        ]
        return self.render_template(
            "back_office/search.html", title=_("Search"), text=text, sections=sections, least=SHORTEST_SEARCH
        )


def _found(text: str) -> list[tuple[Place, list[Any]]]:
    found = []
    for place in PLACES:
        condition = place.condition(text) if may("can_show", place.view) else None
        if condition is None:
            continue
        model: Any = place.model
        query = select(model).where(condition).options(*place.loads).order_by(model.id.desc())
        rows = list(session().scalars(query.limit(MOST_FOUND)))
        if rows:
            found.append((place, rows))
    return found


def _link(row: Any) -> Any:
    names = {Customer: "email", Payer: "name", Invoice: "full_number", ApiKey: "masked", Document: "number"}
    name = names.get(type(row))
    text = getattr(row, name) if name else object_name(row.__tablename__, row.id)
    return object_link(row.__tablename__, row.id, text)
