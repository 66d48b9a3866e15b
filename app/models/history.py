"""Append-only rows: history of statuses and the audit. They hold ids and masked values only."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.billing.actors import ActorKind
from app.models.base import Base, Identifier, Instant, enumeration


class StatusChange(Base):
    """One change of status of any object: who, when, why."""

    __tablename__ = "status_change"
    __table_args__ = (Index("ix_status_change_object", "object_kind", "object_id", "id"),)

    id: Mapped[Identifier]
    object_kind: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(String(64))
    old_status: Mapped[str | None] = mapped_column(String(32))
    new_status: Mapped[str] = mapped_column(String(32))
    at: Mapped[Instant]
    actor_kind: Mapped[ActorKind] = mapped_column(enumeration(ActorKind, "actor_kind"))
    actor_identity: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(500))


class AuditEntry(Base):
    """One deed that matters: of staff with a reason, of customers where money, access or keys change."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_object", "object_kind", "object_id", "id"),
        Index("ix_audit_entry_at", "at"),
    )

    id: Mapped[Identifier]
    at: Mapped[Instant]
    actor_kind: Mapped[ActorKind] = mapped_column(enumeration(ActorKind, "actor_kind"))
    actor_identity: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    object_kind: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(String(64))
    customer_id: Mapped[int | None] = mapped_column(index=True)
    reason: Mapped[str | None] = mapped_column(String(500))
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
