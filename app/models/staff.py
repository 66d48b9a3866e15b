"""Sessions of staff in the back-office; the accounts themselves belong to Flask-AppBuilder."""

from __future__ import annotations

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identifier, Instant


class StaffSession(Base):
    """A login of an employee; a copied cookie dies with this row at logout or password reset."""

    __tablename__ = "staff_session"
    __table_args__ = (Index("ix_staff_session_user", "staff_user_id"),)

    id: Mapped[Identifier]
    staff_user_id: Mapped[int]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]
