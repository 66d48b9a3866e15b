"""Statements out of 1CClientBankExchange: whose document it is, which way it went, when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from app.billing.bank_statement import Direction
from app.billing.money import Money
from app.billing.statement_refusal import StatementFault, malformed, mismatched
from app.payments.bank import values
from app.payments.bank.assembly import Draft, Entry, require_room
from app.payments.bank.exchange_sections import ACCOUNT_SECTION, Section, read_sections

VERSIONS = {"1.01", "1.02", "1.03"}
CURRENCIES = {"810": "RUB", "643": "RUB", "840": "USD", "978": "EUR"}
"""Digits 6 to 8 of a Russian account name its currency; the format itself does not."""

_ACCOUNT = re.compile(r"[0-9]{5}([0-9]{3})[0-9]{12}")
_INN_BEFORE_NAME = re.compile(r"(?:ИНН\s*)?[0-9]{10,13}[\s,]+")
_PURPOSES = ("НазначениеПлатежа", *(f"НазначениеПлатежа{number}" for number in range(1, 7)))

_SIDES = {
    Direction.OUT: ("Плательщик", "ДатаСписано", "Получатель"),
    Direction.IN: ("Получатель", "ДатаПоступило", "Плательщик"),
}
"""Of each direction: our side of the document, the date that says it was carried out, the other side."""


def read_exchange(content: bytes) -> list[Draft]:
    """The accounts of the file with their lines, in the order in which the file names them.

    Sections of one account (banks write one a day) make one statement: the first opening, the last closing,
    turnovers added. Raises StatementRefused.
    """
    reader = _Reader()
    for section in read_sections(content):
        reader.take(section)
    return reader.drafts()


class _Reader:
    """Keeps of every section only what a statement needs."""

    def __init__(self) -> None:
        self.header = Section("", 1)
        self.accounts: dict[str, list[Section]] = {}
        self.entries: dict[str, list[Entry]] = {}
        self.found = 0

    def take(self, section: Section) -> None:
        """Take the next section of the file."""
        self.found += 1
        require_room(self.found)
        if section.kind == "":
            self.take_header(section)
        elif section.kind == ACCOUNT_SECTION:
            self.accounts.setdefault(_account(section), []).append(section)
        else:
            self.take_document(section)

    def take_header(self, header: Section) -> None:
        """The accounts that the file is about; all that stands in it belongs to one of them."""
        if header.required("ВерсияФормата") not in VERSIONS:
            raise malformed(
                StatementFault.VERSION,
                header.line_of("ВерсияФормата"),
                "a version of the format that is not known",
            )
        self.header = header
        for account in header.repeated.get("РасчСчет", []):
            if account:
                _currency(account, header.line_of("РасчСчет"))
                self.accounts.setdefault(account, [])

    def take_document(self, document: Section) -> None:
        """File the document with the account that it belongs to; between two of ours, with both."""
        directions = [direction for direction in _SIDES if self.concerns(document, direction)]
        if not directions:
            raise malformed(
                StatementFault.PARTIES, document.line, "carried out for none of the file's accounts"
            )
        for direction in directions:
            account = self.own_account(document, direction)
            self.entries.setdefault(account, []).append(
                _entry(document, direction, _currency(account, document.line))
            )
        self.found += len(directions) - 1

    def concerns(self, document: Section, direction: Direction) -> bool:
        """Whether an account of the file is on that side and the bank has carried the document out on it."""
        carried_out = document.text(_SIDES[direction][1])
        return bool(carried_out) and bool(self.own_account(document, direction))

    def own_account(self, document: Section, direction: Direction) -> str:
        """Which account of the file is on our side of the document; empty when none is."""
        own, _, other = _SIDES[direction]
        found = [account for account in _accounts_of(document, own) if account in self.accounts]
        if found and found[0] in _accounts_of(document, other):
            raise malformed(StatementFault.PARTIES, document.line, "payer and recipient are one account")
        return found[0] if found else ""

    def drafts(self) -> list[Draft]:
        """The statements, when the whole file is read."""
        return [self.draft(account, sections) for account, sections in self.accounts.items()]

    def draft(self, account: str, sections: list[Section]) -> Draft:
        """One account's statement out of its sections."""
        line = sections[0].line if sections else self.header.line_of("РасчСчет")
        currency = _currency(account, line)
        parts = sorted(
            (self.part(section, currency) for section in sections), key=lambda part: part.starts_on
        )
        whole = _joined(parts) if parts else self.silent(account, currency, line)
        whole.entries = self.entries.get(account, [])
        _require_period(whole)
        return whole

    def part(self, section: Section, currency: str) -> Draft:
        """One section as a statement without lines."""
        opening, closing = (
            _amount(section, "НачальныйОстаток", currency),
            _amount(section, "КонечныйОстаток", currency),
        )
        if opening is None:
            raise malformed(StatementFault.MISSING, section.line, "НачальныйОстаток is absent")
        return Draft(
            account=section.text("РасчСчет"),
            currency=currency,
            line=section.line,
            starts_on=self.day(section, "ДатаНачала"),
            ends_on=self.day(section, "ДатаКонца"),
            opening=opening,
            closing=closing,
            turnover_in=_turnover(section, "ВсегоПоступило", currency),
            turnover_out=_turnover(section, "ВсегоСписано", currency),
        )

    def silent(self, account: str, currency: str, line: int) -> Draft:
        """The statement of an account that has no section: it states no totals."""
        starts_on, ends_on = self.day(self.header, "ДатаНачала"), self.day(self.header, "ДатаКонца")
        return Draft(account, currency, line, starts_on, ends_on)

    def day(self, section: Section, key: str) -> date:
        """A day of the period: the section's own, else the header's."""
        stated = section if section.text(key) else self.header
        return values.russian_date(stated.required(key), stated.line_of(key))


def _joined(parts: list[Draft]) -> Draft:
    whole = parts[0]
    for part in parts[1:]:
        if None not in (whole.closing, part.opening) and whole.closing != part.opening:
            raise mismatched(
                StatementFault.BALANCE, part.line, "opens with another balance than the one before closed"
            )
        whole.closing = part.closing
        whole.turnover_in = _added(whole.turnover_in, part.turnover_in)
        whole.turnover_out = _added(whole.turnover_out, part.turnover_out)
        whole.ends_on = max(whole.ends_on, part.ends_on)
    return whole


def _added(first: Money | None, second: Money | None) -> Money | None:
    return None if first is None or second is None else first + second


def _require_period(draft: Draft) -> None:
    for entry in draft.entries:
        if not draft.starts_on <= entry.booked_on <= draft.ends_on:
            raise malformed(
                StatementFault.DATE, entry.line, "carried out on a day outside of the statement's period"
            )


def _account(section: Section) -> str:
    account = section.required("РасчСчет")
    _currency(account, section.line_of("РасчСчет"))
    return account


def _currency(account: str, line: int) -> str:
    shape = _ACCOUNT.fullmatch(account)
    if shape is None:
        raise malformed(StatementFault.ACCOUNT, line, "an account has 20 digits")
    if shape[1] not in CURRENCIES:
        raise malformed(StatementFault.CURRENCY, line, "an account in a currency that nothing is sold in")
    return CURRENCIES[shape[1]]


def _amount(section: Section, key: str, currency: str) -> Money | None:
    text = section.text(key)
    return values.balance(text, currency, section.line_of(key)) if text else None


def _turnover(section: Section, key: str, currency: str) -> Money | None:
    text = section.text(key)
    return values.turnover(text, currency, section.line_of(key)) if text else None


def _entry(document: Section, direction: Direction, currency: str) -> Entry:
    _, day_key, other = _SIDES[direction]
    return Entry(
        line=document.line,
        booked_on=values.russian_date(document.required(day_key), document.line_of(day_key)),
        direction=direction,
        amount=values.positive_amount(document.required("Сумма"), currency, document.line_of("Сумма")),
        reference=document.text("Номер"),
        purpose=_purpose(document),
        party_name=_name(document, other),
        party_inn=values.inn_or_none(document.text(f"{other}ИНН")),
        party_account=next(iter(_accounts_of(document, other)), None),
    )


def _accounts_of(document: Section, side: str) -> list[str]:
    """The side's account: `…Счет`, or `…РасчСчет` when another bank serves it; one may be empty."""
    return [text for key in ("Счет", "РасчСчет") if (text := document.text(side + key))]


def _name(document: Section, side: str) -> str:
    """`Плательщик1` is the name alone; `Плательщик` has the ИНН before it."""
    return values.one_line(
        document.text(f"{side}1") or _INN_BEFORE_NAME.sub("", document.text(side), count=1)
    )


def _purpose(document: Section) -> str:
    """The purpose; the numbered keys repeat it in pieces, and only a bank that left it empty needs them."""
    whole = ""
    for piece in _pieces(document):
        if piece not in whole:
            whole = f"{whole} {piece}".strip()
    return whole


def _pieces(document: Section) -> Iterator[str]:
    return (values.one_line(document.text(key)) for key in _PURPOSES)
