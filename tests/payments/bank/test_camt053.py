"""camt.053: every version, batches, and XML that means harm."""

from datetime import date
from decimal import Decimal

import pytest

from app.billing.bank_statement import BankStatement, Direction
from app.billing.money import Money
from app.billing.statement_refusal import StatementFault, StatementRefused
from app.payments.bank.statements import read_statements
from tests.payments.bank.samples import MOVES, OUR_IBAN, Move, camt053, document_of, entry, stated


def read(content: bytes | str) -> list[BankStatement]:
    return read_statements(content if isinstance(content, bytes) else content.encode(), "camt.xml")


def refusal_of(content: bytes | str) -> StatementRefused:
    with pytest.raises(StatementRefused) as refused:
        read(content)
    return refused.value


def statement_of(*parts: str) -> str:
    """A message of one statement with these parts after its account."""
    account = f"<Acct><Id><Othr><Id>{OUR_IBAN}</Id></Othr></Id></Acct>"
    return document_of(f"<Stmt>{account}{''.join(parts)}</Stmt>").decode()


BALANCES = stated("OPBD", Decimal(0)) + stated("CLBD", Decimal(5))


@pytest.mark.parametrize("version", range(2, 9))
def test_every_version_is_read_whole(version: int) -> None:
    (statement,) = read(camt053(version=version))
    assert (statement.account, statement.currency) == (OUR_IBAN, "EUR")
    assert (statement.starts_on, statement.ends_on) == (date(2026, 1, 1), date(2026, 1, 31))
    assert (statement.opening, statement.closing) == (Money(10_000, "EUR"), Money(93_951, "EUR"))
    assert (statement.turnover_in, statement.turnover_out) == (Money(99_001, "EUR"), Money(15_050, "EUR"))
    came, went, _ = statement.lines
    assert (came.booked_on, came.direction, came.amount, came.reference) == (
        MOVES[0].day,
        Direction.IN,
        Money(99_000, "EUR"),
        "1",
    )
    assert (came.purpose, came.party_name, came.party_inn, came.party_account) == (
        MOVES[0].purpose,
        MOVES[0].name,
        "7707083893",
        "NL56AGDH9619008421",
    )
    assert (went.direction, went.amount, went.party_name) == (
        Direction.OUT,
        Money(15_050, "EUR"),
        "ИП Петров",
    )


@pytest.mark.parametrize("version", [1, 9, 13])
def test_another_version_is_not_known(version: int) -> None:
    assert refusal_of(camt053(version=version)).code == "STATEMENT_FORMAT_UNKNOWN"


@pytest.mark.parametrize(
    "content",
    [
        "<a/>",
        "<Document/>",
        '<Document xmlns="u}rn"/>',
        '<x xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"/>',
    ],
)
def test_other_xml_is_not_known(content: str) -> None:
    assert refusal_of(content).code == "STATEMENT_FORMAT_UNKNOWN"


def payment(amount: str, name: str, mark: str = "", currency: str = "EUR") -> str:
    return (
        f'<TxDtls><Refs><EndToEndId>{name}-1</EndToEndId></Refs><Amt Ccy="{currency}">{amount}</Amt>{mark}'
        f"<RltdPties><Dbtr><Nm>{name}</Nm></Dbtr></RltdPties>"
        f"<RmtInf><Ustrd>for {name}</Ustrd></RmtInf></TxDtls>"
    )


def test_a_batch_that_tells_its_payments_is_a_line_for_each() -> None:
    batch = entry(Move("5.00"), payments=payment("2.00", "Ann") + payment("3.00", "Bob"))
    (statement,) = read(statement_of(BALANCES, batch))
    assert [
        (line.amount.minor, line.party_name, line.purpose, line.reference) for line in statement.lines
    ] == [
        (200, "Ann", "for Ann", "Ann-1"),
        (300, "Bob", "for Bob", "Bob-1"),
    ]


@pytest.mark.parametrize(
    "second",
    [
        payment("2.99", "Bob"),
        payment("3.00", "Bob", currency="USD"),
        payment("3.00", "Bob", "<CdtDbtInd>DBIT</CdtDbtInd>"),
        payment("3.00", "Bob").replace('<Amt Ccy="EUR">3.00</Amt>', ""),
    ],
)
def test_a_batch_that_does_not_add_up_is_one_line_of_nobody(second: str) -> None:
    batch = entry(Move("5.00"), payments=payment("2.00", "Ann") + second)
    (line,) = read(statement_of(BALANCES, batch))[0].lines
    assert (line.amount.minor, line.party_name, line.purpose) == (500, "", "for Ann for Bob")


def test_what_is_not_booked_is_no_line() -> None:
    pending = entry(Move("7.00")).replace("BOOK", "PDNG")
    assert len(read(statement_of(BALANCES, entry(Move("5.00")), pending))[0].lines) == 1


def test_a_silent_bank_leaves_totals_open_and_the_period_to_the_lines() -> None:
    text = statement_of(entry(Move("5.00")), entry(Move("5.00", "2", date(2026, 1, 20))))
    text = text.replace("</Acct>", "<Ccy>EUR</Ccy></Acct>")
    (statement,) = read(text)
    assert (statement.opening, statement.closing) == (None, None)
    assert (statement.starts_on, statement.ends_on) == (date(2026, 1, 12), date(2026, 1, 20))


def test_a_day_of_value_stands_in_for_a_day_of_booking() -> None:
    text = entry(Move("5.00")).replace(
        "BookgDt><Dt>2026-01-12</Dt>", "ValDt><DtTm>2026-01-13T10:00:00Z</DtTm>"
    )
    text = text.replace("</BookgDt>", "</ValDt>")
    assert read(statement_of(BALANCES, text))[0].lines[0].booked_on == date(2026, 1, 13)


def test_several_statements_of_one_message_are_several() -> None:
    whole = camt053().decode()
    one = whole[whole.index("<Stmt>") : whole.index("</Stmt>") + len("</Stmt>")]
    first, second = read(whole.replace(one, one * 2))
    assert [line.fingerprint for line in first.lines] == [line.fingerprint for line in second.lines]
    assert [line.position for line in second.lines] == [4, 5, 6]


@pytest.mark.parametrize("namespace", ["urn:other", ""])
def test_elements_of_another_namespace_are_not_entries(namespace: str) -> None:
    foreign = entry(Move("7.00")).replace("<Ntry>", f'<Ntry xmlns="{namespace}">')
    assert len(read(statement_of(BALANCES, entry(Move("5.00")), foreign))[0].lines) == 1


FIVE = entry(Move("5.00"))
REFUSED = [
    (statement_of(BALANCES, FIVE.replace("5.00", "0.00")), StatementFault.AMOUNT),
    (statement_of(BALANCES, FIVE.replace("5.00", "-5.00")), StatementFault.AMOUNT),
    (statement_of(BALANCES, FIVE.replace("5.00", "5.001")), StatementFault.AMOUNT),
    (statement_of(BALANCES, FIVE.replace("5.00", "5e0")), StatementFault.AMOUNT),
    (statement_of(BALANCES, FIVE.replace("5.00", "INF")), StatementFault.AMOUNT),
    (statement_of(BALANCES, FIVE.replace("5.00", "5.00<x/>9")), StatementFault.SHAPE),
    (
        statement_of(BALANCES, FIVE.replace("</Amt>", '</Amt><Amt Ccy="EUR">5.00</Amt>')),
        StatementFault.MISSING,
    ),
    (statement_of(BALANCES, FIVE.replace("EUR", "USD")), StatementFault.CURRENCY),
    (statement_of(BALANCES, FIVE.replace("EUR", "JPY")), StatementFault.CURRENCY),
    (statement_of(BALANCES, FIVE.replace(' Ccy="EUR"', "")), StatementFault.CURRENCY),
    (statement_of(BALANCES, FIVE.replace("CRDT", "CR")), StatementFault.SHAPE),
    (
        statement_of(BALANCES, FIVE.replace("</CdtDbtInd>", "</CdtDbtInd><CdtDbtInd>DBIT</CdtDbtInd>")),
        StatementFault.DUPLICATE,
    ),
    (statement_of(BALANCES, FIVE.replace("<Sts>BOOK</Sts>", "")), StatementFault.MISSING),
    (statement_of(BALANCES, FIVE.replace("2026-01-12", "2026-02-31")), StatementFault.DATE),
    (statement_of(BALANCES, FIVE.replace("2026-01-12", "12.01.2026")), StatementFault.DATE),
    (statement_of(BALANCES, FIVE.replace("BookgDt", "BookDt")), StatementFault.MISSING),
    (statement_of(BALANCES, FIVE.replace("ООО", "О" * 500)), StatementFault.TOO_LONG),
    (statement_of(BALANCES, stated("OPBD", Decimal(1)), FIVE), StatementFault.DUPLICATE),
    (statement_of(BALANCES, stated("CLBD", Decimal(1)), FIVE), StatementFault.DUPLICATE),
    (statement_of(BALANCES.replace("EUR", "USD", 1), FIVE), StatementFault.CURRENCY),
    (statement_of(FIVE), StatementFault.CURRENCY),
    (statement_of().replace("</Acct>", "<Ccy>EUR</Ccy></Acct>"), StatementFault.MISSING),
    (statement_of(BALANCES, FIVE).replace(OUR_IBAN, ""), StatementFault.MISSING),
    (document_of("").decode(), StatementFault.MISSING),
    (statement_of(BALANCES, FIVE)[:-20], StatementFault.SHAPE),
    (statement_of(BALANCES, FIVE) + "<a/>", StatementFault.SHAPE),
    (statement_of(BALANCES, FIVE).replace("UTF-8", "UTF-7"), StatementFault.ENCODING),
    (
        statement_of(BALANCES, FIVE).replace(' encoding="UTF-8"', f"{' ' * 300}encoding='cp037'"),
        StatementFault.ENCODING,
    ),
    (statement_of(BALANCES, "<a>" * 300), StatementFault.SHAPE),
]


@pytest.mark.parametrize(("text", "fault"), REFUSED)
def test_a_broken_message_is_refused(text: str, fault: StatementFault) -> None:
    refusal = refusal_of(text)
    assert (refusal.code, refusal.fault) == ("STATEMENT_MALFORMED", fault)


def test_a_refusal_names_the_line() -> None:
    assert refusal_of(camt053().replace(b">0.01<", b">zero<")).line == 5


@pytest.mark.parametrize(
    ("found", "put", "fault"),
    [
        (b"939.51", b"939.52", StatementFault.BALANCE),
        (b"990.01", b"990.02", StatementFault.TURNOVER),
        (b"<Sum>150.50", b"<Sum>150.51", StatementFault.TURNOVER),
        (entry(MOVES[2]).encode(), b"", StatementFault.TURNOVER),
    ],
)
def test_entries_that_do_not_make_up_the_totals_are_refused(
    found: bytes, put: bytes, fault: StatementFault
) -> None:
    refusal = refusal_of(camt053().replace(found, put))
    assert (refusal.code, refusal.fault) == ("STATEMENT_TOTALS_MISMATCH", fault)


BILLION = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HARMFUL = [
    f'<!DOCTYPE D [<!ENTITY l0 "ha">{BILLION}]>',
    '<!DOCTYPE D [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE D SYSTEM "http://127.0.0.1:9/x.dtd">',
    '<!DOCTYPE D [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>',
]


@pytest.mark.parametrize("declaration", HARMFUL)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_a_declaration_is_refused_in_whatever_encoding(declaration: str, encoding: str) -> None:
    text = camt053().decode().replace("<Document", f"{declaration}<Document").replace("UTF-8", encoding)
    assert refusal_of(text.replace(MOVES[0].purpose, "&l9;&x;").encode(encoding)).code in {
        "STATEMENT_MALFORMED",
        "STATEMENT_FORMAT_UNKNOWN",
    }


def test_an_entity_that_nobody_declared_is_refused() -> None:
    assert refusal_of(camt053().replace("Ромашка".encode(), b"&x;")).fault is StatementFault.SHAPE
