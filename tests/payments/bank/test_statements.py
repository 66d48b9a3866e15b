"""The door for statements: formats, fingerprints, limits of size, memory and time."""

import io
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from app.billing.statement_refusal import StatementRefused
from app.payments.bank.assembly import MOST_LINES
from app.payments.bank.statements import LARGEST_FILE, read_statements
from tests.payments.bank.samples import (
    MOVES,
    OUR_ACCOUNT,
    Move,
    camt053,
    exchange,
    exchange_text,
    lines_of,
    mt940,
)

PROJECT = Path(__file__).parents[3]
MEGABYTE = 1024 * 1024
WRITERS: dict[str, Callable[..., bytes]] = {"1c": exchange, "camt": camt053, "mt940": mt940}
formats = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)


def fingerprints(content: bytes) -> list[str]:
    return [line.fingerprint for statement in read_statements(content, "x") for line in statement.lines]


@formats
def test_the_format_is_told_by_the_content_and_streams_are_read_like_bytes(
    write: Callable[..., bytes],
) -> None:
    assert read_statements(io.BytesIO(write()), "wrong.pdf") == read_statements(write(), "")


@formats
def test_a_mark_of_utf_8_before_the_file_does_no_harm(write: Callable[..., bytes]) -> None:
    content = exchange(encoding="utf-8") if write is exchange else write()
    assert read_statements(b"\xef\xbb\xbf" + content, "x") == read_statements(write(), "x")


class Dripping(io.RawIOBase):
    """A stream that gives seven bytes at a time, as sockets may."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.inner = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self.inner.read(min(size, 7))


def test_a_stream_that_gives_less_than_asked_is_read_to_its_end() -> None:
    assert read_statements(Dripping(exchange()), "x") == read_statements(exchange(), "x")  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"PK\x03\x04", b"%PDF-1.4", b"date;sum\n1;2", b":61:"])
def test_anything_else_is_not_known(content: bytes) -> None:
    with pytest.raises(StatementRefused) as refused:
        read_statements(content, "C:/statements/january.csv")
    assert (refused.value.code, refused.value.line) == ("STATEMENT_FORMAT_UNKNOWN", None)
    assert refused.value.__notes__ == ["in january.csv"]


@formats
def test_equal_lines_of_a_day_are_told_apart(write: Callable[..., bytes]) -> None:
    assert len(set(fingerprints(write([MOVES[0]] * 3)))) == 3


@formats
def test_overlapping_statements_name_their_lines_alike(write: Callable[..., bytes]) -> None:
    days = [[replace(MOVES[0], day=date(2026, 1, day))] * 2 for day in (12, 13, 14)]
    first = fingerprints(write([*days[0], *days[1]], "100.00"))
    second = fingerprints(write([*days[1], *days[2]], "2080.00"))
    assert first[2:] == second[:2]
    assert len({*first, *second}) == 6


@formats
def test_a_line_in_between_changes_no_other_fingerprint(write: Callable[..., bytes]) -> None:
    alone = fingerprints(write([MOVES[0], MOVES[2]]))
    assert fingerprints(write(MOVES)) == [alone[0], fingerprints(write(MOVES))[1], alone[1]]


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "990.01"},
        {"amount": "-990.00"},
        {"number": "2"},
        {"day": date(2026, 1, 13)},
        {"purpose": "другое"},
        {"name": "другой"},
        {"inn": "500100732259"},
    ],
)
def test_whatever_tells_a_line_changes_its_fingerprint(change: dict[str, str]) -> None:
    changed = replace(MOVES[0], **change)  # type: ignore[arg-type]
    assert fingerprints(exchange([MOVES[0]])) != fingerprints(exchange([changed]))


def test_words_that_move_between_fields_change_the_fingerprint() -> None:
    one, other = Move("1.00", name="a", purpose="b,c"), Move("1.00", name="a,b", purpose="c")
    assert fingerprints(exchange([one])) != fingerprints(exchange([other]))


def test_a_fingerprint_never_changes() -> None:
    """Stored lines are known by it: another formula would import every line again."""
    assert fingerprints(exchange([MOVES[0]])) == [
        "c09726b946a09a439bb1d38dc68d10aedd08c4b4caeb2439cf25589962c087d8"
    ]


def test_a_file_of_exactly_the_limit_is_read() -> None:
    with pytest.raises(StatementRefused) as refused:
        read_statements(exchange() + b" " * (LARGEST_FILE + 1 - len(exchange())), "x")
    assert refused.value.code == "STATEMENT_TOO_LARGE"
    whole = camt053() + b" " * (LARGEST_FILE - len(camt053()))
    assert read_statements(whole, "x") == read_statements(camt053(), "x")


def test_more_lines_than_the_limit_are_refused() -> None:
    text = exchange_text([MOVES[0]])
    empty = lines_of(
        "СекцияДокумент=",
        "ДатаПоступило=12.01.2026",
        "Сумма=1.00",
        f"ПолучательСчет={OUR_ACCOUNT}",
        "КонецДокумента",
    )
    with pytest.raises(StatementRefused) as refused:
        read_statements(
            text.replace("КонецФайла", empty * MOST_LINES + "КонецФайла").encode("windows-1251"), "x"
        )
    assert refused.value.code == "STATEMENT_TOO_LARGE"


READ_IN_A_CELL = """
import resource, sys
from pathlib import Path
from app.billing.statement_refusal import StatementRefused
from app.payments.bank.statements import read_statements

pages = int(Path("/proc/self/statm").read_text().split()[0])
limit = pages * resource.getpagesize() + int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
with Path(sys.argv[1]).open("rb") as file:
    try:
        read_statements(file, sys.argv[1])
    except StatementRefused as refusal:
        sys.stdout.write(f"{refusal.code} {file.tell()}")
"""


def read_in_a_cell(
    content: Callable[[io.BufferedWriter], object], memory: int, tmp_path: Path
) -> tuple[str, int]:
    """The code of the refusal and the bytes read, in a process of its own with so much memory and 30 s."""
    path = tmp_path / "statement"
    with path.open("wb") as file:
        content(file)
    command = [sys.executable, "-c", READ_IN_A_CELL, str(path), str(memory)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    code, _, read = done.stdout.partition(" ")
    return code, int(read)


def hundred_megabytes(file: io.BufferedWriter) -> None:
    file.write(exchange())
    file.truncate(100 * MEGABYTE)


def test_a_hundred_megabytes_are_refused_within_a_hundred_and_not_read(tmp_path: Path) -> None:
    code, read = read_in_a_cell(hundred_megabytes, 100 * MEGABYTE, tmp_path)
    assert code == "STATEMENT_TOO_LARGE"
    assert read <= LARGEST_FILE + MEGABYTE


def filled(beginning: bytes, repeated: bytes) -> Callable[[io.BufferedWriter], object]:
    """A file of almost the limit that goes on and on."""
    times = (LARGEST_FILE - len(beginning)) // len(repeated)
    return lambda file: file.write(beginning + repeated * times)


CAMT = camt053().partition(b"<GrpHdr>")[0]
MESSAGE = mt940().partition(b":61:")[0]
EXCHANGE = exchange().partition("СекцияДокумент".encode("windows-1251"))[0]
SECTION = "СекцияРасчСчет\r\nРасчСчет=40702810000000074935\r\nКонецРасчСчет\r\n".encode("windows-1251")
HOSTILE = {
    "elements without end": filled(CAMT, b"<a/>"),
    "depth without end": filled(CAMT, b"<a>"),
    "elements in one entry": filled(CAMT + b"<Stmt><Ntry>", b"<Amt/>"),
    "one text without end": filled(CAMT + b"<Stmt><Ntry><Amt>", b"1"),
    "one tag without end": filled(CAMT + b"<a ", b'b="1" '),
    "statements without end": filled(CAMT, b"<Stmt></Stmt>"),
    "one line without end": filled(b"1CClientBankExchange\r\n", b"1"),
    "sections without end": filled(EXCHANGE, SECTION),
    "keys without end": filled(EXCHANGE + "СекцияДокумент\r\n".encode("windows-1251"), b"a=1\r\n"),
    "accounts without end": filled(
        EXCHANGE.partition(b"\n")[0] + b"\n", "РасчСчет=40702810000000074935\n".encode()
    ),
    "lines of nothing": filled(EXCHANGE, b"\n"),
    "details without end": filled(MESSAGE + b":61:260112C1,00NTRFX\n", b":86:a\n"),
    "one field without end": filled(MESSAGE + b":61:260112C1,00NTRFX\n:86:", b"a\n"),
    "payments without end": filled(MESSAGE, b":61:260112C1,00NTRFX\n"),
    "messages without end": filled(b"", MESSAGE + b":62F:C260131EUR100,00\n"),
    "tags of nothing": filled(MESSAGE, b":13:\n"),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_in_bounded_time_and_memory(
    content: Callable[[io.BufferedWriter], object], tmp_path: Path
) -> None:
    assert read_in_a_cell(content, 250 * MEGABYTE, tmp_path)[0] in {
        "STATEMENT_MALFORMED",
        "STATEMENT_TOO_LARGE",
    }
