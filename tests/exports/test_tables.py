"""Tables as files, each read back: the same rows in all, and no text that acts."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from app.billing.errors import Conflict
from app.billing.registers_table import Cell, CellKind, Column, Table
from app.exports import ExportFormat, write_table
from app.formatting.characters import printable_text

COLUMNS = (
    Column("1", "number", "№ п/п", CellKind.COUNT),
    Column("7", "buyer", "Наименование покупателя"),
    Column("8", "accepted_on", "Дата", CellKind.DAY),
    Column("13б", "gross", "Стоимость", CellKind.SUM, totalled=True),
)
ROWS: tuple[tuple[Cell, ...], ...] = (
    (1, "ООО «Ромашка»", date(2026, 3, 31), Decimal("990.00")),
    (2, "=1+1", None, Decimal("-12.50")),
    (3, "+7 495", date(2025, 12, 31), Decimal("1234567.89")),
    (4, "-минус", None, None),
    (5, "@SUM(A1)", None, Decimal("0.01")),
    (6, "<b>&\"'\x07; \n\u202e строка", None, Decimal("0.00")),
    (7, "https://example.com", None, None),
)
TOTAL = Decimal("1235545.40")
SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
SCHEMA = Path(__file__).parents[2] / "docs" / "registers.xsd"


def table(rows: Iterable[Sequence[Cell]] = ROWS, title: str = "Книга: продаж") -> Table:
    return Table("sales", title, (("Продавец", "ООО «БПМ Центр»"),), COLUMNS, rows)


def written(file_format: ExportFormat, rows: Iterable[Sequence[Cell]] = ROWS) -> bytes:
    file = BytesIO()
    assert write_table(table(rows), file_format, file) == len(list(rows))
    return file.getvalue()


def cells_of_csv(content: bytes) -> list[list[str]]:
    text = content.decode("utf-8-sig")
    assert content.startswith(b"\xef\xbb\xbf")
    assert text.count("\r\n") == text.count("\n")
    return list(csv.reader(StringIO(text), delimiter=";"))


def sheet_of(content: bytes) -> Any:
    with zipfile.ZipFile(BytesIO(content)) as book:
        return etree.fromstring(book.read("xl/worksheets/sheet1.xml"))


def cells_of_xlsx(content: bytes) -> dict[str, tuple[str, str]]:
    """Every filled cell: its type and its text."""
    found = {}
    for cell in sheet_of(content).iter(f"{SPREADSHEET}c"):
        text = "".join(cell.itertext())
        if text:
            found[cell.get("r")] = (cell.get("t") or "n", text)
    return found


def test_csv_is_what_a_russian_spreadsheet_opens() -> None:
    heading, *rows, total = cells_of_csv(written(ExportFormat.CSV))
    assert heading == ["№ п/п", "Наименование покупателя", "Дата", "Стоимость"]
    assert rows[0] == ["1", "ООО «Ромашка»", "31.03.2026", "990,00"]
    assert [row[1] for row in rows] == [
        "ООО «Ромашка»", "'=1+1", "'+7 495", "'-минус", "'@SUM(A1)", "<b>&\"' ;   строка", "https://example.com",
    ]  # fmt: skip
    assert rows[1][3] == "-12,50", "a sum below zero stays a number"
    assert total == ["", "Всего", "", "1235545,40"]


def test_xlsx_has_texts_and_numbers_and_not_one_formula_or_link() -> None:
    content = written(ExportFormat.XLSX)
    sheet, cells = sheet_of(content), cells_of_xlsx(content)
    assert not list(sheet.iter(f"{SPREADSHEET}f")), "a formula"
    assert not list(sheet.iter(f"{SPREADSHEET}hyperlink"))
    assert cells["A1"] == ("inlineStr", "Книга: продаж")
    assert cells["A2"] == ("inlineStr", "Продавец: ООО «БПМ Центр»")
    assert [cells[f"{column}5"][1] for column in "ABCD"] == ["1", "7", "8", "13б"]
    assert [cells[f"B{row}"] for row in range(7, 11)] == [
        ("inlineStr", text) for text in ("=1+1", "+7 495", "-минус", "@SUM(A1)")
    ]
    assert cells["D7"] == ("n", "-12.50")
    assert cells["D8"] == ("n", "1234567.89")
    assert cells["C6"] == ("n", "46112"), "31.03.2026 as a spreadsheet counts days"
    assert Decimal(cells["D13"][1]) == TOTAL


def test_the_headings_of_a_sheet_stand_still() -> None:
    (pane,) = sheet_of(written(ExportFormat.XLSX)).iter(f"{SPREADSHEET}pane")
    assert (pane.get("ySplit"), pane.get("xSplit"), pane.get("state")) == ("5", "1", "frozen")


def test_xml_keeps_its_schema_and_says_the_same() -> None:
    document = etree.fromstring(written(ExportFormat.XML))
    etree.XMLSchema(etree.parse(SCHEMA)).assertValid(document)
    names = {"r": "urn:bpm-centr:register:1"}
    first, second, *_rest = document.findall("r:row", names)
    assert {cell.get("column"): cell.text for cell in first} == {
        "number": "1", "buyer": "ООО «Ромашка»", "accepted_on": "2026-03-31", "gross": "990.00",
    }  # fmt: skip
    assert {cell.get("column"): cell.text for cell in second} == {
        "number": "2", "buyer": "=1+1", "gross": "-12.50",
    }  # fmt: skip
    assert document.findtext("r:total/r:cell", namespaces=names) == str(TOTAL)
    assert document.findtext("r:fact", namespaces=names) == "ООО «БПМ Центр»"
    assert [column.get("number") for column in document.findall("r:column", names)] == ["1", "7", "8", "13б"]


texts = st.text(max_size=40)
sums = st.decimals(-(10**11), 10**11, places=2)
random_rows = st.lists(
    st.tuples(
        st.integers(1, 10**6), texts | st.none(), st.dates(date(2000, 1, 1)) | st.none(), sums | st.none()
    ),
    max_size=5,
)


@given(random_rows)
def test_all_formats_hold_the_same_rows(rows: list[tuple[Cell, ...]]) -> None:
    _heading, *from_csv, _total = cells_of_csv(written(ExportFormat.CSV, rows))
    xml = etree.fromstring(written(ExportFormat.XML, rows))
    names = {"r": "urn:bpm-centr:register:1"}
    from_xml = [{cell.get("column"): cell.text for cell in row} for row in xml.findall("r:row", names)]
    from_xlsx = cells_of_xlsx(written(ExportFormat.XLSX, rows))
    for number, (row, in_csv, in_xml) in enumerate(zip(rows, from_csv, from_xml, strict=True), start=6):
        _count, text, day, amount = row
        shown = printable_text(text) if isinstance(text, str) else ""
        assert in_csv[1].removeprefix("'") == shown.removeprefix("'")
        assert not re.match(r"[=+\-@\t\r]", in_csv[1])
        assert in_xml.get("buyer", "") == shown
        assert in_csv[2] == (f"{day:%d.%m.%Y}" if day else "")
        assert in_xml.get("accepted_on") == (day.isoformat() if isinstance(day, date) else None)
        assert in_csv[3] == ("" if amount is None else f"{amount:f}".replace(".", ","))
        assert in_xml.get("gross") == (None if amount is None else f"{amount:f}")
        in_xlsx = from_xlsx.get(f"D{number}")
        assert (in_xlsx is None) == (amount is None)
        if in_xlsx is not None:
            assert Decimal(in_xlsx[1]) == amount


def test_what_a_sheet_can_not_hold_is_refused_and_not_cut() -> None:
    too_long = [(1, "я" * 40_000, None, None)]
    with pytest.raises(Conflict) as refusal:
        write_table(table(too_long), ExportFormat.XLSX, BytesIO())
    assert refusal.value.code == "EXPORT_TOO_LONG"


def test_a_table_without_sums_has_no_totals() -> None:
    plain = Table("plain", "Список", (), COLUMNS[:2], [(1, "один")])
    for file_format in ExportFormat:
        file = BytesIO()
        assert write_table(plain, file_format, file) == 1
        assert "Всего".encode() not in file.getvalue()


def test_every_format_has_its_media_type() -> None:
    assert {each.value: each.media_type for each in ExportFormat} == {
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "csv": "text/csv",
        "xml": "application/xml",
    }
