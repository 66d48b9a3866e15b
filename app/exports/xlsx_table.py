"""Tables as XLSX in constant memory: a frozen heading, sums as numbers, texts that are nothing but texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, BinaryIO

import xlsxwriter

from app.billing.errors import Conflict
from app.billing.registers_table import Cell, CellKind, Table, Totals
from app.formatting.characters import printable_text

TOTAL = "Всего"
WIDTHS = {CellKind.TEXT: 28, CellKind.COUNT: 7, CellKind.DAY: 12, CellKind.SUM: 16}
NARROW = 12
"""Texts of few characters."""
SHORT = frozenset({"code", "currency"})
NUMBER, DAY = "#,##0.00", "dd.mm.yyyy"
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
FORBIDDEN, LONGEST_NAME = re.compile(r"[\[\]:*?/\\]"), 31
"""What the name of a sheet may not have."""
EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - a file's date of creation, always the same
"""The same table makes the same file."""


def write_xlsx(table: Table, file: BinaryIO) -> int:
    """The title and facts, the columns' numbers and headings, every row, the totals; answers how many rows.

    Raises Conflict (EXPORT_TOO_LONG) when a sheet can't hold the rows, or a cell its text.
    """
    with xlsxwriter.Workbook(file, OPTIONS) as book:
        book.set_properties({"title": table.title, "created": EPOCH})
        sheet = _Sheet(book, table)
        totals, count = Totals(table.columns), 0
        for row in totals.adding(table.rows):
            sheet.add(row)
            count += 1
        if totals.any:
            sheet.add(totals.cells(TOTAL), bold=True)
        return count


class _Sheet:
    """A worksheet that rows are added to, from the top down: what is above can't be changed any more."""

    def __init__(self, book: Any, table: Table) -> None:
        self._sheet = book.add_worksheet(FORBIDDEN.sub("", table.title)[:LONGEST_NAME])
        self._formats = {
            (kind, bold): book.add_format({"bold": bold} | _look(kind))
            for kind in CellKind
            for bold in (False, True)
        }
        self._columns = table.columns
        self._row = 0
        for place, column in enumerate(table.columns):
            self._sheet.set_column(place, place, NARROW if column.name in SHORT else WIDTHS[column.kind])
        self._head(book, table)

    def add(self, cells: Sequence[Cell], *, bold: bool = False) -> None:
        """Write a row."""
        for place, (column, cell) in enumerate(zip(self._columns, cells, strict=True)):
            if cell is not None:
                self._write(place, cell, self._formats[column.kind, bold])
        self._row += 1

    def _head(self, book: Any, table: Table) -> None:
        plain, strong = self._formats[CellKind.TEXT, False], self._formats[CellKind.TEXT, True]
        heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "border": 1})
        self._write(0, table.title, strong)
        for name, value in table.facts:
            self._row += 1
            self._write(0, f"{name}: {value}", plain)
        self._row += 2
        for line in ([column.title for column in table.columns], [column.number for column in table.columns]):
            for place, text in enumerate(line):
                self._write(place, text, heading)
            self._row += 1
        self._sheet.freeze_panes(self._row, 1)

    def _write(self, place: int, cell: Cell, look: Any) -> None:
        if isinstance(cell, str):
            refused = self._sheet.write_string(self._row, place, printable_text(cell), look)
        elif isinstance(cell, date):
            refused = self._sheet.write_datetime(self._row, place, datetime.combine(cell, time.min), look)
        else:
            refused = self._sheet.write_number(self._row, place, Decimal(cell or 0), look)
        if refused:
            raise Conflict(f"row {self._row} of {self._columns[place].name}", code="EXPORT_TOO_LONG")


def _look(kind: CellKind) -> dict[str, Any]:
    return {"num_format": {CellKind.SUM: NUMBER, CellKind.DAY: DAY}.get(kind, "General"), "valign": "top"}
