"""Tables as comma-separated values that a Russian Excel opens: byte order mark, semicolons, CRLF."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import BinaryIO

from app.billing.registers_table import Cell, Table, Totals
from app.formatting.characters import printable_text
from app.formatting.csv_file import BYTE_ORDER_MARK, harmless

TOTAL = "Всего"


def write_csv(table: Table, file: BinaryIO) -> int:
    """The headings, every row, the totals; answers how many rows."""
    totals, count = Totals(table.columns), 0
    file.write(BYTE_ORDER_MARK.encode())
    file.write(_line(column.title for column in table.columns))
    for row in totals.adding(table.rows):
        file.write(_line(map(_text, row)))
        count += 1
    if totals.any:
        file.write(_line(map(_text, totals.cells(TOTAL))))
    return count


def _line(cells: Iterable[str]) -> bytes:
    line = StringIO()
    csv.writer(line, delimiter=";", lineterminator="\r\n").writerow(list(cells))
    return line.getvalue().encode()


def _text(cell: Cell) -> str:
    """Sums with a comma and without spaces, so that a spreadsheet can add them; a text is never a formula."""
    if isinstance(cell, Decimal):
        return f"{cell:f}".replace(".", ",")
    if isinstance(cell, date):
        return f"{cell:%d.%m.%Y}"
    if isinstance(cell, str):
        return harmless(printable_text(cell))
    return "" if cell is None else str(cell)
