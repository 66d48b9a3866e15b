"""What customers owe and have with us at the end of a day, summed from the ledger (K1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from app.billing.money import Money
from app.repositories.ledger import Books
from app.services.ledger_reports import CustomerPosition
from app.services.unit_of_work import Transactions


@dataclass(frozen=True, slots=True)
class CustomerBalance:
    """The position of one customer."""

    customer_id: int
    email: str
    position: CustomerPosition


@contextmanager
def open_balances(
    transactions: Transactions, *, books: Books, day: date
) -> Iterator[Iterator[CustomerBalance]]:
    """Everybody whose position is not nothing after the day, by customer; read while they are taken."""
    with transactions.reading() as repositories:
        rows = repositories.register_ledger.balances(books, day)
        yield (
            CustomerBalance(
                row.customer_id,
                row.email,
                CustomerPosition(
                    receivable=Money(row.receivable, books.currency),
                    advances=Money(row.advances, books.currency),
                    balance=Money(row.balance, books.currency),
                    refunds_payable=Money(row.refunds_payable, books.currency),
                ),
            )
            for row in rows
        )
