"""Reports that tie to the ledger because they are sums of its entries (K1, H7).

Days are billing dates, the first and the last included. Every report is of one ledger: of one seller in
one currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Row

from app.billing.invoice import invoice_number
from app.billing.ledger import Account, EntryKind
from app.billing.money import Money, total
from app.repositories.ledger import Books
from app.services.unit_of_work import Transactions


@dataclass(frozen=True, slots=True)
class AccountTurnover:
    """An account over some days; opening and closing are debit less credit."""

    account: str
    opening: Money
    debit: Money
    credit: Money

    @property
    def closing(self) -> Money:
        """The balance after the last day, debit less credit."""
        return self.opening + self.debit - self.credit


@dataclass(frozen=True, slots=True)
class CustomerPosition:
    """What stands between a customer and the seller at a moment; every amount is above or at zero."""

    receivable: Money
    """Service given that the customer has to pay for."""
    advances: Money
    """Paid for service to come, VAT inside."""
    balance: Money
    """The customer's money that paid nothing yet."""
    refunds_payable: Money
    """Refunds decided and not sent."""

    @property
    def owed_by_customer(self) -> Money:
        """What the customer owes less what we owe; below zero we owe."""
        return self.receivable - self.advances - self.balance - self.refunds_payable


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One event of an акт сверки: `debit` makes the customer owe more, `credit` less."""

    on: date
    kind: EntryKind
    debit: Money
    credit: Money
    invoice_number: str | None
    payment_reference: str | None
    """The provider's name of the payment."""
    refund_id: int | None


@dataclass(frozen=True, slots=True)
class CustomerStatement:
    """An акт сверки: the opening position and the lines add up to the closing one."""

    opening: CustomerPosition
    lines: tuple[StatementLine, ...]
    closing: CustomerPosition


@dataclass(frozen=True, slots=True)
class RevenueAtRate:
    """Service given at one rate of VAT, in basis points; None is «Без НДС». Refunds are taken off."""

    rate: int | None
    net: Money
    vat: Money


@dataclass(frozen=True, slots=True)
class MonthlyRevenue:
    """What the service months brought whose last day fell into a calendar month; `month` is its first day."""

    month: date
    by_rate: tuple[RevenueAtRate, ...]

    @property
    def net(self) -> Money:
        """Revenue without VAT: the turnover of the account."""
        return total((each.net for each in self.by_rate), self.by_rate[0].net.currency)


def trial_balance(
    transactions: Transactions, *, seller_id: int, currency: str, first: date, last: date
) -> list[AccountTurnover]:
    """Every account that was touched up to the last day, by name."""
    with transactions.reading() as repositories:
        rows = repositories.ledger.turnovers(Books(seller_id, currency), first, last)
    return [_turnover(row, currency) for row in rows]


def customer_statement(
    transactions: Transactions, *, seller_id: int, customer_id: int, currency: str, first: date, last: date
) -> CustomerStatement:
    """Everything that changed between the seller and the customer, with the positions before and after.

    VAT and what moves between the customer's own accounts (an advance that ends with its service) is no
    line. All of it is read from one moment, so that it adds up while others write.
    """
    books = Books(seller_id, currency)
    with transactions.reading() as repositories:
        repositories.ledger.read_one_moment()
        turnovers = [
            _turnover(row, currency) for row in repositories.ledger.turnovers(books, first, last, customer_id)
        ]
        events = repositories.ledger.events_of_customer(books, customer_id, first, last)
    return CustomerStatement(
        opening=_position({each.account: each.opening for each in turnovers}, currency),
        lines=tuple(_statement_line(row, currency) for row in events),
        closing=_position({each.account: each.closing for each in turnovers}, currency),
    )


def revenue_by_service_month(
    transactions: Transactions, *, seller_id: int, currency: str, first: date, last: date
) -> list[MonthlyRevenue]:
    """Net revenue and VAT by rate of every calendar month in which anything was booked.

    A refund of service given lowers the month of its decision at the rate of the service.
    """
    with transactions.reading() as repositories:
        rows = repositories.ledger.revenue(Books(seller_id, currency), first, last)
    return [
        MonthlyRevenue(month, tuple(_at_rate(rows_of_month, currency)))
        for month, rows_of_month in groupby(rows, key=lambda row: row.month)
    ]


def _turnover(row: Row[Any], currency: str) -> AccountTurnover:
    return AccountTurnover(
        row.account, Money(row.opening, currency), Money(row.debit, currency), Money(row.credit, currency)
    )


def _position(balances: dict[str, Money], currency: str) -> CustomerPosition:
    nothing = Money.zero(currency)
    return CustomerPosition(
        receivable=balances.get(Account.RECEIVABLE, nothing),
        advances=-balances.get(Account.ADVANCES, nothing),
        balance=-balances.get(Account.CUSTOMER_BALANCE, nothing),
        refunds_payable=-balances.get(Account.REFUNDS_PAYABLE, nothing),
    )


def _statement_line(row: Row[Any], currency: str) -> StatementLine:
    return StatementLine(
        on=row.booked_on,
        kind=EntryKind(row.kind),
        debit=Money(row.debit, currency),
        credit=Money(row.credit, currency),
        invoice_number=None if row.number is None else invoice_number(row.series, row.year, row.number),
        payment_reference=row.provider_reference,
        refund_id=row.refund_id,
    )


def _at_rate(rows: Iterable[Row[Any]], currency: str) -> Sequence[RevenueAtRate]:
    return [RevenueAtRate(row.rate, Money(row.net, currency), Money(row.vat, currency)) for row in rows]
