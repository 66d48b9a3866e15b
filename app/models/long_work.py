"""Work that somebody waits for: archives and exports, made by workers turn by turn."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.billing.long_work import WorkState
from app.models.base import Base, Identifier, Instant, enumeration


class LongWork(Base):
    """What was asked for, how far it has come, and the file that comes out. All instants are real time."""

    __tablename__ = "long_work"
    __table_args__ = (
        Index("ix_long_work_customer", "customer_id", "id"),
        Index("ix_long_work_expiry", "expires_at", postgresql_where=text("state <> 'expired'")),
        CheckConstraint("num_nonnulls(customer_id, staff) = 1", name="one_owner"),
        CheckConstraint("(state = 'done') = (file_key IS NOT NULL)", name="file_with_state"),
        CheckConstraint("done >= 0 AND total >= done", name="progress"),
    )

    id: Mapped[Identifier]
    kind: Mapped[str] = mapped_column(String(32))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    staff: Mapped[str | None] = mapped_column(String(64))
    """The employee's name for logging in."""
    state: Mapped[WorkState] = mapped_column(enumeration(WorkState, "state"), default=WorkState.WAITING)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    """None before it is counted."""
    file_key: Mapped[str | None] = mapped_column(String(200))
    file_name: Mapped[str | None] = mapped_column(String(255))
    size: Mapped[int | None] = mapped_column(BigInteger)
    failure_code: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[Instant]
    started_at: Mapped[Instant | None]
    finished_at: Mapped[Instant | None]
    expires_at: Mapped[Instant]
    """When the file is removed, or work that never ended is given up."""
