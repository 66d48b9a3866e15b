"""What a line of a bank statement does: it pays invoices, settles a refund, or waits for a person (H4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.billing.actors import ActorKind
from app.billing.bank_matching import (
    NOT_OURS_TO_BOOK,
    AwaitedRefund,
    Finding,
    InvoiceFacts,
    Match,
    Share,
    match_line,
)
from app.billing.bank_purpose import mentioned_invoices, mentioned_refunds
from app.billing.bank_statement import Direction, StatementLine
from app.billing.errors import Conflict
from app.billing.ledger import money_received
from app.billing.mail import MailKind
from app.billing.money import Money
from app.models import BANK_PROVIDER, BankLine, BankLineShare, BankLineState, Invoice, Payment, StaffTask
from app.services.bookkeeping import Cause, book
from app.services.receipts import Receipt, receive
from app.services.refunds import locked_refund, settle_refund
from app.services.resumption import resume_from_balance
from app.services.sign_off import signature
from app.services.unit_of_work import Repositories, UnitOfWork

NOT_OURS = {
    Finding.OUTGOING: "outgoing, names no refund",
    Finding.OWN_MONEY: "between our own accounts",
}
CERTAIN = "certain"


@dataclass(frozen=True, slots=True)
class Candidates:
    """Everything that a line may mean."""

    invoices: Sequence[InvoiceFacts]
    refunds: Sequence[AwaitedRefund]
    own_accounts: frozenset[str]

    def match(self, line: StatementLine) -> Match:
        """What the line means among them."""
        return match_line(line, self.invoices, self.refunds, self.own_accounts)


def candidates_of(repositories: Repositories, seller_id: int, line: StatementLine) -> Candidates:
    """The invoices that a line may pay, by number, payer and sum; the refund that it may settle."""
    lines = repositories.bank_lines
    own = repositories.bank_statements.accounts_of(seller_id)
    if line.direction is Direction.OUT:
        return Candidates((), lines.awaited_refunds(mentioned_refunds(line.purpose)), own)
    found = (
        *lines.by_number(seller_id, mentioned_invoices(line.purpose)),
        *lines.by_payer(seller_id, line.party_inn),
        *lines.by_sum(seller_id, line.amount),
    )
    return Candidates(list({facts.id: facts for facts in found}.values()), (), own)


def settle_line(work: UnitOfWork, row: BankLine, now: datetime) -> None:
    """Do what is certain about a line that is locked and undecided; all else is left to a person.

    What the rules say is asked again under the locks of the customer and the invoices: another payment may
    have been faster.
    """
    line = row.told()
    match = candidates_of(work, row.seller_id, line).match(line)
    if match.shares:
        _lock(work, [share.invoice_id for share in match.shares])
        match = candidates_of(work, row.seller_id, line).match(line)
    row.finding = match.finding
    if match.shares:
        book_shares(work, row, match.shares, CERTAIN, now)
    elif match.refund_id is not None:
        book_refund(work, row, match, CERTAIN, now)
    elif match.finding in NOT_OURS_TO_BOOK:
        decide(work, row, BankLineState.IGNORED, NOT_OURS[match.finding], now)


def book_shares(work: UnitOfWork, row: BankLine, shares: Sequence[Share], reason: str, now: datetime) -> None:
    """Book a line's money for its invoices: enough pays, what is over is the customer's balance, and so is
    money for an invoice that is paid or void.

    Raises Conflict (SEVERAL_CUSTOMERS).
    """
    invoices = {each.id: each for each in _lock(work, [share.invoice_id for share in shares])}
    references = {share.invoice_id: _reference(row, share, len(shares)) for share in shares}
    receipts = [
        Receipt(
            invoices[each.invoice_id], each.amount, BANK_PROVIDER, references[each.invoice_id], BANK_PROVIDER
        )
        for each in shares
    ]
    late = receive(work, receipts, now)
    resume_from_balance(work, late, now)
    work.write_records()
    payment_ids = work.bank_lines.payment_ids(references.values())
    for share in shares:
        payment_id = payment_ids[references[share.invoice_id]]
        _write_share(work, row, share, payment_id)
    customer_id = next(iter(invoices.values())).customer_id
    decide(work, row, BankLineState.MATCHED, reason, now, customer_id)


def book_part(work: UnitOfWork, row: BankLine, invoice_id: int, reason: str, now: datetime) -> None:
    """Keep a part of what an open invoice asks for towards it: the customer's balance, reserved for it.

    The invoice stays open and asks for the rest. When it is void the money is free on the balance again.
    Raises Conflict (NOT_A_PART) unless it is open and asks for more.
    """
    (invoice,) = _lock(work, [invoice_id])
    if invoice.voided_at is not None or invoice.paid_at is not None or invoice.due <= row.amount:
        raise Conflict(f"{invoice.full_number} does not ask for more", code="NOT_A_PART")
    share = Share(invoice.id, row.amount)
    payment_id = next(work.take_ids(Payment, 1))
    _write_unallocated(work, invoice, row, payment_id, now)
    invoice.balance_minor += row.amount_minor
    _write_share(work, row, share, payment_id)
    decide(work, row, BankLineState.MATCHED, reason, now, invoice.customer_id)


def stand_for_payment(work: UnitOfWork, row: BankLine, invoice_id: int, reason: str, now: datetime) -> bool:
    """Let a line stand for the transfer of its sum that was entered by hand before it came; no money moves.

    False when there is none, or another line stands for it. The invoice's customer is locked.
    """
    payment = work.bank_lines.entered_by_hand(invoice_id, row.amount)
    if payment is None:
        return False
    _write_share(work, row, Share(invoice_id, row.amount), payment.id)
    decide(work, row, BankLineState.MATCHED, reason, now, payment.customer_id)
    return True


def book_refund(work: UnitOfWork, row: BankLine, match: Match, reason: str, now: datetime) -> None:
    """Settle an approved refund with the outgoing line that it left by.

    When another line was faster the refund is no longer waiting, and the line waits for a person.
    """
    assert match.refund_id is not None, "the caller has looked"
    refund = locked_refund(work, match.refund_id)
    if [each.amount for each in work.bank_lines.awaited_refunds([refund.id])] != [row.amount]:
        row.finding = Finding.REFUND_UNKNOWN
        return
    settle_refund(work, refund, _reference(row, None, 1), now)
    row.refund_id = refund.id
    decide(work, row, BankLineState.SETTLED_REFUND, reason, now, refund.customer_id)


def decide(
    work: UnitOfWork,
    row: BankLine,
    state: BankLineState,
    reason: str,
    now: datetime,
    customer_id: int | None = None,
) -> None:
    """Write down what became of a line, by whom and why, with an entry in the audit."""
    row.state, row.reason = state, reason
    row.decided_by, row.decided_at = signature(work.actor), now
    by_person = work.actor.kind is ActorKind.STAFF and reason not in {CERTAIN, *NOT_OURS.values()}
    work.audit(
        "bank_line.decide",
        "bank_line",
        row.id,
        customer_id=customer_id,
        reason=reason if by_person else None,
        now=now,
        details={
            "state": state.value,
            "finding": row.finding.value,
            "minor": row.amount_minor,
            "currency": row.currency,
        },
    )


def _lock(work: UnitOfWork, invoice_ids: Sequence[int]) -> Sequence[Invoice]:
    """The invoices, locked after their one customer. Raises Conflict (SEVERAL_CUSTOMERS)."""
    owners = work.invoices.owners(invoice_ids)
    if len(owners) != 1:
        raise Conflict("a transfer pays invoices of one customer", code="SEVERAL_CUSTOMERS")
    work.customers.get(*owners, lock=True)
    return work.invoices.locked_all(invoice_ids)


def _write_share(work: UnitOfWork, row: BankLine, share: Share, payment_id: int) -> None:
    work.write(
        BankLineShare,
        line_id=row.id,
        invoice_id=share.invoice_id,
        payment_id=payment_id,
        amount_minor=share.amount.minor,
    )


def _write_unallocated(
    work: UnitOfWork, invoice: Invoice, row: BankLine, payment_id: int, now: datetime
) -> None:
    """A payment that is the customer's as a whole. A person has decided about it, so its task is done."""
    work.write(
        Payment,
        id=payment_id,
        customer_id=invoice.customer_id,
        invoice_id=invoice.id,
        provider=BANK_PROVIDER,
        provider_reference=_reference(row, None, 1),
        method_label=BANK_PROVIDER,
        currency=row.currency,
        amount_minor=row.amount_minor,
        unallocated_minor=row.amount_minor,
        received_at=now,
    )
    work.write(
        StaffTask,
        kind="unallocated_payment",
        object_kind="payment",
        object_id=str(payment_id),
        customer_id=invoice.customer_id,
        created_at=now,
        done_at=now,
    )
    cause = Cause(invoice.seller_id, invoice.customer_id, invoice_id=invoice.id, payment_id=payment_id)
    book(work, money_received(BANK_PROVIDER, Money.zero(row.currency), row.amount), cause, now)
    work.promise_mail(
        MailKind.BALANCE_CREDITED, invoice.customer_id, dedupe_key=str(payment_id), payment_id=payment_id
    )


def _reference(row: BankLine, share: Share | None, parts: int) -> str:
    """The bank's number and day of the line, unique for ever by our own number of it."""
    name = f"{row.booked_on:%Y-%m-%d} № {row.reference[:60]} · {row.id}"
    return f"{name}/{share.invoice_id}" if share is not None and parts > 1 else name
