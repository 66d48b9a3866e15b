"""The outbox, staff tasks and the rows that background processes share."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identifier, Instant, enumeration


class OutboxStatus(StrEnum):
    """How far a message has come."""

    WAITING = "waiting"
    RELAYED = "relayed"
    DONE = "done"
    FAILED = "failed"


class OutboxMessage(Base):
    """Work promised by a committed transaction: a mail or a job, by name and ids, never with secrets."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        Index(
            "ix_outbox_message_due",
            "available_at",
            postgresql_where=text("status IN ('waiting', 'relayed')"),
        ),
        Index("ix_outbox_message_customer", "customer_id", "id"),
    )

    id: Mapped[Identifier]
    name: Mapped[str] = mapped_column(String(64))
    queue: Mapped[str] = mapped_column(String(16))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    dedupe_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    status: Mapped[OutboxStatus] = mapped_column(enumeration(OutboxStatus, "status"))
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Instant]
    available_at: Mapped[Instant]
    """When the relay may hand it to a worker (again), in real time."""
    leased_until: Mapped[Instant | None]
    """A worker is busy with it until then; nobody else takes it."""
    finished_at: Mapped[Instant | None]
    failure_code: Mapped[str | None] = mapped_column(String(64))


class StaffTask(Base):
    """Something that a person must look at; what comes up again after it was done is a task anew."""

    __tablename__ = "staff_task"
    __table_args__ = (
        Index(
            "uq_staff_task_object",
            "kind",
            "object_kind",
            "object_id",
            unique=True,
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    id: Mapped[Identifier]
    kind: Mapped[str] = mapped_column(String(64))
    object_kind: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(String(64))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    created_at: Mapped[Instant]
    done_at: Mapped[Instant | None]


class ClockOffset(Base):
    """How far the movable clock is ahead of the real one; one row at most."""

    __tablename__ = "clock_offset"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False, default=1)
    seconds: Mapped[int] = mapped_column(Integer)


class SchedulerTick(Base):
    """When each task of the scheduler last ran, in real time."""

    __tablename__ = "scheduler_tick"

    task: Mapped[str] = mapped_column(String(32), primary_key=True)
    ran_at: Mapped[Instant]
