"""The tables of a customer's page: one query each, whatever the customer has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.billing.money import Money
from app.models import (
    ApiKey,
    Compensation,
    CustomerCredit,
    Document,
    Invoice,
    Payer,
    Payment,
    PaymentMethod,
    Refund,
    Subscription,
)
from app.views.base import Section
from app.views.context import may, session
from app.views.ledger_names import provider_name
from app.views.presentation import named_link, object_link, what_is_given

MOST_ROWS = 5
"""On the customer's page; a link leads to the rest."""


def sections_of_customer(customer_id: int) -> list[Section]:
    """Credits, subscriptions, keys, money, documents and payers, newest first."""
    sections = [_credits(customer_id)]
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


def _credits(customer_id: int) -> Section:
    held = session().scalars(
        select(CustomerCredit)
        .where(CustomerCredit.customer_id == customer_id, CustomerCredit.amount_minor > 0)
        .order_by(CustomerCredit.kind, CustomerCredit.currency)
    )
    return Section(
        _("To the customer's credit"),
        (_("Kind"), _("Sum")),
        [(row.kind, Money(row.amount_minor, row.currency)) for row in held],
    )


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
                provider_name(row.method_label),
                row.invoice,
                row.received_at,
            )
            for row in rows
        ],
    )


def _methods(customer_id: int) -> Section:
    """Masked, as everywhere; the ones that were deleted as well, for their payments stay."""
    return Section(
        _("Payment methods"),
        (
            _("Method"),
            _("Provider"),
            _("Valid until"),
            _("Added"),
            _("Default since"),
            _("Can't be charged since"),
            _("Deleted at"),
        ),
        [
            (
                row.masked,
                provider_name(row.provider),
                row.valid_until,
                row.created_at,
                row.preferred_at,
                row.unusable_since,
                row.deleted_at,
            )
            for row in _rows(PaymentMethod, customer_id)
        ],
    )


def _refunds(customer_id: int) -> Section:
    return Section(
        _("Refunds"),
        (_("Refund"), _("Subscription"), _("Goes back"), _("Status"), _("Asked for at")),
        [
            (
                named_link("refund", row.id),
                named_link("subscription", row.subscription_id),
                row.amount,
                row.status,
                row.requested_at,
            )
            for row in _rows(Refund, customer_id)
        ],
    )


def _compensations(customer_id: int) -> Section:
    return Section(
        _("Compensations"),
        (_("Compensation"), _("Kind"), _("How much"), _("Status"), _("Asked for at")),
        [
            (named_link("compensation", row.id), row.kind, what_is_given(row), row.status, row.requested_at)
            for row in _rows(Compensation, customer_id)
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
    ("PaymentView", _methods),
    ("RefundView", _refunds),
    ("CompensationView", _compensations),
    ("DocumentView", _documents),
    ("PayerView", _payers),
)
