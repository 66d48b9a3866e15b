"""Tables as XML of a schema of our own: docs/registers.xsd says it, docs/registers.md explains it.

The tax service's schema of the sales book is not public; this one is for programs that take the figures over.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from lxml import etree

from app.billing.registers_table import Cell, Column, Table, Totals
from app.formatting.characters import printable_text

NAMESPACE = "urn:bpm-centr:register:1"
NAMES: dict[Any, str] = {None: NAMESPACE}


def write_xml(table: Table, file: BinaryIO) -> int:
    """The facts, the columns, every row with its filled cells, the totals; answers how many rows."""
    totals, count = Totals(table.columns), 0
    with etree.xmlfile(file, encoding="utf-8") as document:
        document.write_declaration()
        with document.element(_tag("register"), name=table.name, title=table.title, nsmap=NAMES):
            for name, value in table.facts:
                document.write(_element("fact", printable_text(value), name=name))
            for column in table.columns:
                document.write(_column(column))
            for row in totals.adding(table.rows):
                document.write(_row("row", table, row))
                count += 1
            if totals.any:
                document.write(_row("total", table, totals.cells("")))
    return count


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _element(tag: str, text: str | None = None, **attributes: str) -> Any:
    element = etree.Element(_tag(tag), attributes, nsmap=NAMES)
    element.text = text
    return element


def _column(column: Column) -> Any:
    told = {"name": column.name, "kind": column.kind.value, "title": column.title}
    if column.number:
        told["number"] = column.number
    return _element("column", **told)


def _row(tag: str, table: Table, cells: Any) -> Any:
    row = _element(tag)
    for column, cell in zip(table.columns, cells, strict=True):
        text = _text(cell)
        if text:
            row.append(_element("cell", text, column=column.name))
    return row


def _text(cell: Cell) -> str:
    """Sums with a point, days as ISO 8601."""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else printable_text(str(cell))
