"""The ledger as reports read it, and the service months that are to be booked (K1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Row,
    SQLColumnExpression,
    String,
    case,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.billing.ledger import Account
from app.billing.money import Money
from app.models import Invoice, InvoiceLine, LedgerEntry, Payment, ServiceMonth
from app.repositories.base import Repository, one_of

CUSTOMER_ACCOUNTS = (
    Account.RECEIVABLE,
    Account.ADVANCES,
    Account.CUSTOMER_BALANCE,
    Account.REFUNDS_PAYABLE,
)
"""The accounts that say what a customer owes us and what we owe the customer."""


@dataclass(frozen=True, slots=True)
class Books:
    """One ledger: of one seller in one currency."""

    seller_id: int
    currency: str

    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """Selects the entries of this ledger."""
        return LedgerEntry.seller_id == self.seller_id, LedgerEntry.currency == self.currency


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
            .where(one_of(ServiceMonth.id, ids), ServiceMonth.recognised_at.is_(None))
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


class LedgerRepository(Repository[LedgerEntry]):
    """Entries, summed by the database. Sums are in minor units."""

    model = LedgerEntry

    def read_one_moment(self) -> None:
        """Make all queries of this transaction see the same entries; asked before the first one."""
        self.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})

    def turnovers(
        self, books: Books, first: date, last: date, customer_id: int | None = None
    ) -> Sequence[Row[Any]]:
        """Of every account touched up to the last day, by name: `account`, `opening` (debit less credit
        before the first day), `debit` and `credit` from the first to the last day.
        """
        conditions = [*books.conditions(), LedgerEntry.booked_on <= last]
        if customer_id is not None:
            conditions.append(LedgerEntry.customer_id == customer_id)
        nothing = literal(0, BigInteger)
        entry = LedgerEntry
        debited = select(entry.debit.label("account"), entry.booked_on,
                         entry.amount_minor.label("debit"), nothing.label("credit"))  # fmt: skip
        credited = select(entry.credit, entry.booked_on, nothing, entry.amount_minor)
        sides = union_all(debited.where(*conditions), credited.where(*conditions)).subquery()
        before = sides.c.booked_on < first
        return self.session.execute(
            select(
                sides.c.account,
                _sum(sides.c.debit - sides.c.credit, before).label("opening"),
                _sum(sides.c.debit, ~before).label("debit"),
                _sum(sides.c.credit, ~before).label("credit"),
            )
            .group_by(sides.c.account)
            .order_by(sides.c.account)
        ).all()

    def refund_payable(self, refund_id: int) -> int:
        """What of an approved refund is still to be sent."""
        moved = select(_sum(_moved_to(Account.REFUNDS_PAYABLE))).where(LedgerEntry.refund_id == refund_id)
        return self.session.scalars(moved).one()

    def events_of_customer(
        self, books: Books, customer_id: int, first: date, last: date
    ) -> Sequence[Row[Any]]:
        """What changed between us and the customer, in its order: `booked_on`, `kind`, `debit`, `credit`,
        and what it is about: the invoice's `series`, `year`, `number`, the payment's `provider_reference`,
        `refund_id`, `service_month_id`. Movements between two accounts of the customer change nothing.
        """
        entry = LedgerEntry
        debited, credited = entry.debit.in_(CUSTOMER_ACCOUNTS), entry.credit.in_(CUSTOMER_ACCOUNTS)
        about = (entry.booked_on, entry.refund_id, entry.service_month_id, Payment.provider_reference,
                 Invoice.series, Invoice.year, Invoice.number)  # fmt: skip
        kinds = func.array_agg(aggregate_order_by(entry.kind, entry.id), type_=ARRAY(String))
        return self.session.execute(
            select(
                *about,
                kinds[1].label("kind"),
                _sum(entry.amount_minor, debited).label("debit"),
                _sum(entry.amount_minor, credited).label("credit"),
            )
            .outerjoin(Invoice, Invoice.id == entry.invoice_id)
            .outerjoin(Payment, Payment.id == entry.payment_id)
            .where(
                *books.conditions(),
                entry.customer_id == customer_id,
                entry.booked_on.between(first, last),
                debited != credited,
            )
            .group_by(*about)
            .order_by(entry.booked_on, func.min(entry.id))
        ).all()

    def revenue(self, books: Books, first: date, last: date) -> Sequence[Row[Any]]:
        """By `month` (its first day) and `rate` (basis points, None is «Без НДС»): `net` revenue and `vat`.

        The rate is that of the service month; used operations have none, and all lines of their invoice
        have one rate.
        """
        entry = LedgerEntry
        rate_of_invoice = (
            select(func.max(InvoiceLine.vat_rate))
            .where(InvoiceLine.invoice_id == entry.invoice_id)
            .scalar_subquery()
        )
        of_month = entry.service_month_id.is_not(None)
        rate = case((of_month, ServiceMonth.vat_rate), else_=rate_of_invoice).label("rate")
        month = cast(func.date_trunc("month", entry.booked_on), Date).label("month")
        touched = or_(entry.debit == Account.REVENUE, entry.credit == Account.REVENUE)
        lines = (
            select(
                month,
                rate,
                _moved_to(Account.REVENUE).label("net"),
                _moved_to(Account.VAT_PAYABLE).label("vat"),
            )
            .outerjoin(ServiceMonth, ServiceMonth.id == entry.service_month_id)
            .where(*books.conditions(), entry.booked_on.between(first, last), touched)
            .subquery()
        )
        return self.session.execute(
            select(
                lines.c.month, lines.c.rate, _sum(lines.c.net).label("net"), _sum(lines.c.vat).label("vat")
            )
            .group_by(lines.c.month, lines.c.rate)
            .order_by(lines.c.month, lines.c.rate.nulls_first())
        ).all()


def _moved_to(account: Account) -> ColumnElement[int]:
    """What an entry adds to the account's credit."""
    amount = LedgerEntry.amount_minor
    return case((LedgerEntry.credit == account, amount), (LedgerEntry.debit == account, -amount), else_=0)


def _sum(
    amount: SQLColumnExpression[int], condition: ColumnElement[bool] | None = None
) -> ColumnElement[int]:
    """The sum as an integer; nothing where there is nothing to sum."""
    summed = func.sum(amount)
    return cast(func.coalesce(summed if condition is None else summed.filter(condition), 0), BigInteger)
