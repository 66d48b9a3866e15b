"""Bank statements read from a file: looked at first, then applied line by line, each line once (H4)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.billing.actors import Actor, ActorKind
from app.billing.bank_matching import MONEY_CERTAIN, NOT_OURS_TO_BOOK, Finding, InvoiceFacts, Match
from app.billing.bank_statement import BankStatement as ToldStatement
from app.billing.bank_statement import Direction, StatementLine
from app.billing.errors import BillingError, InvalidInput, NotPermitted
from app.billing.invoice import InvoiceStatus
from app.billing.money import Money, total
from app.models import BankLineState, Seller
from app.services.bank_lines import Candidates, candidates_of, settle_line
from app.services.sign_off import signature
from app.services.unit_of_work import Repositories, Transactions, UnitOfWork

ReadStatements = Callable[[bytes, str], Sequence[ToldStatement]]
"""Reads a file's content by its name. Raises BillingError for a file that can't be believed as a whole."""

LONGEST_FILENAME = 255


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A file as it came."""

    filename: str
    content: bytes

    @property
    def sha256(self) -> str:
        """What the file is recognised by."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Importing:
    """What importing needs: transactions, and a reader of files."""

    transactions: Transactions
    read: ReadStatements


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A line and what would become of it; a known one changes nothing."""

    line: StatementLine
    match: Match
    is_known: bool

    @property
    def state(self) -> BankLineState:
        """The state that it would get."""
        if self.match.finding in MONEY_CERTAIN:
            return BankLineState.MATCHED
        if self.match.finding is Finding.REFUND:
            return BankLineState.SETTLED_REFUND
        is_ours = self.match.finding not in NOT_OURS_TO_BOOK
        return BankLineState.UNMATCHED if is_ours else BankLineState.IGNORED


@dataclass(frozen=True, slots=True)
class StatementPreview:
    """A statement and what would become of each of its lines."""

    statement: ToldStatement
    lines: tuple[PreviewLine, ...]

    def sum_of(self, direction: Direction, state: BankLineState | None, *, known: bool = False) -> Money:
        """The sum of the lines in a direction that would get the state, or that are known already."""
        return total(
            (
                each.line.amount
                for each in self.lines
                if each.line.direction is direction
                and (each.is_known if known else not each.is_known and each.state is state)
            ),
            self.statement.currency,
        )


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did to one statement."""

    statement_id: int
    new: int
    known: int
    waiting: int
    """Of the new lines those that wait for a person."""


def preview_statement(importing: Importing, *, file: StatementFile) -> list[StatementPreview]:
    """What would become of each line of the file if it was applied now. Writes nothing.

    A line sees what the lines before it would have paid. Raises as `apply_statement` does.
    """
    statements = importing.read(file.content, file.filename)
    paid: dict[int, InvoiceStatus] = {}
    with importing.transactions.reading() as repositories:
        return [_preview(repositories, statement, paid) for statement in statements]


def apply_statement(
    importing: Importing, *, actor: Actor, file: StatementFile, now: datetime
) -> list[Imported]:
    """Store every line of the file once and do what is certain about it, a transaction a line.

    The same file again, one that overlaps, and one whose import broke off change nothing about lines that
    are stored. Nothing is written of a file that can't be believed. Raises NotPermitted for customers,
    InvalidInput (BANK_ACCOUNT_UNKNOWN for another firm's statement, STATEMENT_TOTALS) and what the reader
    raises.
    """
    if actor.kind not in (ActorKind.STAFF, ActorKind.SYSTEM):
        raise NotPermitted(f"{actor.kind} imports nothing")
    statements = importing.read(file.content, file.filename)
    with importing.transactions.reading() as repositories:
        sellers = [_seller(repositories, statement) for statement in statements]
    for statement in statements:
        _require_totals(statement)
    return [
        _Import(importing.transactions, actor, statement, seller, now).run(file, position)
        for position, (statement, seller) in enumerate(zip(statements, sellers, strict=True), start=1)
    ]


def _preview(
    repositories: Repositories, statement: ToldStatement, paid: dict[int, InvoiceStatus]
) -> StatementPreview:
    seller = _seller(repositories, statement)
    _require_totals(statement)
    fingerprints = [line.fingerprint for line in statement.lines]
    known = repositories.bank_lines.known(seller.id, statement.account, fingerprints)
    lines = []
    for line in statement.lines:
        candidates = candidates_of(repositories, seller.id, line)
        match = replace(candidates, invoices=_as_paid(candidates, paid)).match(line)
        is_known = line.fingerprint in known
        if not is_known:
            paid |= {share.invoice_id: InvoiceStatus.PAID for share in match.shares}
        lines.append(PreviewLine(line, match, is_known))
    return StatementPreview(statement, tuple(lines))


def _as_paid(candidates: Candidates, paid: Mapping[int, InvoiceStatus]) -> list[InvoiceFacts]:
    return [replace(each, status=paid.get(each.id, each.status)) for each in candidates.invoices]


def _seller(repositories: Repositories, statement: ToldStatement) -> Seller:
    seller = repositories.bank_statements.seller_of(statement.account, statement.currency)
    if seller is None:
        raise InvalidInput("the account is no seller's", code="BANK_ACCOUNT_UNKNOWN")
    return seller


def _turnover(statement: ToldStatement, direction: Direction) -> Money:
    amounts = (line.amount for line in statement.lines if line.direction is direction)
    return total(amounts, statement.currency)


def _require_totals(statement: ToldStatement) -> None:
    came, went = _turnover(statement, Direction.IN), _turnover(statement, Direction.OUT)
    agrees = statement.turnover_in in (None, came) and statement.turnover_out in (None, went)
    if statement.opening is not None and statement.closing is not None:
        agrees = agrees and statement.opening + came - went == statement.closing
    if not agrees or len({line.fingerprint for line in statement.lines}) != len(statement.lines):
        raise InvalidInput("the lines do not add up to the totals", code="STATEMENT_TOTALS")


def _minor(amount: Money | None) -> int | None:
    return None if amount is None else amount.minor


@dataclass(frozen=True, slots=True)
class _Import:
    """One statement on its way into the tables."""

    transactions: Transactions
    actor: Actor
    statement: ToldStatement
    seller: Seller
    now: datetime

    def run(self, file: StatementFile, position: int) -> Imported:
        """Store the statement, then its lines one by one, then that all are there."""
        with self.transactions.begin(self.actor) as work:
            statement_id = work.bank_statements.keep(self._values(file, position))
        states = [self._line(statement_id, line) for line in self.statement.lines]
        new = [state for state in states if state is not None]
        waiting = new.count(BankLineState.UNMATCHED)
        imported = Imported(statement_id, len(new), len(states) - len(new), waiting)
        with self.transactions.begin(self.actor) as work:
            self._complete(work, imported)
        return imported

    def _line(self, statement_id: int, line: StatementLine) -> BankLineState | None:
        """Store one line and settle it; None when it was known. What the business refuses waits."""
        try:
            with self.transactions.begin(self.actor) as work:
                return self._store(work, statement_id, line, settle=True)
        except BillingError:
            with self.transactions.begin(self.actor) as work:
                return self._store(work, statement_id, line, settle=False)

    def _store(
        self, work: UnitOfWork, statement_id: int, line: StatementLine, *, settle: bool
    ) -> BankLineState | None:
        line_id = work.bank_lines.keep(self._line_values(statement_id, line))
        if line_id is None:
            return None
        row = work.bank_lines.get(line_id)
        if settle:
            settle_line(work, row, self.now)
        return row.state

    def _complete(self, work: UnitOfWork, imported: Imported) -> None:
        row = work.bank_statements.get(imported.statement_id, lock=True)
        if row.completed_at is None:
            row.completed_at = self.now
            if imported.waiting and self.actor.kind is ActorKind.SYSTEM:
                work.ask_staff("bank_lines_waiting", "bank_statement", row.id, None, self.now)
        details = {"new": imported.new, "known": imported.known, "waiting": imported.waiting}
        work.audit("bank_statement.import", "bank_statement", row.id, now=self.now, details=details)

    def _values(self, file: StatementFile, position: int) -> dict[str, object]:
        told = self.statement
        return {
            "seller_id": self.seller.id,
            "account": told.account,
            "currency": told.currency,
            "starts_on": told.starts_on,
            "ends_on": told.ends_on,
            "opening_minor": _minor(told.opening),
            "closing_minor": _minor(told.closing),
            "turnover_in_minor": _minor(told.turnover_in),
            "turnover_out_minor": _minor(told.turnover_out),
            "line_count": len(told.lines),
            "in_minor": _turnover(told, Direction.IN).minor,
            "out_minor": _turnover(told, Direction.OUT).minor,
            "filename": file.filename[-LONGEST_FILENAME:],
            "file_sha256": file.sha256,
            "position": position,
            "imported_at": self.now,
            "imported_by": signature(self.actor),
        }

    def _line_values(self, statement_id: int, line: StatementLine) -> dict[str, object]:
        return {
            "statement_id": statement_id,
            "seller_id": self.seller.id,
            "account": self.statement.account,
            "fingerprint": line.fingerprint,
            "position": line.position,
            "booked_on": line.booked_on,
            "direction": line.direction,
            "currency": line.amount.currency,
            "amount_minor": line.amount.minor,
            "reference": line.reference,
            "purpose": line.purpose,
            "party_name": line.party_name,
            "party_inn": line.party_inn,
            "party_account": line.party_account,
            "state": BankLineState.UNMATCHED,
            "finding": Finding.REFUSED,
        }
