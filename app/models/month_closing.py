"""Months of the books that were closed, or are being closed."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.billing.month_closing import CheckResult, ClosingCheck, ClosingState
from app.models.base import Base, Identifier, Instant, enumeration
from app.models.seller import Seller


class MonthClosing(Base):
    """One month of one seller's books; a closed one refuses documents and entries (triggers)."""

    __tablename__ = "month_closing"
    __table_args__ = (
        UniqueConstraint("seller_id", "month"),
        CheckConstraint("extract(day FROM month) = 1", name="first_day"),
        CheckConstraint("(state = 'checking') = (finished_at IS NULL)", name="finished_with_state"),
        CheckConstraint("state <> 'reopened' OR reopened_at IS NOT NULL", name="reopened_with_state"),
        CheckConstraint(
            "num_nonnulls(reopened_at, reopened_by, reopened_reason) IN (0, 3)", name="reopened_whole"
        ),
    )

    id: Mapped[Identifier]
    seller_id: Mapped[int] = mapped_column(ForeignKey("seller.id"))
    month: Mapped[date]
    """Its first day."""
    state: Mapped[ClosingState] = mapped_column(enumeration(ClosingState, "closing_state"))
    started_at: Mapped[Instant]
    started_by: Mapped[str] = mapped_column(String(100))
    run: Mapped[int] = mapped_column(default=1)
    """How often it was tried."""
    finished_at: Mapped[Instant | None]
    checklist: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """What the last try found, check by check."""
    reopened_at: Mapped[Instant | None]
    reopened_by: Mapped[str | None] = mapped_column(String(100))
    reopened_reason: Mapped[str | None] = mapped_column(String(500))

    seller: Mapped[Seller] = relationship()

    def results(self) -> list[CheckResult]:
        """The checklist as the rules take it."""
        return [
            CheckResult(ClosingCheck(each["check"]), each["count"], tuple(each["examples"]))
            for each in self.checklist
        ]

    def add_result(self, result: CheckResult) -> None:
        """Keep what a check found."""
        found = {"check": result.check.value, "count": result.count, "examples": list(result.examples)}
        self.checklist = [*self.checklist, found]
