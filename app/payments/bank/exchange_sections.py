"""The grammar of 1CClientBankExchange: sections of `key=value` lines, one at a time, with their places.

Source of the format: https://v8.1c.ru/tekhnologii/obmen-dannymi-i-integratsiya/standarty-i-formaty/
standart-obmena-s-sistemami-klient-banka/ . What the file says of its encoding is not believed: banks write
«Кодировка=Windows» over UTF-8 and DOS files alike, so the spelling of the format's own words decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

from app.billing.statement_refusal import StatementFault, malformed
from app.payments.bank.assembly import require_rows
from app.payments.bank.values import require_printable

MAGIC = "1CClientBankExchange"
ACCOUNT_SECTION = "СекцияРасчСчет"
DOCUMENT_SECTION = "СекцияДокумент"
END_OF_FILE = "КонецФайла"
_ENDS = {ACCOUNT_SECTION: "КонецРасчСчет", DOCUMENT_SECTION: "КонецДокумента"}
_REPEATED_IN_HEADER = {"РасчСчет", "Документ"}
_ENCODINGS = ("utf-8", "windows-1251", "cp866")
_TELLTALES = ("Секция", "Формат", "Счет", END_OF_FILE)

_END_MARK_OF_DOS = b"\x1a"

LONGEST_LINE = 8_192
MOST_KEYS = 200


@dataclass(slots=True)
class Section:
    """One section; the header is the one without a kind. `repeated` holds keys that stand more than once."""

    kind: str
    line: int
    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    repeated: dict[str, list[str]] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """The value without surrounding spaces; empty when the key is absent."""
        return self.values.get(key, "").strip()

    def required(self, key: str) -> str:
        """The value; StatementRefused when it is absent or empty."""
        value = self.text(key)
        if not value:
            raise malformed(StatementFault.MISSING, self.line_of(key), f"{key} is absent")
        return value

    def line_of(self, key: str) -> int:
        """Where the key stands, or where its section begins."""
        return self.lines.get(key, self.line)

    def add(self, key: str, value: str, line: int) -> None:
        """Take a line; a key may stand twice in the header only, and only where the format lists things."""
        if self.kind == "" and key in _REPEATED_IN_HEADER:
            self.repeated.setdefault(key, []).append(value.strip())
        elif key in self.values:
            raise malformed(StatementFault.DUPLICATE, line, "a key stands twice")
        self.values[key] = value
        self.lines.setdefault(key, line)
        if len(self.values) > MOST_KEYS:
            raise malformed(StatementFault.TOO_LONG, line, f"more than {MOST_KEYS} keys in a section")


def read_sections(content: bytes) -> Iterator[Section]:
    """The header first, then every section of the file in its order, each complete.

    Raises StatementRefused MALFORMED with the line: a wrong first line, an unknown line, a key twice, a
    section or a file that does not end, anything after the end.
    """
    lines = _numbered_lines(content)
    number, first = next(lines, (1, ""))
    if first.rstrip() != MAGIC:
        raise malformed(StatementFault.FORMAT, number, f"the first line is {MAGIC}")
    current: Section | None = Section("", number)
    for number, text in lines:
        word, equals, value = text.partition("=")
        word = word.strip(" \t")
        if word in _ENDS or word == END_OF_FILE:
            if current is not None:
                yield _ended_header(current, number)
            if word == END_OF_FILE:
                return _require_nothing_more(lines)
            current = Section(word, number, {"": value.strip()})
        elif current is not None and word == _ENDS.get(current.kind):
            yield current
            current = None
        elif text.strip():
            _take(current, number, word, value if equals else None)
    raise malformed(StatementFault.CUT_SHORT, number, f"{END_OF_FILE} is absent")


def _ended_header(section: Section, number: int) -> Section:
    """The header ends where the first section begins; a section ends by its own word only."""
    if section.kind:
        raise malformed(StatementFault.CUT_SHORT, number, f"{_ENDS[section.kind]} is absent")
    return section


def _take(section: Section | None, number: int, key: str, value: str | None) -> None:
    if section is None or value is None or not key:
        raise malformed(StatementFault.SHAPE, number, "not a line of the format at this place")
    section.add(key, value, number)


def _require_nothing_more(lines: Iterator[tuple[int, str]]) -> None:
    for number, text in lines:
        if text.strip():
            raise malformed(StatementFault.SHAPE, number, f"something stands after {END_OF_FILE}")


def _numbered_lines(content: bytes) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, decoded one by one: the whole text never stands in memory a second time."""
    content = content.removeprefix(b"\xef\xbb\xbf").removesuffix(_END_MARK_OF_DOS)
    encoding = _encoding(content)
    for number, raw in enumerate(BytesIO(content), 1):
        require_rows(number)
        if len(raw) > LONGEST_LINE:
            raise malformed(StatementFault.TOO_LONG, number, f"a line above {LONGEST_LINE} bytes")
        try:
            text = raw.decode(encoding).rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise malformed(StatementFault.ENCODING, number, f"not {encoding} as the lines before") from error
        require_printable(text, number)
        yield number, text


def _encoding(content: bytes) -> str:
    """The encoding in which the format's own words are spelled most often."""
    counts = {
        encoding: sum(content.count(word.encode(encoding)) for word in _TELLTALES) for encoding in _ENCODINGS
    }
    found = max(_ENCODINGS, key=lambda encoding: counts[encoding])
    if not counts[found]:
        raise malformed(StatementFault.ENCODING, None, f"none of {', '.join(_ENCODINGS)}")
    return found
