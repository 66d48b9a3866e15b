"""What staff change through Flask-AppBuilder's forms: written to the audit, in the same transaction.

Flask-AppBuilder commits by itself, after its hooks and out of our reach, so a hook could only write the
audit into another transaction. A listener on its session writes it into this one, whichever form or
command made the change. It is technical: it decides nothing and refuses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Any

from flask import g, has_request_context
from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import event, insert, inspect, update
from sqlalchemy.orm import Session, scoped_session

from app.billing.actors import Actor
from app.bootstrap import Container
from app.models import (
    AuditEntry,
    Base,
    Connector,
    ConnectorRelease,
    Seller,
    SellerBankAccount,
    SellerTaxRegime,
    StaffSession,
    TermsVersion,
)

WATCHED = (
    Connector, ConnectorRelease, TermsVersion, Seller, SellerBankAccount, SellerTaxRegime, User,
)  # fmt: skip
UNINTERESTING = {"last_login", "login_count", "fail_login_count", "changed_on", "changed_by_fk", "changed_by"}
MASKED = {"email", "phone", "first_name", "last_name", "director", "accountant", "bank_account", "account"}
ENDS_SESSIONS = {"password", "active", "roles", "groups"}
LONGEST_VALUE = 120

Changes = dict[str, list[Any]]
"""Old and new value by column."""


def watch(session: scoped_session[Any], container: Container) -> None:
    """Write an audit entry for every change that goes through this session, and end sessions of staff
    whose password, role or account changed."""

    def after_flush(flushed: Session, _context: object) -> None:
        connection = flushed.connection()
        entries = []
        for deed, row, changes in _changes(flushed):
            if isinstance(row, User) and deed != "create" and ENDS_SESSIONS & set(changes):
                ended = update(StaffSession).where(
                    StaffSession.staff_user_id == row.id, StaffSession.revoked_at.is_(None)
                )
                connection.execute(ended.values(revoked_at=container.wall_clock.now()))
            entries.append(_entry(deed, row, changes, container))
        if entries:
            connection.execute(insert(AuditEntry), entries)

    event.listen(session, "after_flush", after_flush)


def _changes(session: Session) -> Iterator[tuple[str, Any, Changes]]:
    for row in session.new:
        if isinstance(row, WATCHED):
            yield "create", row, _changed(row)
    for row in session.dirty:
        changes = _changed(row) if isinstance(row, WATCHED) else {}
        if changes:
            yield "update", row, changes
    for row in session.deleted:
        if isinstance(row, WATCHED):
            yield "delete", row, {"active": ["true", None]} if isinstance(row, User) else {}


def _changed(row: Any) -> Changes:
    changes: Changes = {}
    state = inspect(row)
    relations = {"roles", "groups"} if isinstance(row, User) else set()
    for name in set(state.mapper.column_attrs.keys()) | relations:
        history = state.attrs[name].history
        if name != "id" and name not in UNINTERESTING and history.has_changes():
            changes[name] = [_told(name, history.deleted), _told(name, history.added)]
    return changes


def _told(name: str, values: Any) -> Any:
    """A value as the append-only audit may hold it: no secrets, no personal data, nothing long."""
    if not values or values[0] is None:
        return None
    if name == "password":
        return "•••"
    if isinstance(values[0], Role):
        return sorted(role.name for role in values)
    text = values[0].isoformat() if isinstance(values[0], date) else str(values[0])
    if isinstance(values[0], StrEnum):
        text = values[0].value
    if name in MASKED:
        return f"{text[:1]}•••{text[-4:] if len(text) > 12 and text.isdigit() else ''}"
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}… ({len(text)})"


def _entry(deed: str, row: Any, changes: Changes, container: Container) -> dict[str, Any]:
    actor = _actor()
    return {
        "at": container.clock.now(),
        "actor_kind": actor.kind,
        "actor_identity": actor.identity,
        "action": f"staff.{deed}",
        "object_kind": row.__tablename__ if isinstance(row, Base) else "staff",
        "object_id": str(row.id),
        "customer_id": None,
        "reason": None,
        "details": dict(sorted(changes.items())),
    }


def _actor() -> Actor:
    user: Any = g.get("user") if has_request_context() else None
    if user is None or not user.is_authenticated:
        return Actor.system("command line")
    return Actor.staff(user.username[:64])
