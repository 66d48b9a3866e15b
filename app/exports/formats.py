"""Which writer makes which file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import BinaryIO

from app.billing.registers_table import Table
from app.exports.csv_table import write_csv
from app.exports.xlsx_table import write_xlsx
from app.exports.xml_table import write_xml


class ExportFormat(StrEnum):
    """What a table is written as; the value is the ending of the file's name."""

    XLSX = "xlsx"
    CSV = "csv"
    XML = "xml"

    @property
    def media_type(self) -> str:
        """As HTTP names it."""
        return MEDIA_TYPES[self]


MEDIA_TYPES: Mapping[ExportFormat, str] = MappingProxyType(
    {
        ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ExportFormat.CSV: "text/csv",
        ExportFormat.XML: "application/xml",
    }
)
WRITERS: Mapping[ExportFormat, Callable[[Table, BinaryIO], int]] = MappingProxyType(
    {ExportFormat.XLSX: write_xlsx, ExportFormat.CSV: write_csv, ExportFormat.XML: write_xml}
)


def write_table(table: Table, file_format: ExportFormat, file: BinaryIO) -> int:
    """Write the table into the open file, row by row; answers how many rows it has, totals aside.

    No text of it can become a formula of a spreadsheet or markup. Raises Conflict (EXPORT_TOO_LONG) when
    the format can't hold so much: nothing is ever cut off silently.
    """
    return WRITERS[file_format](table, file)
