"""Statements out of MT940. The library reads single lines; what it would skip, cut or mend is refused before.

mt-940 is lenient by design: it drops tags that it does not know, cuts an amount that is too long, turns the
31st of February into the 28th and reads a file when the text happens to be its path. So the envelope (which
tag may stand where, with its place in the file) is checked here, and the library gets one line at a time.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mt940 import Options
from mt940.models import Transactions

from app.billing.bank_statement import Direction
from app.billing.money import Money
from app.billing.statement_refusal import StatementFault, malformed, mismatched
from app.payments.bank import values
from app.payments.bank.assembly import Draft, Entry, require_room, require_rows

LONGEST_FIELD = 8_192

_TAG = re.compile(r":([0-9]{2}[A-Z]?|NS):(.*)", re.DOTALL)
_END = re.compile(r"-(?:\}.*|XXX)?")
_BALANCE = re.compile(r"([CD])([0-9]{2})([0-9]{2})([0-9]{2})([A-Z]{3})([0-9]{1,12},[0-9]{0,2})")
_LINE = re.compile(
    r"[0-9]{6}(?:[0-9]{4})?R?[CD][A-Z]?[0-9]{1,12},[0-9]{0,2}[A-Z][A-Z0-9]{3}[^\n]*(?:\n[^\n]*)?"
)
_INN = re.compile(r"(?:INN|ИНН)[\s:/]*([0-9]{12}|[0-9]{10})\b", re.IGNORECASE)
_SILENT_TAGS = {"13", "13D", "21", "28", "28C", "34F", "64", "65", "90C", "90D", "NS"}
_NO_REFERENCE = {"NONREF", "KREF+"}
_LIBRARY_ERRORS = (RuntimeError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError)

# The library logs every line that it can't read, with all the names and accounts in it.
logging.getLogger("mt940").setLevel(logging.CRITICAL + 1)


@dataclass(slots=True)
class _Field:
    """One tag with its text, continued lines included."""

    tag: str
    line: int
    text: str


@dataclass(slots=True)
class _Message:
    """One message `:20:` … `:62:`, while it is read."""

    line: int
    account: str = ""
    opening: _Balance | None = None
    closing: _Balance | None = None
    lines: list[tuple[_Field, _Field | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Balance:
    line: int
    on: date
    amount: Money
    is_intermediate: bool


def read_mt940(content: bytes) -> list[Draft]:
    """The messages of the file; those that continue one another (`:62M:` to `:60M:`) make one statement.

    Raises StatementRefused.
    """
    drafts: list[Draft] = []
    goes_on = False
    found = 0
    for message in _messages(_fields(_text(content))):
        found += 1 + len(message.lines)
        require_room(found)
        opening, closing = _balances(message)
        if goes_on and opening.is_intermediate and drafts[-1].account == message.account:
            _continue(drafts[-1], opening, closing)
        else:
            drafts.append(_draft(message.account, opening, closing))
        drafts[-1].entries += [_entry(drafts[-1].currency, line, details) for line, details in message.lines]
        goes_on = closing.is_intermediate
    return drafts


def _draft(account: str, opening: _Balance, closing: _Balance) -> Draft:
    _require_currency(opening.amount.currency, closing)
    return Draft(
        account=account,
        currency=opening.amount.currency,
        line=closing.line,
        starts_on=opening.on,
        ends_on=closing.on,
        opening=opening.amount,
        closing=closing.amount,
    )


def _continue(draft: Draft, opening: _Balance, closing: _Balance) -> None:
    _require_currency(draft.currency, opening)
    _require_currency(draft.currency, closing)
    if draft.closing != opening.amount:
        raise mismatched(
            StatementFault.BALANCE, opening.line, "opens with another balance than the page before closed"
        )
    draft.line, draft.closing, draft.ends_on = closing.line, closing.amount, closing.on


def _require_currency(currency: str, balance: _Balance) -> None:
    if balance.amount.currency != currency:
        raise malformed(
            StatementFault.CURRENCY, balance.line, "a balance in another currency than the opening one"
        )


def _balances(message: _Message) -> tuple[_Balance, _Balance]:
    if not message.account:
        raise malformed(StatementFault.MISSING, message.line, ":25: is absent")
    if message.opening is None or message.closing is None:
        raise malformed(StatementFault.CUT_SHORT, message.line, "a message without :60: or :62:")
    return message.opening, message.closing


def _messages(fields: Iterator[_Field]) -> Iterator[_Message]:
    message: _Message | None = None
    for part in fields:
        if part.tag == "20":
            if message is not None:
                yield message
            message = _Message(part.line)
        elif message is None:
            raise malformed(StatementFault.SHAPE, part.line, "a tag before :20:")
        else:
            _file(message, part)
    if message is not None:
        yield message


def _file(message: _Message, part: _Field) -> None:
    """Put the field where it belongs in its message."""
    if part.tag in {"25", "25P"}:
        _require_first(not message.account, part)
        message.account = values.one_line(part.text)
    elif part.tag in {"60F", "60M"}:
        _require_first(message.opening is None, part)
        message.opening = _balance(part)
    elif part.tag in {"62F", "62M"}:
        _require_first(message.closing is None, part)
        message.closing = _balance(part)
    elif part.tag == "61":
        _file_line(message, part)
    elif part.tag == "86":
        _file_details(message, part)
    elif part.tag not in _SILENT_TAGS:
        raise malformed(StatementFault.SHAPE, part.line, "a tag that MT940 does not have")


def _file_line(message: _Message, part: _Field) -> None:
    if message.opening is None or message.closing is not None:
        raise malformed(StatementFault.SHAPE, part.line, "a line outside of the two balances")
    if not _LINE.fullmatch(part.text):
        raise malformed(StatementFault.SHAPE, part.line, "not a statement line")
    message.lines.append((part, None))
    require_room(len(message.lines))


def _file_details(message: _Message, part: _Field) -> None:
    """`:86:` tells of the line before it; after the closing balance it tells of the statement."""
    if message.closing is not None:
        return
    if not message.lines:
        raise malformed(StatementFault.SHAPE, part.line, ":86: before any line")
    line, details = message.lines[-1]
    _require_first(details is None, part)
    message.lines[-1] = (line, part)


def _require_first(is_first: bool, part: _Field) -> None:
    if not is_first:
        raise malformed(StatementFault.DUPLICATE, part.line, f":{part.tag}: stands twice")


def _balance(part: _Field) -> _Balance:
    shape = _BALANCE.fullmatch(part.text.strip())
    if shape is None:
        raise malformed(StatementFault.SHAPE, part.line, "not a balance")
    mark, year, month, day, currency, amount = shape.groups()
    stated = values.balance(amount, currency, part.line)
    on = values.iso_date(f"20{year}-{month}-{day}", part.line)
    return _Balance(part.line, on, stated if mark == "C" else -stated, part.tag.endswith("M"))


def _entry(currency: str, line: _Field, details: _Field | None) -> Entry:
    found = _read_with_library(line, details)
    moved = found["amount"].amount
    day = found.get("entry_date") or found["date"]
    raw = "" if details is None else details.text
    return Entry(
        line=line.line,
        booked_on=date(day.year, day.month, day.day),
        direction=Direction.IN if moved > 0 else Direction.OUT,
        amount=values.positive_amount(str(abs(moved)), currency, line.line),
        reference=_reference(found),
        purpose=_purpose(found, raw),
        party_name=values.one_line(found.get("applicant_name") or ""),
        party_inn=_inn(raw),
        party_account=found.get("applicant_iban") or None,
    )


def _read_with_library(line: _Field, details: _Field | None) -> dict[str, Any]:
    text = f":61:{line.text}" if details is None else f":61:{line.text}\n:86:{details.text}"
    # Without the library's own first step, which moves a day that does not exist to the end of February.
    reader = Transactions(processors={"pre_statement": []}, options=Options.all())
    try:
        read = reader.parse(text)
    except _LIBRARY_ERRORS as error:
        raise malformed(StatementFault.SHAPE, line.line, "not a statement line with its details") from error
    if len(read) != 1:
        raise malformed(StatementFault.SHAPE, line.line, "not one statement line")
    return read[0].data


def _reference(found: dict[str, Any]) -> str:
    stated = found.get("bank_reference") or (found.get("customer_reference") or "").partition("\n")[0]
    reference = values.one_line(stated)
    return "" if reference in _NO_REFERENCE else reference


def _purpose(found: dict[str, Any], raw: str) -> str:
    keys = ("purpose", "additional_purpose", "end_to_end_reference")
    told = values.one_line(" ".join(found.get(key) or "" for key in keys))
    return told or values.one_line(raw) or values.one_line(found.get("extra_details") or "")


def _inn(text: str) -> str | None:
    shape = _INN.search(text.replace("\n", ""))
    return values.inn_or_none(shape[1]) if shape else None


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("windows-1251")
    except UnicodeDecodeError as error:
        raise malformed(StatementFault.ENCODING, None, "neither utf-8 nor windows-1251") from error


def _fields(text: str) -> Iterator[_Field]:
    """Tags in their order. Between messages stand envelopes of the network, which say nothing of money."""
    current: _Field | None = None
    for number, line in _numbered_lines(text):
        shape = _TAG.fullmatch(line)
        if shape is not None:
            if current is not None:
                yield current
            current = _Field(shape[1], number, shape[2])
        elif current is not None:
            ended = _END.fullmatch(line) is not None
            if ended:
                yield current
                current = None
            else:
                _go_on(current, number, line)
    if current is not None:
        yield current


def _go_on(part: _Field, number: int, line: str) -> None:
    if line.startswith(":"):
        raise malformed(StatementFault.SHAPE, number, "a broken tag")
    if line:
        part.text = f"{part.text}\n{line}"
    if len(part.text) > LONGEST_FIELD:
        raise malformed(StatementFault.TOO_LONG, part.line, f"a field above {LONGEST_FIELD} characters")


def _numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    start, number = 0, 0
    while start < len(text):
        number += 1
        require_rows(number)
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = text[start:end].rstrip("\r ")
        values.require_printable(line, number)
        yield number, line
        start = end + 1
