"""From what a reader found to statements: positions, fingerprints, control of totals; for every format."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from app.billing.bank_statement import BankStatement, Direction, StatementLine
from app.billing.money import Money, total
from app.billing.statement_refusal import StatementFault, malformed, mismatched, too_large

MOST_LINES = 50_000
"""Lines of one file. More would take a person's patience and a worker's memory; banks split long periods."""

MOST_ROWS = 1_500_000
"""Rows of text in one file: more than the largest file of real rows has."""

LONGEST_ACCOUNT = 64
LONGEST_REFERENCE = 140
LONGEST_NAME = 500
LONGEST_PURPOSE = 4_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A line as its file tells it; `line` is the place in the file."""

    line: int
    booked_on: date
    direction: Direction
    amount: Money
    reference: str
    purpose: str
    party_name: str
    party_inn: str | None
    party_account: str | None

    def __post_init__(self) -> None:
        """Refuse texts that no bank writes: a field swallowed the rest of the file."""
        limits = (
            (self.reference, LONGEST_REFERENCE, "reference"),
            (self.purpose, LONGEST_PURPOSE, "purpose"),
            (self.party_name, LONGEST_NAME, "name"),
            (self.party_account or "", LONGEST_ACCOUNT, "account"),
        )
        for text, longest, what in limits:
            if len(text) > longest:
                raise malformed(StatementFault.TOO_LONG, self.line, f"{what} above {longest} characters")


@dataclass(slots=True)
class Draft:
    """An account's part of the file while it is read; `line` is where its totals stand."""

    account: str
    currency: str
    line: int
    starts_on: date
    ends_on: date
    opening: Money | None = None
    closing: Money | None = None
    turnover_in: Money | None = None
    turnover_out: Money | None = None
    entries: list[Entry] = field(default_factory=list)


def require_room(lines: int) -> None:
    """Stop a reader at the limit of lines: StatementRefused STATEMENT_TOO_LARGE."""
    if lines > MOST_LINES:
        raise too_large(f"more than {MOST_LINES} lines")


def require_rows(rows: int) -> None:
    """Stop a reader that counts rows of text: StatementRefused STATEMENT_TOO_LARGE."""
    if rows > MOST_ROWS:
        raise too_large(f"more than {MOST_ROWS} rows")


def assemble(drafts: Sequence[Draft]) -> list[BankStatement]:
    """The statements of a file, each equal to its own totals.

    Raises StatementRefused: MALFORMED when there is none, TOTALS_MISMATCH when lines and totals differ.
    """
    if not drafts:
        raise malformed(StatementFault.MISSING, None, "no statement in the file")
    statements, position = [], 0
    for draft in drafts:
        _require_frame(draft)
        _require_totals(draft)
        statements.append(_statement(draft, position))
        position += len(draft.entries)
    return statements


def _require_frame(draft: Draft) -> None:
    if len(draft.account) > LONGEST_ACCOUNT:
        raise malformed(StatementFault.TOO_LONG, draft.line, f"account above {LONGEST_ACCOUNT} characters")
    if draft.starts_on > draft.ends_on:
        raise malformed(StatementFault.DATE, draft.line, "the period ends before it begins")


def _require_totals(draft: Draft) -> None:
    came = _sum(draft, Direction.IN)
    went = _sum(draft, Direction.OUT)
    if draft.turnover_in not in (None, came):
        raise mismatched(StatementFault.TURNOVER, draft.line, "incoming lines don't add up to their total")
    if draft.turnover_out not in (None, went):
        raise mismatched(StatementFault.TURNOVER, draft.line, "outgoing lines don't add up to their total")
    if draft.opening is None or draft.closing is None:
        return
    if draft.opening + came - went != draft.closing:
        raise mismatched(StatementFault.BALANCE, draft.line, "the lines don't lead from opening to closing")


def _sum(draft: Draft, direction: Direction) -> Money:
    return total((entry.amount for entry in draft.entries if entry.direction is direction), draft.currency)


def _statement(draft: Draft, before: int) -> BankStatement:
    seen: Counter[tuple[str | None, ...]] = Counter()
    lines = []
    for position, entry in enumerate(draft.entries, before + 1):
        identity = _identity(draft.account, entry)
        seen[identity] += 1
        lines.append(_line(position, fingerprint(identity, seen[identity]), entry))
    return BankStatement(
        account=draft.account,
        currency=draft.currency,
        starts_on=draft.starts_on,
        ends_on=draft.ends_on,
        opening=draft.opening,
        closing=draft.closing,
        turnover_in=draft.turnover_in,
        turnover_out=draft.turnover_out,
        lines=tuple(lines),
    )


def _line(position: int, name: str, entry: Entry) -> StatementLine:
    return StatementLine(
        position=position,
        fingerprint=name,
        booked_on=entry.booked_on,
        direction=entry.direction,
        amount=entry.amount,
        reference=entry.reference,
        purpose=entry.purpose,
        party_name=entry.party_name,
        party_inn=entry.party_inn,
        party_account=entry.party_account,
    )


def _identity(account: str, entry: Entry) -> tuple[str | None, ...]:
    return (
        account,
        entry.booked_on.isoformat(),
        entry.direction.value,
        str(entry.amount.minor),
        entry.amount.currency,
        entry.reference,
        entry.purpose,
        entry.party_name,
        entry.party_inn,
        entry.party_account,
    )


def fingerprint(identity: tuple[str | None, ...], occurrence: int) -> str:
    """SHA-256 of all that tells a line from others, in hex.

    The day is a part of the identity, so `occurrence` counts equal lines within a day: whatever period an
    overlapping statement covers, its days are whole and the counts are the same. JSON keeps the parts apart.
    """
    whole = json.dumps([*identity, occurrence], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(whole.encode()).hexdigest()
