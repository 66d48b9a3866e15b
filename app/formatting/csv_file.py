"""Files of comma-separated values as a Russian Excel opens them: a byte order mark, semicolons, CRLF."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

BYTE_ORDER_MARK = "\ufeff"
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet would compute such a cell, so a text that a customer typed could act there."""


def csv_lines(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """The lines of the file in UTF-8, one for each row. No cell is ever a formula."""
    yield BYTE_ORDER_MARK.encode()
    for row in rows:
        line = StringIO()
        csv.writer(line, delimiter=";", lineterminator="\r\n").writerow([harmless(cell) for cell in row])
        yield line.getvalue().encode()


def harmless(cell: str) -> str:
    """The cell as a text, with an apostrophe in front where it would be a formula."""
    return f"'{cell}" if cell.startswith(STARTS_A_FORMULA) else cell
