"""Statements that come by themselves: what is certain is booked, the rest waits, no file is lost (H4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.billing.bank_statement import BankStatement
from app.billing.errors import InvalidInput
from app.billing.invoice import InvoiceStatus
from app.billing.statement_folder import DroppedFile
from app.bootstrap import Container
from app.models import BankLine, BankLineState, Invoice, Payment, StaffTask
from app.services.bank_statements import Importing
from app.services.statement_pickup import take_statements
from tests.bank import importing, line, statement
from tests.factories import rows
from tests.services.test_bank_statements import NUMBER


class Folder:
    """A folder in memory."""

    def __init__(self, *names: str) -> None:
        self.waiting = list(names)
        self.gone: set[str] = set()
        self.put_away: list[tuple[str, bool]] = []

    def ready(self, real_now: datetime) -> Sequence[str]:
        return list(self.waiting)

    def read(self, name: str) -> DroppedFile | None:
        return None if name in self.gone else DroppedFile(name, name.encode(), (0, 0))

    def finish(self, file: DroppedFile, *, accepted: bool) -> None:
        self.waiting.remove(file.name)
        self.put_away.append((file.name, accepted))


def take(container: Container, imports: Importing, folder: Folder) -> int:
    real_now = container.wall_clock.now()
    return take_statements(imports, folder, now=container.clock.now(), real_now=real_now)


def test_what_is_certain_is_booked_and_the_rest_waits(container: Container, invoice_id: int) -> None:
    folder = Folder("march.txt")
    assert take(container, importing(container, statement(line(NUMBER), line("за услуги", 5))), folder) == 1
    assert folder.put_away == [("march.txt", True)]
    assert rows(container, Invoice)[0].status is InvoiceStatus.PAID
    states = [row.state for row in rows(container, BankLine)]
    assert states == [BankLineState.MATCHED, BankLineState.UNMATCHED]
    assert [task.kind for task in rows(container, StaffTask)] == ["bank_lines_waiting"]


def test_a_refused_file_is_put_away_with_a_task_and_the_next_one_is_taken(
    container: Container, invoice_id: int
) -> None:
    def read(_content: bytes, filename: str) -> Sequence[BankStatement]:
        if filename == "bad.txt":
            raise InvalidInput("no statement", code="STATEMENT_MALFORMED")
        return [statement(line(NUMBER))]

    folder = Folder("bad.txt", "good.txt")
    assert take(container, Importing(container.transactions, read), folder) == 2
    assert folder.put_away == [("bad.txt", False), ("good.txt", True)]
    (task,) = rows(container, StaffTask)
    assert (task.kind, task.object_id) == ("bank_file:STATEMENT_MALFORMED", "bad.txt")
    assert len(rows(container, Payment)) == 1


def test_a_file_that_is_gone_is_nothing(container: Container, invoice_id: int) -> None:
    folder = Folder("march.txt")
    folder.gone.add("march.txt")
    assert take(container, importing(container, statement(line(NUMBER))), folder) == 0
    assert (folder.put_away, rows(container, BankLine)) == ([], [])
