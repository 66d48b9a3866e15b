"""Statements out of ISO 20022 camt.053, versions 2 to 8, read as a stream by a parser that trusts nobody.

No document type, no entities, no network, no huge trees: a declaration is refused before the parser sees
the file. What is read is let go at once, so memory depends on the largest entry, not on the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any

from lxml import etree

from app.billing.bank_statement import Direction
from app.billing.money import Money
from app.billing.statement_refusal import RefusalCode, StatementFault, StatementRefused, malformed
from app.payments.bank import values
from app.payments.bank.assembly import Draft, Entry, require_room
from app.payments.bank.camt053_entries import Node, amount_of, direction_of, line_of, name_of, read_entry

MOST_ELEMENTS = 20_000
"""Elements that may wait at once: one entry has some fifty, a bomb has millions."""

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.0[2-8]")
_FORBIDDEN = re.compile(rb"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
_DECLARED = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_ENCODINGS = {
    b"utf-8",
    b"us-ascii",
    b"ascii",
    b"iso-8859-1",
    b"iso-8859-15",
    b"windows-1251",
    b"windows-1252",
}
_STATEMENT_PATH = ("Document", "BkToCstmrStmt", "Stmt")
_OPENING, _CLOSING = {"OPBD", "PRCD"}, {"CLBD"}


def read_camt053(content: bytes) -> list[Draft]:
    """The statements of the message. Raises StatementRefused."""
    _refuse_declarations(content)
    drafts: list[Draft] = []
    found = 0
    try:
        for statement in _statements(content):
            drafts.append(statement.draft())
            found += 1 + len(drafts[-1].entries)
            require_room(found)
    except etree.XMLSyntaxError as error:
        raise malformed(StatementFault.SHAPE, error.lineno or None, "not well-formed XML") from error
    return drafts


def _refuse_declarations(content: bytes) -> None:
    """Declarations of types and entities, and encodings that could hide them."""
    if b"\0" in content:
        raise malformed(StatementFault.ENCODING, None, "an encoding that no bank uses")
    if _FORBIDDEN.search(content):
        raise malformed(StatementFault.SHAPE, None, "a document type or an entity is declared")
    declared = _DECLARED.match(content.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared[1].lower() not in _ENCODINGS:
        raise malformed(StatementFault.ENCODING, 1, "an encoding that no bank uses")


@dataclass(slots=True)
class _Statement:
    """One `Stmt` while its parts come by."""

    line: int
    namespace: str
    account: str = ""
    currency: str = ""
    period: list[date] = field(default_factory=list)
    opening: tuple[Money, date] | None = None
    closing: tuple[Money, date] | None = None
    turnovers: dict[Direction, str] = field(default_factory=dict)
    turnovers_line: int = 0
    entries: list[Entry] = field(default_factory=list)

    def take(self, part: Node) -> None:
        """Take what a statement needs of one of its parts; the tree is let go afterwards."""
        if part.namespace != self.namespace:
            return
        match part.name:
            case "Acct":
                self.account = part.text("Id/IBAN") or part.text("Id/Othr/Id")
                self.currency = part.text("Ccy")
            case "FrToDt":
                self.take_period(part)
            case "Bal":
                self.take_balance(part)
            case "TxsSummry":
                self.take_turnovers(part)
            case "Ntry":
                self.entries += read_entry(part)
                require_room(len(self.entries))
            case _:
                pass

    def take_period(self, part: Node) -> None:
        """From when to when."""
        stated = (part.text("FrDtTm") or part.text("FrDt"), part.text("ToDtTm") or part.text("ToDt"))
        self.period = [values.iso_date(text, part.line) for text in stated if text]

    def take_balance(self, part: Node) -> None:
        """The opening or the closing balance; others (available, forward) say nothing of the lines."""
        code = part.text("Tp/CdOrPrtry/Cd")
        if code not in _OPENING | _CLOSING:
            return
        amount = amount_of(part.only("Amt"), values.balance)
        on = values.iso_date(part.text("Dt/Dt") or part.text("Dt/DtTm"), part.line)
        stated = (amount if direction_of(part) is Direction.IN else -amount, on)
        if code in _CLOSING:
            self.require_first(self.closing is None, part)
            self.closing = stated
        else:
            self.require_first(self.opening is None, part)
            self.opening = stated

    def take_turnovers(self, part: Node) -> None:
        """The sums of entries; their currency is the account's."""
        self.turnovers_line = part.line
        self.turnovers = {
            direction: text
            for direction, path in ((Direction.IN, "TtlCdtNtries/Sum"), (Direction.OUT, "TtlDbtNtries/Sum"))
            if (text := part.text(path))
        }

    def require_first(self, is_first: bool, part: Node) -> None:
        """Refuse a second balance of one kind."""
        if not is_first:
            raise malformed(StatementFault.DUPLICATE, part.line, "a balance stands twice")

    def draft(self) -> Draft:
        """The statement, when all of it has come by."""
        if not self.account:
            raise malformed(StatementFault.MISSING, self.line, "an account is absent")
        currency = self.stated_currency()
        starts_on, ends_on = self.stated_period()
        return Draft(
            account=self.account,
            currency=currency,
            line=self.line,
            starts_on=starts_on,
            ends_on=ends_on,
            opening=self.opening and self.opening[0],
            closing=self.closing and self.closing[0],
            turnover_in=self.turnover(Direction.IN, currency),
            turnover_out=self.turnover(Direction.OUT, currency),
            entries=self.entries_in(currency),
        )

    def entries_in(self, currency: str) -> list[Entry]:
        """The lines, all in the account's currency."""
        for entry in self.entries:
            if entry.amount.currency != currency:
                raise malformed(StatementFault.CURRENCY, entry.line, "an entry in another currency")
        return self.entries

    def stated_currency(self) -> str:
        """The account's currency, and every balance in it."""
        stated = {amount.currency for amount, _ in filter(None, (self.opening, self.closing))}
        stated |= {self.currency} - {""}
        if len(stated) != 1:
            raise malformed(
                StatementFault.CURRENCY, self.line, "the account and its balances name one currency"
            )
        return stated.pop()

    def stated_period(self) -> tuple[date, date]:
        """The period, or what the balances and the lines span when the bank is silent."""
        days = self.period or [on for _, on in filter(None, (self.opening, self.closing))]
        days = days or [entry.booked_on for entry in self.entries]
        if not days:
            raise malformed(StatementFault.MISSING, self.line, "a period is absent")
        return min(days), max(days)

    def turnover(self, direction: Direction, currency: str) -> Money | None:
        """The stated sum of one direction; None where the bank is silent."""
        text = self.turnovers.get(direction)
        return None if text is None else values.turnover(text, currency, self.turnovers_line)


def _statements(content: bytes) -> Iterator[_Statement]:
    """Every `Stmt` when it ends. What stands at other places is skipped, but counted."""
    path: list[str] = []
    statement: _Statement | None = None
    waiting = 0
    for event, element in _events(content):
        if event == "start":
            path.append(str(element.tag))
            waiting = _one_more(waiting, element)
            if _is_statement(path):
                statement = _Statement(line_of(element), Node(element).namespace)
            continue
        if statement is not None and _is_statement(path):
            yield statement
            statement = None
            _let_go(element)
        elif statement is not None and _is_statement(path[:-1]):
            statement.take(Node(element))
            _let_go(element)
            waiting = len(path)
        path.pop()


def _one_more(waiting: int, element: etree._Element) -> int:
    if waiting >= MOST_ELEMENTS:
        raise malformed(StatementFault.TOO_LONG, line_of(element), "too many elements in one place")
    return waiting + 1


def _is_statement(path: Sequence[str]) -> bool:
    """Whether this is the way to a `Stmt`, every step of it in the namespace of the root."""
    namespace = path[0].partition("}")[0] if path else ""
    return tuple(path) == tuple(f"{namespace}}}{name}" for name in _STATEMENT_PATH)


def _events(content: bytes) -> Iterator[tuple[str, etree._Element]]:
    walker = etree.iterparse(
        BytesIO(content),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    is_root = True
    for event, element in walker:
        if is_root:
            _require_known(element)
            is_root = False
        yield event, element


def _require_known(root: etree._Element) -> None:
    namespace, name = name_of(root)
    if name != "Document" or not _NAMESPACE.fullmatch(namespace):
        raise StatementRefused(
            RefusalCode.FORMAT_UNKNOWN,
            StatementFault.FORMAT,
            line_of(root),
            "XML, but not camt.053 of version 2 to 8",
        )
    tree: Any = root.getroottree()
    if tree.docinfo.doctype:
        raise malformed(StatementFault.SHAPE, line_of(root), "a document type is declared")


def _let_go(element: etree._Element) -> None:
    """Free what is read: the element's own content and the siblings before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
