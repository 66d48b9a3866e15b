"""What belongs to the request: the container, the employee, what they may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g

from app.billing.actors import Actor

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from app.bootstrap import Container


def container() -> Container:
    """The adapters that use cases need."""
    found: Container = g.back_office.container
    return found


def session() -> Session:
    """Flask-AppBuilder's session: to read with; use cases have their own."""
    found: Session = g.back_office.session()
    return found


def actor() -> Actor:
    """The employee of this request."""
    return Actor.staff(g.user.username[:64])


def may(permission: str, view: str) -> bool:
    """Whether the employee of this request has a permission; asked once per request."""
    known: dict[tuple[str, str], bool] = g.setdefault("permissions_asked", {})
    if (permission, view) not in known:
        known[permission, view] = bool(g.back_office.sm.has_access(permission, view))
    return known[permission, view]
