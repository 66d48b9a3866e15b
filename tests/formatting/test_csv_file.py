"""CSV as a Russian Excel opens it, and harmless."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formatting.csv_file import csv_lines, harmless


def test_the_file_opens_in_a_russian_excel() -> None:
    content = b"".join(csv_lines([("Номер", "Сумма"), ("СЧ-2026-000001", "990,00"), ("a;b", 'c"d')]))
    assert content == ("\ufeffНомер;Сумма\r\nСЧ-2026-000001;990,00\r\n" + '"a;b";"c""d"\r\n').encode()


@pytest.mark.parametrize("cell", ["=1+1", "+7", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell) == "'" + cell


def test_an_ordinary_cell_stays_as_it_is() -> None:
    for cell in ("", "990,00", "ООО «Ромашка»", "a=b", "1-2"):
        assert harmless(cell) == cell


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(rows=st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=5))
def test_what_is_written_is_read_again(rows: list[list[str]]) -> None:
    text = b"".join(csv_lines(rows)).decode("utf-8-sig")
    read = list(csv.reader(StringIO(text, newline=""), delimiter=";"))
    assert read == [[harmless(cell) for cell in row] for row in rows]
