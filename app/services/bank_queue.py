"""The queue of lines that need a person: matched with what is chosen, or put aside, with a reason (H4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.billing.actors import Actor
from app.billing.bank_matching import (
    AwaitedRefund,
    Finding,
    Guess,
    InvoiceFacts,
    Match,
    Share,
    best_guesses,
    split,
)
from app.billing.bank_statement import Direction
from app.billing.errors import Conflict, InvalidInput, NotFound
from app.billing.invoice import InvoiceStatus
from app.models import BankLine, BankLineState
from app.services.bank_lines import (
    book_part,
    book_refund,
    book_shares,
    candidates_of,
    decide,
    stand_for_payment,
)
from app.services.sign_off import require_staff, stated_reason
from app.services.unit_of_work import Repositories, Transactions, UnitOfWork

UNDECIDED = frozenset({BankLineState.UNMATCHED, BankLineState.IGNORED})


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person says that a line is: the money of these invoices, or the refund that it sent."""

    line_id: int
    reason: str
    invoice_ids: tuple[int, ...] = ()
    refund_id: int | None = None
    as_part: bool = False
    """The sum is a part of what the one invoice asks for, and is kept towards it."""


@dataclass(frozen=True, slots=True)
class Guessed:
    """An invoice that a line may pay, with what is known of it."""

    guess: Guess
    invoice: InvoiceFacts


def guesses_for(repositories: Repositories, row: BankLine) -> list[Guessed]:
    """The likeliest invoices for an incoming line as things are now, the best first."""
    line = row.told()
    if line.direction is Direction.OUT:
        return []
    invoices = candidates_of(repositories, row.seller_id, line).invoices
    facts = {each.id: each for each in invoices}
    return [Guessed(guess, facts[guess.invoice_id]) for guess in best_guesses(line, invoices)]


def refund_for(repositories: Repositories, row: BankLine) -> AwaitedRefund | None:
    """The refund that an outgoing line names and that still waits for its money to leave."""
    line = row.told()
    if line.direction is Direction.IN:
        return None
    return next(iter(candidates_of(repositories, row.seller_id, line).refunds), None)


def match_chosen(transactions: Transactions, *, actor: Actor, choice: Choice, now: datetime) -> None:
    """Book an undecided line as a person says.

    Enough pays the invoice and what is over is the customer's balance; so is money for an invoice that is
    paid or void. A transfer of the line's sum that was entered by hand before is not booked twice. Several
    invoices are paid only by exactly their sum. Raises NotPermitted for anybody but staff, NotFound,
    InvalidInput (REASON_REQUIRED, NOTHING_CHOSEN, TRANSFER_AMOUNT for another currency), Conflict
    (LINE_DECIDED, UNDERPAID, NOT_A_PART, SUMS_DIFFER, SEVERAL_CUSTOMERS, CHARGE_IN_PROGRESS,
    REFUND_NOT_AWAITED).
    """
    require_staff(actor)
    reason = stated_reason(choice.reason)
    with transactions.begin(actor) as work:
        row = _undecided(work, choice.line_id)
        if row.direction is Direction.OUT:
            _match_refund(work, row, choice.refund_id, reason, now)
        else:
            _match_invoices(work, row, choice, reason, now)


def ignore_line(
    transactions: Transactions, *, actor: Actor, line_id: int, reason: str, now: datetime
) -> None:
    """Put a line aside: it is not ours to book. It can still be matched later.

    Raises NotPermitted for anybody but staff, NotFound, InvalidInput (REASON_REQUIRED), Conflict
    (LINE_DECIDED).
    """
    require_staff(actor)
    reason = stated_reason(reason)
    with transactions.begin(actor) as work:
        decide(work, _undecided(work, line_id), BankLineState.IGNORED, reason, now)


def _undecided(work: UnitOfWork, line_id: int) -> BankLine:
    row = work.bank_lines.get(line_id, lock=True)
    if row.state not in UNDECIDED:
        raise Conflict(f"line {line_id} is {row.state}", code="LINE_DECIDED")
    return row


def _match_refund(work: UnitOfWork, row: BankLine, refund_id: int | None, reason: str, now: datetime) -> None:
    if refund_id is None:
        raise InvalidInput("an outgoing line settles a refund", code="NOTHING_CHOSEN")
    book_refund(work, row, Match(Finding.REFUND, refund_id=refund_id), reason, now)
    if row.state is not BankLineState.SETTLED_REFUND:
        raise Conflict(f"refund {refund_id} waits for no such sum", code="REFUND_NOT_AWAITED")


def _match_invoices(work: UnitOfWork, row: BankLine, choice: Choice, reason: str, now: datetime) -> None:
    if not choice.invoice_ids:
        raise InvalidInput("an incoming line pays invoices", code="NOTHING_CHOSEN")
    if len(work.invoices.owners(choice.invoice_ids)) > 1:
        raise Conflict("a transfer pays invoices of one customer", code="SEVERAL_CUSTOMERS")
    _lock(work, choice.invoice_ids)
    chosen = work.bank_lines.facts_of(row.seller_id, choice.invoice_ids)
    if len(chosen) != len(set(choice.invoice_ids)):
        raise NotFound("invoice")
    if any(each.due.currency != row.currency for each in chosen):
        raise InvalidInput("the invoice is in another currency", code="TRANSFER_AMOUNT")
    if any(each.is_being_charged and each.status is InvoiceStatus.OPEN for each in chosen):
        raise Conflict("the invoice is being paid by card", code="CHARGE_IN_PROGRESS")
    if choice.as_part:
        _require_one(chosen)
        book_part(work, row, chosen[0].id, reason, now)
    elif len(chosen) != 1 or not stand_for_payment(work, row, chosen[0].id, reason, now):
        book_shares(work, row, _shares(row, chosen), reason, now)


def _lock(work: UnitOfWork, invoice_ids: Sequence[int]) -> None:
    """The one customer of the invoices, before what is known of them is read."""
    for owner in work.invoices.owners(invoice_ids):
        work.customers.get(owner, lock=True)
    work.invoices.locked_all(invoice_ids)


def _require_one(chosen: Sequence[InvoiceFacts]) -> None:
    if len(chosen) != 1:
        raise Conflict("a part is of one invoice", code="NOT_A_PART")


def _shares(row: BankLine, chosen: Sequence[InvoiceFacts]) -> tuple[Share, ...]:
    if len(chosen) == 1:
        if chosen[0].status is InvoiceStatus.OPEN and row.amount < chosen[0].due:
            raise Conflict(f"invoice {chosen[0].id} asks for more", code="UNDERPAID")
        return (Share(chosen[0].id, row.amount),)
    shares = split(row.amount, chosen)
    if not shares or any(each.status is not InvoiceStatus.OPEN for each in chosen):
        raise Conflict("the sum is not that of the invoices", code="SUMS_DIFFER")
    return shares
