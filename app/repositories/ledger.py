"""The ledger as reports read it, and the service months that are to be booked (K1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import BigInteger, Integer, cast, column, select, update, values

from app.billing.money import Money
from app.models import ServiceMonth
from app.repositories.base import Repository


@dataclass(frozen=True, slots=True)
class GivenService:
    """A service month whose last day has come: its VAT at that day's rate, in basis points."""

    service_month_id: int
    vat_rate: int | None
    vat: Money


class ServiceMonthRepository(Repository[ServiceMonth]):
    """Months of paid lines."""

    model = ServiceMonth

    def due(self, today: date) -> Sequence[int]:
        """Ids of the months whose last day has come and that are not booked, the oldest first."""
        return self.session.scalars(
            select(ServiceMonth.id)
            .where(ServiceMonth.recognised_at.is_(None), ServiceMonth.last_day <= today)
            .order_by(ServiceMonth.last_day, ServiceMonth.id)
        ).all()

    def locked_free(self, ids: Collection[int]) -> Sequence[ServiceMonth]:
        """Those of the months that are not booked and that nobody else holds at this moment, locked."""
        return self.session.scalars(
            select(ServiceMonth)
            .where(ServiceMonth.id.in_(ids), ServiceMonth.recognised_at.is_(None))
            .order_by(ServiceMonth.last_day, ServiceMonth.id)
            .with_for_update(key_share=True, skip_locked=True)
            .execution_options(populate_existing=True)
        ).all()

    def locked_of_line(self, invoice_line_id: int) -> Sequence[ServiceMonth]:
        """All months of a line in their order, locked."""
        return self.session.scalars(
            select(ServiceMonth)
            .where(ServiceMonth.invoice_line_id == invoice_line_id)
            .order_by(ServiceMonth.ordinal)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        ).all()

    def close(self, given: Sequence[GivenService], now: datetime) -> None:
        """Write down that these months were given, in one statement. Rows in the session are not told."""
        rows = values(
            column("id", BigInteger), column("rate", Integer), column("vat", BigInteger), name="given"
        ).data([(each.service_month_id, each.vat_rate, each.vat.minor) for each in given])
        self.session.execute(
            update(ServiceMonth)
            .where(ServiceMonth.id == rows.c.id)
            .values(recognised_at=now, vat_rate=cast(rows.c.rate, Integer), vat_minor=rows.c.vat)
            .execution_options(synchronize_session=False)
        )
