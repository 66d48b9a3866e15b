"""Issuing what is due: advances, then service, then receipts; in chunks, each one transaction (J3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from app.billing.actors import Actor
from app.services.bulk import BulkResult, in_chunks
from app.services.issuing.advances import issue_advances
from app.services.issuing.receipts import issue_payment_receipts, issue_refund_receipts
from app.services.issuing.services import groups_of, issue_services
from app.services.unit_of_work import Transactions, UnitOfWork

ACTOR = Actor.system("documents")

Row = TypeVar("Row")
Issue = Callable[[UnitOfWork, Sequence[Row], datetime], int]


def issue_due_documents(transactions: Transactions, *, now: datetime) -> BulkResult:
    """Issue every document that is due for payments, refunds and service given, dated by its legal day
    however late this runs.

    Safe to run twice and on two machines at once: a row that another one holds is left to it. What can't be
    issued goes to staff (`documents:…`) and is tried again the next time; so does what waits for a rate of
    the Bank of Russia. `handled` counts the rows whose documents are issued now, or for which none is due.
    """
    result = BulkResult()
    with transactions.reading() as repositories:
        due = repositories.undocumented
        invoices, payments, refunds = due.prepaid_invoices(), due.payments(), due.refunds()
    _in_turn(transactions, invoices, issue_advances, lambda row: ("invoice", row), now, result)
    with transactions.reading() as repositories:
        due = repositories.undocumented
        groups = groups_of(due.months(), due.usage_invoices())
    _in_turn(transactions, groups, issue_services, lambda group: group.concerns, now, result)
    _in_turn(transactions, payments, issue_payment_receipts, lambda row: ("payment", row), now, result)
    _in_turn(transactions, refunds, issue_refund_receipts, lambda row: ("refund", row), now, result)
    return result


def _in_turn(
    transactions: Transactions,
    rows: Sequence[Row],
    issue: Issue[Row],
    concerns: Callable[[Row], tuple[str, int]],
    now: datetime,
    result: BulkResult,
) -> None:
    """Issue for these rows chunk by chunk; one that fails alone is parked."""

    def handle(places: Sequence[int]) -> None:
        with transactions.begin(ACTOR) as work:
            handled = issue(work, [rows[place] for place in places], now)
        result.handled += handled

    def park(place: int, code: str) -> None:
        kind, identity = concerns(rows[place])
        with transactions.begin(ACTOR) as work:
            owner = work.undocumented.owner(kind, identity)
            work.ask_staff(f"documents:{code}"[:64], kind, identity, owner, now)
        result.parked.append(identity)

    in_chunks(range(len(rows)), handle, park)
