"""Small statements that hold together, written in every format that the product reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

OUR_ACCOUNT = "40702810000000074935"
THEIR_ACCOUNT = "40702810267020000630"
OUR_IBAN = "NL26VAYB8060476890"


@dataclass(frozen=True)
class Move:
    """One payment as the tests tell it: `amount` above zero came in, below zero went out."""

    amount: str
    number: str = "1"
    day: date = date(2026, 1, 12)
    purpose: str = "Оплата по счету СЧ-2026-000001"
    name: str = 'ООО "Ромашка"'
    inn: str = "7707083893"

    @property
    def is_in(self) -> bool:
        return not self.amount.startswith("-")

    @property
    def size(self) -> str:
        return self.amount.removeprefix("-")


MOVES = (
    Move("990.00"),
    Move("-150.50", "2", purpose="Возврат по договору", name="ИП Петров", inn=""),
    Move("0.01", "3", date(2026, 1, 13)),
)


def turned(moves: Iterable[Move], *, came: bool) -> Decimal:
    return sum((Decimal(move.size) for move in moves if move.is_in is came), Decimal())


def closing_of(moves: Iterable[Move], opening: str) -> Decimal:
    return Decimal(opening) + sum((Decimal(move.amount) for move in moves), Decimal())


def lines_of(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in lines)


def section(moves: Sequence[Move], opening: str = "100.00", account: str = OUR_ACCOUNT) -> str:
    """A section of the account with the totals of these moves."""
    return lines_of(
        "СекцияРасчСчет",
        "ДатаНачала=01.01.2026",
        "ДатаКонца=31.01.2026",
        f"РасчСчет={account}",
        f"НачальныйОстаток={opening}",
        f"ВсегоПоступило={turned(moves, came=True)}",
        f"ВсегоСписано={turned(moves, came=False)}",
        f"КонечныйОстаток={closing_of(moves, opening)}",
        "КонецРасчСчет",
    )


def document(move: Move, account: str = OUR_ACCOUNT) -> str:
    """A document of 1CClientBankExchange that the bank has carried out."""
    ours, theirs = ("Получатель", "Плательщик") if move.is_in else ("Плательщик", "Получатель")
    return lines_of(
        "СекцияДокумент=Платежное поручение",
        f"Номер={move.number}",
        f"Дата={move.day:%d.%m.%Y}",
        f"Сумма={move.size}",
        f"{ours}Счет={account}",
        f"{theirs}Счет={THEIR_ACCOUNT}",
        f"{'ДатаПоступило' if move.is_in else 'ДатаСписано'}={move.day:%d.%m.%Y}",
        f"{'ДатаСписано' if move.is_in else 'ДатаПоступило'}=",
        f"{theirs}={move.inn} {move.name}".strip(),
        f"{theirs}1={move.name}",
        f"{theirs}ИНН={move.inn}",
        f"НазначениеПлатежа={move.purpose}",
        "НазначениеПлатежа1=",
        "КонецДокумента",
    )


def header(*accounts: str) -> str:
    return lines_of(
        "1CClientBankExchange",
        "ВерсияФормата=1.03",
        "Кодировка=Windows",
        "ДатаНачала=01.01.2026",
        "ДатаКонца=31.01.2026",
        *(f"РасчСчет={account}" for account in accounts),
    )


def exchange_text(moves: Sequence[Move] = MOVES, opening: str = "100.00") -> str:
    """A whole 1CClientBankExchange file of one account."""
    documents = "".join(document(move) for move in moves)
    return header(OUR_ACCOUNT) + section(moves, opening) + documents + lines_of("КонецФайла")


def exchange(moves: Sequence[Move] = MOVES, opening: str = "100.00", encoding: str = "windows-1251") -> bytes:
    return exchange_text(moves, opening).encode(encoding)


def mt940(moves: Sequence[Move] = MOVES, opening: str = "100.00") -> bytes:
    """One MT940 message, with structured details."""
    lines = [":20:STATEMENT", f":25:{OUR_IBAN}", ":28C:1/1", f":60F:C260101EUR{comma(Decimal(opening))}"]
    for move in moves:
        mark = "C" if move.is_in else "D"
        lines.append(f":61:{move.day:%y%m%d%m%d}{mark}{comma(Decimal(move.size))}NTRFNONREF//{move.number}")
        lines.append(f":86:166?00TRANSFER?20SVWZ+{move.purpose}?31DE03508800500194791600?32{move.name}")
    closing = closing_of(moves, opening)
    lines += [f":62F:{'C' if closing >= 0 else 'D'}260131EUR{comma(abs(closing))}", "-"]
    return "".join(f"{line}\r\n" for line in lines).encode()


def comma(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def camt053(moves: Sequence[Move] = MOVES, opening: str = "100.00", version: int = 2) -> bytes:
    """One camt.053 message of that version."""
    entries = "".join(entry(move, version) for move in moves)
    closing = closing_of(moves, opening)
    return document_of(
        f"<Stmt><Id>1</Id><FrToDt><FrDtTm>2026-01-01T00:00:00+01:00</FrDtTm><ToDtTm>2026-01-31T23:59:59</ToDtTm></FrToDt>"
        f"<Acct><Id><IBAN>{OUR_IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{stated('OPBD', Decimal(opening))}{stated('CLBD', closing)}"
        f"<TxsSummry><TtlCdtNtries><Sum>{turned(moves, came=True)}</Sum></TtlCdtNtries>"
        f"<TtlDbtNtries><Sum>{turned(moves, came=False)}</Sum></TtlDbtNtries></TxsSummry>"
        f"{entries}</Stmt>",
        version,
    )


def document_of(statements: str, version: int = 2) -> bytes:
    namespace = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version:02}"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{namespace}">'
        f"<BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr>"
        f"{statements}</BkToCstmrStmt></Document>"
    ).encode()


def stated(code: str, amount: Decimal) -> str:
    mark = "CRDT" if amount >= 0 else "DBIT"
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{abs(amount):.2f}</Amt>'
        f"<CdtDbtInd>{mark}</CdtDbtInd><Dt><Dt>2026-01-01</Dt></Dt></Bal>"
    )


def entry(move: Move, version: int = 2, payments: str | None = None) -> str:
    """An entry; from version 8 on a status and a party are one element deeper."""
    mark, side = ("CRDT", "Dbtr") if move.is_in else ("DBIT", "Cdtr")
    who = f"<Nm>{move.name}</Nm><Id><OrgId><Othr><Id>{move.inn or 0}</Id></Othr></OrgId></Id>"
    party = f"<Pty>{who}</Pty>" if version >= 8 else who
    payment = (
        f"<TxDtls><RltdPties><{side}>{party}</{side}><{side}Acct><Id><IBAN>NL56AGDH9619008421</IBAN></Id></{side}Acct>"
        f"</RltdPties><RmtInf><Ustrd>{move.purpose}</Ustrd></RmtInf></TxDtls>"
    )
    return (
        f'\n<Ntry><Amt Ccy="EUR">{move.size}</Amt><CdtDbtInd>{mark}</CdtDbtInd>'
        f"<Sts>{'<Cd>BOOK</Cd>' if version >= 8 else 'BOOK'}</Sts><BookgDt><Dt>{move.day}</Dt></BookgDt>"
        f"<AcctSvcrRef>{move.number}</AcctSvcrRef>"
        f"<NtryDtls>{payment if payments is None else payments}</NtryDtls></Ntry>"
    )
