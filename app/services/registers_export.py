"""Long registers as files: written by a worker while whoever asked sees how far it is (J4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, BinaryIO

from app.billing.actors import Actor
from app.billing.registers import Register
from app.billing.registers_table import Cell, Table
from app.services.long_work import Turn, WorkKind, start_work
from app.services.registers import RegisterRequest, open_register
from app.services.sign_off import require_staff
from app.services.unit_of_work import Transactions

MOST_AT_ONCE = 10_000
"""Documents of an export that the browser waits for; a longer one is long work."""
ROWS_OF_A_WORD = 5_000
"""After so many rows those who wait are told."""


@dataclass(frozen=True, slots=True)
class TableFormat:
    """How a table becomes a file: the writer answers how many rows it wrote."""

    suffix: str
    media_type: str
    write: Callable[[Table, BinaryIO], int]

    @property
    def kind(self) -> str:
        """The kind of long work that makes it."""
        return f"register_{self.suffix}"


def count_of(transactions: Transactions, *, wanted: RegisterRequest) -> int:
    """About how many rows a register has: the documents of its days."""
    with transactions.reading() as repositories:
        return sum(each.count for each in repositories.registers.issued(wanted.stretch()))


def ask_for_register(
    transactions: Transactions, *, actor: Actor, wanted: RegisterRequest, suffix: str, real_now: datetime
) -> int:
    """Have a worker write the register; the id of the long work.

    Raises NotPermitted for anybody but staff, Conflict (TOO_MUCH_WORK).
    """
    require_staff(actor)
    parameters = {
        "register": wanted.register.value,
        "seller_id": wanted.seller_id,
        "first": wanted.first.isoformat(),
        "last": wanted.last.isoformat(),
    }
    with transactions.begin(actor) as work:
        kind = f"register_{suffix}"
        return start_work(work, kind=kind, parameters=parameters, actor=actor, real_now=real_now)


def note_register_export(
    transactions: Transactions, *, actor: Actor, name: str, arguments: Mapping[str, str], now: datetime
) -> None:
    """Write into the audit that an employee took a register out of the house, and which.

    Raises NotPermitted for anybody but staff.
    """
    require_staff(actor)
    with transactions.begin(actor) as work:
        work.audit("register.export", "register", name, now=now, details=dict(arguments))


def register_kinds(transactions: Transactions, formats: Sequence[TableFormat]) -> dict[str, WorkKind]:
    """Writing registers as kinds of long work, one a format."""
    return {each.kind: _kind(transactions, each) for each in formats}


def _kind(transactions: Transactions, table_format: TableFormat) -> WorkKind:
    return WorkKind(
        lambda turn: _write(transactions, table_format, turn), table_format.suffix, table_format.media_type
    )


def _write(transactions: Transactions, table_format: TableFormat, turn: Turn) -> str:
    """The whole register in one turn: it is of one moment, so a broken one is begun anew."""
    wanted = _request(turn.parameters)
    total = count_of(transactions, wanted=wanted)
    with turn.open(anew=True) as file, open_register(transactions, wanted=wanted) as table:
        table_format.write(replace(table, rows=_telling(table.rows, turn, total)), file)
    return f"{table.name}-{wanted.first}-{wanted.last}"


def _telling(rows: Any, turn: Turn, total: int) -> Iterator[Sequence[Cell]]:
    for done, row in enumerate(rows):
        if done % ROWS_OF_A_WORD == 0:
            turn.tell(done, max(total, done))
        yield row


def _request(parameters: Mapping[str, Any]) -> RegisterRequest:
    return RegisterRequest(
        Register(parameters["register"]),
        parameters["seller_id"],
        date.fromisoformat(parameters["first"]),
        date.fromisoformat(parameters["last"]),
    )
