"""Months of the books that are closed or being closed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import func, select

from app.billing.errors import Conflict
from app.billing.month_closing import ClosingState, first_open_day
from app.models import MonthClosing
from app.repositories.base import Repository, one_of

CLOSING_LOCK = 7_120_014
"""The triggers of migration 0014 share it with the month of every document and entry."""


class MonthClosingRepository(Repository[MonthClosing]):
    """One row a month that was ever tried to close."""

    model = MonthClosing

    def of_month(self, seller_id: int, month: date) -> MonthClosing | None:
        """The month's row, locked; None when nobody ever tried to close it."""
        return self.session.scalar(
            select(MonthClosing).filter_by(seller_id=seller_id, month=month).with_for_update()
        )

    def closed(self, seller_ids: Collection[int]) -> dict[int, frozenset[date]]:
        """The closed months of each of these sellers, as first days, in one query."""
        rows = self.session.execute(
            select(MonthClosing.seller_id, MonthClosing.month).where(
                one_of(MonthClosing.seller_id, seller_ids), MonthClosing.state == ClosingState.CLOSED
            )
        ).all()
        return {
            seller_id: frozenset(row.month for row in rows if row.seller_id == seller_id)
            for seller_id in seller_ids
        }

    def open_day(self, seller_id: int, day: date) -> date:
        """What is dated by this day is dated by the answer: the day, or the first of the next open month."""
        return first_open_day(day, self.closed([seller_id])[seller_id])

    def hold_month(self, seller_id: int, month: date) -> None:
        """Keep others from dating anything in the month until the end of the transaction.

        Raises Conflict (MONTH_BUSY) while somebody is about to: waiting would hold up those who come after.
        """
        key = func.hashtext(f"{seller_id} {month.isoformat()}")
        if not self.session.scalar(select(func.pg_try_advisory_xact_lock(CLOSING_LOCK, key))):
            raise Conflict(f"{month} of seller {seller_id}", code="MONTH_BUSY")
