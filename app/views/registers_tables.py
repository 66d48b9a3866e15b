"""Tables of registers and reports on pages, and as files to take along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from itertools import islice
from typing import Any

from flask import Response, abort, send_file, url_for
from flask_babel import format_decimal, gettext
from markupsafe import Markup

from app.billing.registers_table import Cell, Column, Table, Totals
from app.formatting.dates import format_date
from app.services.registers_export import TableFormat
from app.views.base import Command, Section
from app.views.context import container, may
from app.views.presentation import language

MOST_READ = 20_000
"""Rows that a page reads for its totals; the totals of a longer table stand in its file."""


@dataclass(frozen=True, slots=True)
class PageOfTable:
    """Some rows of a table, and where its neighbours begin; None where there is none."""

    section: Section
    previous: int | None
    following: int | None


def page_of(table: Table, skip: int, size: int) -> PageOfTable:
    """`size` rows of the table after `skip` of them, with the totals of all when it is not too long."""
    totals = Totals(table.columns)
    rows = islice(totals.adding(table.rows), MOST_READ + 1)
    kept: list[Sequence[Cell]] = []
    count = 0
    for place, row in enumerate(rows):
        count += 1
        if skip <= place < skip + size:
            kept.append(row)
    shown = [_shown_row(row) for row in kept]
    if kept and totals.any and count <= MOST_READ:
        shown.append(_shown_row(totals.cells(gettext("Total"))))
    return PageOfTable(
        Section(table.title, headings(table.columns), shown),
        previous=max(0, skip - size) if skip else None,
        following=skip + size if count > skip + size else None,
    )


def section_of(table: Table) -> Section:
    """The whole of a short table."""
    totals = Totals(table.columns)
    rows = [_shown_row(row) for row in totals.adding(table.rows)]
    if rows and totals.any:
        rows.append(_shown_row(totals.cells(gettext("Total"))))
    return Section(table.title, headings(table.columns), rows)


def headings(columns: Iterable[Column]) -> list[str]:
    """The headings, with the numbers of the form in front."""
    return [f"{column.number}. {column.title}" if column.number else column.title for column in columns]


def format_of(suffix: str) -> TableFormat:
    """The format of this ending; 404 for any other."""
    found = next((each for each in container().table_formats if each.suffix == suffix), None)
    if found is None:
        abort(404)
    return found


def sent(table: Table, table_format: TableFormat, name: str) -> Response:
    """The table as a file. Raises BillingError when it can't be written; nothing was sent then."""
    file = BytesIO()
    table_format.write(table, file)
    file.seek(0)
    answer: Response = send_file(
        file,
        mimetype=table_format.media_type,
        as_attachment=True,
        download_name=f"{name}.{table_format.suffix}",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def export_commands(view: str, arguments: Mapping[str, Any], *, method: str = "export") -> list[Command]:
    """A button for each format, for those who may take the table along."""
    if not may("can_export", view):
        return []
    return [
        Command(
            gettext("Download %(format)s", format=each.suffix.upper()),
            url_for(f"{view}.{method}", **arguments, format=each.suffix),
            "download",
        )
        for each in container().table_formats
    ]


def _shown_row(row: Sequence[Cell]) -> list[Any]:
    return [_shown(cell) for cell in row]


def _shown(cell: Cell) -> Any:
    if isinstance(cell, Decimal):
        text = format_decimal(cell, format="#,##0.00")
        return Markup('<span class="amount">{}</span>').format(text)
    if isinstance(cell, date):
        return format_date(cell, language())
    return cell
