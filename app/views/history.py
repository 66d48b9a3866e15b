"""Histories of records and the customer's timeline, as the template `timeline` takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from app.billing.actors import ActorKind
from app.formatting.dates import format_instant
from app.models import AuditEntry, OutboxMessage, OutboxStatus, Payment, StatusChange
from app.repositories.history import audit_of, events_of_customer, status_changes_of
from app.views.action_names import action_name
from app.views.context import session
from app.views.labels import label_of, status_label
from app.views.ledger_names import provider_name
from app.views.message_names import message_name
from app.views.presentation import (
    badge,
    language,
    named_link,
    object_name,
    object_url,
    shown,
)
from app.views.reason_names import reason_name

ICONS = {
    "subscription": "repeat",
    "invoice": "file-invoice",
    "api_key": "key",
    "document": "file-text",
    "payment_attempt": "credit-card",
    "customer": "user",
}
WHO = {
    ActorKind.CUSTOMER: _("the customer"),
    ActorKind.API_KEY: _("a connector with the API key"),
    ActorKind.SYSTEM: _("the system"),
}
Item = dict[str, Any]


def of_object(kind: str, identity: object) -> list[Item]:
    """What happened to one object, newest first."""
    changes = [_status_item(row) for row in status_changes_of(session(), kind, identity)]
    audit = [_audit_item(row) for row in audit_of(session(), kind, identity)]
    return _newest_first(changes + audit)


def of_customer(customer_id: int) -> list[Item]:
    """Everything about one customer, newest first."""
    events = events_of_customer(session(), customer_id)
    return _newest_first(
        [_status_item(row, named=True) for row in events.status_changes]
        + [_audit_item(row, named=True) for row in events.audit]
        + [_payment_item(row) for row in events.payments]
        + [_message_item(row) for row in events.messages]
    )


def _newest_first(items: list[Item]) -> list[Item]:
    return sorted(items, key=lambda item: str(item["datetime"]), reverse=True)


def _item(at: datetime, title: Any, text: Any, icon: str, tone: str, url: str | None) -> Item:
    return {
        "time": format_instant(at, language()),
        "datetime": at.isoformat(),
        "title": title,
        "text": text,
        "icon": icon,
        "tone": tone,
        "url": url,
    }


def _status_item(row: StatusChange, *, named: bool = False) -> Item:
    name, tone = status_label(row.object_kind, row.new_status)
    title = object_name(row.object_kind, row.object_id) if named else gettext("Status")
    change = badge((name, tone))
    if row.old_status:
        old, _tone = status_label(row.object_kind, row.old_status)
        change = Markup("{} → {}").format(str(old), change)
    text = Markup("{} · {} · {}").format(change, reason_name(row.reason), who(row))
    url = object_url(row.object_kind, row.object_id) if named else None
    return _item(row.at, title, text, ICONS.get(row.object_kind, "clock"), tone or "muted", url)


def _audit_item(row: AuditEntry, *, named: bool = False) -> Item:
    subject = Markup("")
    if named and row.object_kind != "customer":
        subject = Markup("{} · ").format(named_link(row.object_kind, row.object_id))
    reason = Markup(" · {}").format(reason_name(row.reason)) if row.reason else ""
    changes = shown(row.details) if row.details else ""
    text = Markup("{}{}{}{}").format(subject, who(row), reason, changes)
    return _item(row.at, action_name(row.action), text, "shield-check", "muted", None)


def _payment_item(row: Payment) -> Item:
    text = Markup("{} · {}").format(shown(row.amount), provider_name(row.method_label))
    title = object_name("payment", row.id)
    return _item(row.received_at, title, text, "credit-card", "success", object_url("payment", row.id))


def _message_item(row: OutboxMessage) -> Item:
    at = row.finished_at or row.created_at
    _name, tone = label_of(row.status)
    failed = row.status is OutboxStatus.FAILED
    url = object_url("outbox_message", row.id)
    text = badge(label_of(row.status))
    return _item(at, message_name(row.name), text, "mail", "danger" if failed else tone or "muted", url)


def who(row: StatusChange | AuditEntry) -> str:
    """Who did it, in words."""
    if row.actor_kind is ActorKind.STAFF:
        return str(gettext("employee %(name)s", name=row.actor_identity))
    return str(WHO[row.actor_kind])
