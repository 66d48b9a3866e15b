"""Files broken at random: a refusal or the whole file, never a crash and never a part (fault 34)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.billing.bank_statement import BankStatement, Direction
from app.billing.money import total
from app.billing.statement_refusal import StatementRefused
from app.payments.bank.statements import read_statements
from tests.payments.bank.samples import MOVES, camt053, exchange, mt940

EXAMPLES, TORTURES = 1_000, 20_000

Mutation = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Sort:
    """Files of one sort: a good one, what every line of it begins with, pieces to plant."""

    content: bytes
    mark: re.Pattern[bytes]
    pieces: tuple[bytes, ...]


def words(encoding: str, *texts: str) -> tuple[bytes, ...]:
    return tuple(text.encode(encoding) for text in texts)


def beginning(word: bytes) -> re.Pattern[bytes]:
    """The word as the key of a line, with spaces around or without a value."""
    return re.compile(rb"^[ \t]*" + re.escape(word) + rb"[ \t]*(?:=|\r*$)", re.MULTILINE)


def exchange_sort(encoding: str) -> Sort:
    pieces = words(
        encoding,
        "\r\nСекцияДокумент=\r\n",
        "\r\nКонецДокумента\r\n",
        "\r\nСекцияРасчСчет\r\n",
        "\r\nКонецРасчСчет\r\n",
    )
    more = words(
        encoding, "\r\nКонецФайла\r\n", "\r\nСумма=1e9\r\n", "\r\nДатаСписано=12.01.2026\r\n", "Счет="
    )
    return Sort(
        exchange(MOVES, encoding=encoding), beginning("СекцияДокумент".encode(encoding)), pieces + more
    )


SORTS = {
    "1C, windows-1251": exchange_sort("windows-1251"),
    "1C, utf-8": exchange_sort("utf-8"),
    "camt.053": Sort(
        camt053(MOVES),
        re.compile(rb"<Ntry\s*>"),
        (
            b"<Ntry>",
            b"</Ntry>",
            b"</Stmt>",
            b"<Stmt>",
            b"<!--",
            b"-->",
            b"<![CDATA[",
            b"]]>",
            b"&#0;",
            b"&x;",
            b"<?x?>",
        ),
    ),
    "MT940": Sort(
        mt940(MOVES),
        re.compile(rb"^:61:", re.MULTILINE),
        (
            b"\r\n:61:",
            b"\r\n:86:",
            b"\r\n:62F:",
            b"\r\n:20:",
            b"\r\n-\r\n",
            b"?31",
            b"?20",
            b"//",
            b"\r\n:60M:",
            b"\r\n:",
        ),
    ),
}
HARMFUL = (
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"-",
    b"1e30",
    b"NaN",
    b",",
    b"\x1a",
    b"\r",
    b"\n",
    "٣".encode(),
    b"9" * 40,
)


def mutations(sort: Sort) -> st.SearchStrategy[Mutation]:
    """One change: a byte, a piece taken out, written twice, moved or planted, a digit, the end cut off."""
    places = st.integers(0, len(sort.content))
    lengths = st.integers(1, 200)
    pieces = st.sampled_from(sort.pieces + HARMFUL) | st.binary(min_size=1, max_size=8)
    return st.one_of(
        st.builds(replaced, places, st.binary(min_size=1, max_size=2)),
        st.builds(removed, places, lengths),
        st.builds(doubled, places, lengths),
        st.builds(moved, places, places, lengths),
        st.builds(planted, places, pieces),
        st.builds(digit_changed, places, st.sampled_from(b"0123456789")),
        st.builds(cut, places),
    )


def replaced(place: int, put: bytes) -> Mutation:
    return lambda content: content[:place] + put + content[place + len(put) :]


def removed(place: int, length: int) -> Mutation:
    return lambda content: content[:place] + content[place + length :]


def doubled(place: int, length: int) -> Mutation:
    return lambda content: content[: place + length] + content[place:]


def moved(place: int, to: int, length: int) -> Mutation:
    def move(content: bytes) -> bytes:
        piece, rest = content[place : place + length], content[:place] + content[place + length :]
        return rest[:to] + piece + rest[to:]

    return move


def planted(place: int, piece: bytes) -> Mutation:
    return lambda content: content[:place] + piece + content[place:]


def digit_changed(place: int, digit: int) -> Mutation:
    def change(content: bytes) -> bytes:
        found = next((at for at in range(place, len(content)) if content[at : at + 1].isdigit()), None)
        return content if found is None else content[:found] + bytes([digit]) + content[found + 1 :]

    return change


def cut(place: int) -> Mutation:
    return lambda content: content[:place]


def require_whole(statements: list[BankStatement], content: bytes, sort: Sort) -> None:
    """Every line that the file holds is there, and what a statement states is what its lines make up."""
    lines = [line for statement in statements for line in statement.lines]
    assert len(lines) == len(sort.mark.findall(content))
    assert [line.position for line in lines] == list(range(1, len(lines) + 1))
    assert all(line.amount.minor > 0 for line in lines)
    for statement in statements:
        came, went = (
            total((line.amount for line in statement.lines if line.direction is way), statement.currency)
            for way in (Direction.IN, Direction.OUT)
        )
        assert statement.turnover_in in (None, came)
        assert statement.turnover_out in (None, went)
        if statement.opening is not None and statement.closing is not None:
            assert statement.opening + came - went == statement.closing


@pytest.mark.parametrize("name", SORTS)
@pytest.mark.parametrize("times", [EXAMPLES, pytest.param(TORTURES, marks=pytest.mark.torture)])
def test_a_broken_file_is_refused_or_read_whole(name: str, times: int) -> None:
    sort = SORTS[name]
    read = 0

    @settings(max_examples=times // len(SORTS), deadline=None, suppress_health_check=list(HealthCheck))
    @given(changes=st.lists(mutations(sort), min_size=1, max_size=4))
    def check(changes: list[Mutation]) -> None:
        nonlocal read
        content = sort.content
        for change in changes:
            content = change(content)
        try:
            statements = read_statements(content, name)
        except StatementRefused:
            return
        read += 1
        require_whole(statements, content, sort)

    check()
    assert read, "no file was read: the changes are too rough to prove anything"
