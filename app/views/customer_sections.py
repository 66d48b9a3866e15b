"""The tables of a customer's page: one query each, whatever the customer has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.models import ApiKey, Document, Invoice, Payer, Payment, Subscription
from app.views.base import Section
from app.views.context import may, session
from app.views.presentation import named_link, object_link

MOST_ROWS = 5
"""On the customer's page; a link leads to the rest."""


def sections_of_customer(customer_id: int) -> list[Section]:
    """Subscriptions, keys, invoices, payments, documents and payers, newest first."""
    sections = []
    for view, build in SECTIONS:
        if may("can_list", view):
            section = build(customer_id)
            if len(section.rows) > MOST_ROWS:
                rest = url_for(f"{view}.list", _flt_0_customer_id=customer_id)
                section = replace(section, rows=section.rows[:MOST_ROWS], more_url=rest)
            sections.append(section)
    return sections


def _rows(model: Any, customer_id: int, *loads: Any) -> Sequence[Any]:
    query = select(model).where(model.customer_id == customer_id).options(*loads)
    return session().scalars(query.order_by(model.id.desc()).limit(MOST_ROWS + 1)).all()


def _subscriptions(customer_id: int) -> Section:
    rows = _rows(Subscription, customer_id, joinedload(Subscription.connector))
    return Section(
        _("Subscriptions"),
        (
            _("Subscription"),
            _("Connector"),
            _("Make account"),
            _("Status"),
            _("Paid until"),
            _("Auto-renewal"),
        ),
        [
            (
                named_link("subscription", row.id),
                row.connector,
                row.make_account,
                row.status,
                row.period_end or row.trial_ends_at,
                row.auto_renew,
            )
            for row in rows
        ],
    )


def _keys(customer_id: int) -> Section:
    return Section(
        _("API keys"),
        (_("Key"), _("Name"), _("Kind"), _("Status"), _("Created"), _("Last used")),
        [
            (
                object_link("api_key", row.id, row.masked),
                row.name,
                row.kind,
                row.status,
                row.created_at,
                row.last_used_at,
            )
            for row in _rows(ApiKey, customer_id)
        ],
    )


def _invoices(customer_id: int) -> Section:
    return Section(
        _("Invoices"),
        (_("Number"), _("Sum"), _("Status"), _("Issued"), _("Due"), _("Paid at")),
        [
            (row, row.total, row.status, row.issued_on, row.due_on, row.paid_at)
            for row in _rows(Invoice, customer_id)
        ],
    )


def _payments(customer_id: int) -> Section:
    rows = _rows(Payment, customer_id, joinedload(Payment.invoice))
    return Section(
        _("Payments"),
        (_("Payment"), _("Sum"), _("Method"), _("Invoice"), _("Received")),
        [
            (
                named_link("payment", row.id),
                row.amount,
                row.method_label,
                row.invoice,
                row.received_at,
            )
            for row in rows
        ],
    )


def _documents(customer_id: int) -> Section:
    return Section(
        _("Documents"),
        (_("Number"), _("Kind"), _("Date"), _("Status")),
        [
            (object_link("document", row.id, row.number), row.kind, row.issued_on, row.status)
            for row in _rows(Document, customer_id)
        ],
    )


def _payers(customer_id: int) -> Section:
    rows = _rows(Payer, customer_id)
    return Section(
        _("Payers"),
        (_("Name"), _("Kind of payer"), _("ИНН"), _("Country")),
        [(row, row.kind, row.inn, row.country) for row in rows],
    )


SECTIONS: tuple[tuple[str, Callable[[int], Section]], ...] = (
    ("SubscriptionView", _subscriptions),
    ("ApiKeyView", _keys),
    ("InvoiceView", _invoices),
    ("PaymentView", _payments),
    ("DocumentView", _documents),
    ("PayerView", _payers),
)
