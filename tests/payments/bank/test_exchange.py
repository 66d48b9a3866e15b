"""1CClientBankExchange: whose document it is, which way it went, and what is refused where."""

from dataclasses import replace
from datetime import date

import pytest

from app.billing.bank_statement import BankStatement, Direction
from app.billing.money import Money
from app.billing.statement_refusal import StatementFault, StatementRefused
from app.payments.bank.statements import read_statements
from tests.payments.bank.samples import (
    MOVES,
    OUR_ACCOUNT,
    THEIR_ACCOUNT,
    Move,
    document,
    exchange,
    exchange_text,
    header,
    lines_of,
    section,
)

END = lines_of("КонецФайла")
OTHER_ACCOUNT = "40702978000000074935"


def read(text: str) -> list[BankStatement]:
    return read_statements(text.encode("windows-1251"), "kl_to_1c.txt")


def refusal_of(text: str | bytes) -> StatementRefused:
    with pytest.raises(StatementRefused) as refused:
        read_statements(text if isinstance(text, bytes) else text.encode("windows-1251"), "kl_to_1c.txt")
    return refused.value


def line_in(text: str, start: str) -> int:
    """The number of the first line that starts so."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(start))


def test_a_statement_is_read_whole() -> None:
    (statement,) = read(exchange_text())
    assert (statement.account, statement.currency) == (OUR_ACCOUNT, "RUB")
    assert (statement.starts_on, statement.ends_on) == (date(2026, 1, 1), date(2026, 1, 31))
    assert (statement.opening, statement.closing) == (Money(10_000, "RUB"), Money(93_951, "RUB"))
    assert (statement.turnover_in, statement.turnover_out) == (Money(99_001, "RUB"), Money(15_050, "RUB"))
    assert [line.position for line in statement.lines] == [1, 2, 3]


def test_a_line_says_what_the_document_says() -> None:
    came, went, _ = read(exchange_text())[0].lines
    assert (came.booked_on, came.direction, came.amount) == (
        date(2026, 1, 12),
        Direction.IN,
        Money(99_000, "RUB"),
    )
    assert (came.reference, came.purpose) == ("1", "Оплата по счету СЧ-2026-000001")
    assert (came.party_name, came.party_inn, came.party_account) == (
        'ООО "Ромашка"',
        "7707083893",
        THEIR_ACCOUNT,
    )
    assert (went.direction, went.amount, went.party_inn) == (Direction.OUT, Money(15_050, "RUB"), None)


@pytest.mark.parametrize("encoding", ["windows-1251", "cp866", "utf-8", "utf-8-sig"])
def test_the_encoding_is_told_by_the_content_whatever_the_file_says(encoding: str) -> None:
    assert read_statements(exchange(encoding=encoding), "x") == read_statements(exchange(), "x")


def test_unix_lines_the_end_mark_of_dos_and_spaces_around_do_no_harm() -> None:
    text = (
        exchange_text()
        .replace("\r\n", "\n")
        .replace("РасчСчет=", "РасчСчет= ")
        .replace("Номер=1\n", "Номер=1 \n")
    )
    assert read(text + "\x1a") == read(exchange_text())


def test_another_encoding_is_refused() -> None:
    assert refusal_of(exchange_text().encode("koi8-r")).fault is StatementFault.ENCODING


def test_a_file_of_two_encodings_is_refused_at_the_line() -> None:
    text = exchange_text()
    mixed = text.removesuffix(END).encode("windows-1251") + END.encode()
    assert refusal_of(mixed).line == len(text.splitlines())
    broken = exchange(encoding="utf-8").replace("Ромашка".encode(), b"\xd0\xd0")
    refusal = refusal_of(broken)
    assert (refusal.fault, refusal.line) == (StatementFault.ENCODING, line_in(text, "Плательщик="))


def test_several_accounts_make_several_statements_and_positions_go_on() -> None:
    foreign = [Move("20.00", "9")]
    text = (
        header(OUR_ACCOUNT, OTHER_ACCOUNT)
        + section(MOVES)
        + section(foreign, "0", OTHER_ACCOUNT)
        + "".join(document(move) for move in MOVES)
        + document(foreign[0], OTHER_ACCOUNT)
        + END
    )
    rubles, euros = read(text)
    assert (rubles.currency, euros.currency) == ("RUB", "EUR")
    assert [line.position for line in (*rubles.lines, *euros.lines)] == [1, 2, 3, 4]


def test_a_document_between_two_of_our_accounts_is_a_line_of_both() -> None:
    second = OUR_ACCOUNT[:-1] + "6"
    between = document(Move("-5.00"), OUR_ACCOUNT).replace(THEIR_ACCOUNT, second)
    between = between.replace("ДатаПоступило=", "ДатаПоступило=12.01.2026")
    text = header() + section([Move("-5.00")]) + section([Move("5.00")], "0", second) + between + END
    ours, theirs = read(text)
    assert [line.direction for line in (*ours.lines, *theirs.lines)] == [Direction.OUT, Direction.IN]


def daily(day: int, opening: str, closing: str, came: str | None) -> str:
    turnover = [] if came is None else [f"ВсегоПоступило={came}"]
    return lines_of(
        "СекцияРасчСчет",
        f"ДатаНачала={day}.01.2026",
        f"ДатаКонца={day}.01.2026",
        f"РасчСчет={OUR_ACCOUNT}",
        f"НачальныйОстаток={opening}",
        *turnover,
        f"КонечныйОстаток={closing}",
        "КонецРасчСчет",
    )


DAYS = "".join(document(Move(amount, day=date(2026, 1, day))) for amount, day in (("1.00", 12), ("2.00", 13)))


def test_sections_of_one_account_add_up_in_the_order_of_their_days() -> None:
    text = header() + daily(13, "1.00", "3.00", "2.00") + daily(12, "0.00", "1.00", "1.00") + DAYS + END
    (statement,) = read(text)
    assert (statement.opening, statement.closing) == (Money(0, "RUB"), Money(300, "RUB"))
    assert (statement.turnover_in, statement.turnover_out) == (Money(300, "RUB"), None)
    assert (statement.starts_on, statement.ends_on) == (date(2026, 1, 12), date(2026, 1, 13))


def test_sections_of_one_account_that_do_not_lead_into_each_other_are_refused() -> None:
    text = header() + daily(12, "0.00", "1.00", None) + daily(13, "1.50", "3.50", None) + DAYS + END
    refusal = refusal_of(text)
    assert (refusal.code, refusal.fault) == ("STATEMENT_TOTALS_MISMATCH", StatementFault.BALANCE)


def test_an_account_without_a_section_states_no_totals() -> None:
    (statement,) = read(header(OUR_ACCOUNT) + document(MOVES[0]) + END)
    assert (statement.opening, statement.closing, statement.turnover_in, statement.turnover_out) == (
        None,
    ) * 4
    assert len(statement.lines) == 1


def test_an_overdrawn_account_is_read() -> None:
    (statement,) = read(exchange_text([Move("-500.00")]))
    assert statement.closing == Money(-40_000, "RUB")


@pytest.mark.parametrize(
    ("lines", "purpose"),
    [
        (("НазначениеПлатежа=За товары",), "За товары"),
        (
            ("НазначениеПлатежа=За товары НДС", "НазначениеПлатежа1=За товары", "НазначениеПлатежа2=НДС"),
            "За товары НДС",
        ),
        (("НазначениеПлатежа=", "НазначениеПлатежа1=За товары", "НазначениеПлатежа2=НДС"), "За товары НДС"),
        (("НазначениеПлатежа1=За  товары ", "НазначениеПлатежа6=a=b"), "За товары a=b"),
        ((), ""),
    ],
)
def test_the_purpose_is_put_together_once(lines: tuple[str, ...], purpose: str) -> None:
    text = exchange_text([MOVES[0]])
    stated = lines_of(f"НазначениеПлатежа={MOVES[0].purpose}", "НазначениеПлатежа1=")
    assert read(text.replace(stated, lines_of(*lines)))[0].lines[0].purpose == purpose


def test_a_name_loses_the_inn_before_it() -> None:
    text = exchange_text([MOVES[0]]).replace('Плательщик1=ООО "Ромашка"', "Плательщик1=")
    for before in ("7707083893 ", "7707083893, ", "ИНН 7707083893 "):
        assert read(text.replace("Плательщик=7707083893 ", f"Плательщик={before}"))[0].lines[
            0
        ].party_name == ('ООО "Ромашка"')


@pytest.mark.parametrize("inn", ["", "0", "7123456789012", "7707083894", "х"])
def test_an_impossible_inn_is_no_inn(inn: str) -> None:
    assert read(exchange_text([replace(MOVES[0], inn=inn)]))[0].lines[0].party_inn is None


def test_a_missing_key_of_the_inn_is_no_inn() -> None:
    text = exchange_text([MOVES[0]]).replace("ПлательщикИНН=7707083893\r\n", "")
    assert read(text)[0].lines[0].party_inn is None


REFUSED_LINES = [
    ("ВерсияФормата=1.03", "ВерсияФормата=2.00", StatementFault.VERSION),
    ("Сумма=990.00", "Сумма=1 000,50", StatementFault.AMOUNT),
    ("Сумма=990.00", "Сумма=-5", StatementFault.AMOUNT),
    ("Сумма=990.00", "Сумма=0.00", StatementFault.AMOUNT),
    ("Сумма=990.00", "Сумма=NaN", StatementFault.AMOUNT),
    ("Сумма=990.00", "Сумма=1e30", StatementFault.AMOUNT),
    ("Сумма=990.00", "Сумма=990.001", StatementFault.AMOUNT),
    ("Сумма=990.00", "Сумма=٩٩٠", StatementFault.AMOUNT),
    ("Сумма=990.00", "Сумма=999999999999999.00", StatementFault.AMOUNT),
    ("Сумма=990.00", "Сумма=", StatementFault.MISSING),
    ("Сумма=990.00", "Сумма=990.00\x00", StatementFault.SHAPE),
    ("Сумма=990.00", "Сумма", StatementFault.SHAPE),
    ("Сумма=990.00", "=990.00", StatementFault.SHAPE),
    ("ДатаПоступило=12.01.2026", "ДатаПоступило=31.02.2026", StatementFault.DATE),
    ("ДатаПоступило=12.01.2026", "ДатаПоступило=2026-01-12", StatementFault.DATE),
    ("ДатаПоступило=12.01.2026", "ДатаПоступило=12.01.0026", StatementFault.DATE),
    ("ВсегоПоступило=", "ВсегоПоступило=-", StatementFault.AMOUNT),
    ("НачальныйОстаток=100.00", "НачальныйОстаток=сто", StatementFault.AMOUNT),
]


@pytest.mark.parametrize(("found", "put", "fault"), REFUSED_LINES)
def test_a_broken_line_is_refused_with_its_number(found: str, put: str, fault: StatementFault) -> None:
    text = exchange_text()
    broken = text.replace(found, put, 1)
    encoding = "utf-8" if "٩" in put else "windows-1251"
    refusal = refusal_of(broken.encode(encoding))
    assert (refusal.code, refusal.fault, refusal.line) == ("STATEMENT_MALFORMED", fault, line_in(text, found))


def test_a_key_that_stands_twice_is_refused_at_the_second() -> None:
    text = exchange_text().replace("Сумма=990.00\r\n", "Сумма=990.00\r\nСумма=1.00\r\n")
    refusal = refusal_of(text)
    assert (refusal.fault, refusal.line) == (StatementFault.DUPLICATE, line_in(text, "Сумма=1.00"))


def test_a_section_of_too_many_keys_is_refused() -> None:
    keys = lines_of(*(f"Ключ{number}=" for number in range(200)))
    refusal = refusal_of(exchange_text().replace("Номер=1\r\n", f"Номер=1\r\n{keys}"))
    assert refusal.fault is StatementFault.TOO_LONG


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (exchange_text().removesuffix(END), StatementFault.CUT_SHORT),
        (exchange_text().removesuffix(f"КонецДокумента\r\n{END}") + END, StatementFault.CUT_SHORT),
        ("\r\n".join(exchange_text().splitlines()[:30]), StatementFault.CUT_SHORT),
        (exchange_text().replace("КонецРасчСчет\r\n", ""), StatementFault.CUT_SHORT),
        (exchange_text().replace("КонецДокумента\r\n", "", 1), StatementFault.CUT_SHORT),
        (exchange_text() + "Номер=1\r\n", StatementFault.SHAPE),
        (exchange_text().replace("КонецРасчСчет\r\n", "КонецРасчСчет\r\nНомер=1\r\n"), StatementFault.SHAPE),
        ("1CClientBankExchange2\r\n" + END, StatementFault.FORMAT),
        (header() + END, StatementFault.MISSING),
        (header("4070281000000007493") + END, StatementFault.ACCOUNT),
        (header("40702156000000074935") + END, StatementFault.CURRENCY),
        (exchange_text().replace("НачальныйОстаток=100.00\r\n", ""), StatementFault.MISSING),
        (exchange_text().replace("ДатаНачала=01.01.2026", "ДатаНачала="), StatementFault.MISSING),
        (exchange_text().replace("ДатаНачала=01.01.2026", "ДатаНачала=13.01.2026"), StatementFault.DATE),
        (exchange_text([]).replace("ДатаНачала=01.01.2026", "ДатаНачала=13.02.2026"), StatementFault.DATE),
        (exchange_text().replace("Номер=1", f"Номер={'9' * 141}"), StatementFault.TOO_LONG),
        (exchange_text().replace("Номер=1", f"Номер={'9' * 9_000}"), StatementFault.TOO_LONG),
        (
            exchange_text().replace(f"ПолучательСчет={OUR_ACCOUNT}", f"ПолучательСчет={THEIR_ACCOUNT}"),
            StatementFault.PARTIES,
        ),
        (
            exchange_text().replace(f"ПлательщикСчет={THEIR_ACCOUNT}", f"ПлательщикСчет={OUR_ACCOUNT}"),
            StatementFault.PARTIES,
        ),
        (exchange_text().replace("ДатаПоступило=12.01.2026", "ДатаПоступило="), StatementFault.PARTIES),
    ],
)
def test_a_broken_file_is_refused(text: str, fault: StatementFault) -> None:
    refusal = refusal_of(text)
    assert (refusal.code, refusal.fault) == ("STATEMENT_MALFORMED", fault)


def test_the_period_of_the_file_stands_in_for_the_sections_own() -> None:
    own = lines_of("СекцияРасчСчет", "ДатаНачала=01.01.2026", "ДатаКонца=31.01.2026")
    assert read(exchange_text().replace(own, lines_of("СекцияРасчСчет"))) == read(exchange_text())


@pytest.mark.parametrize(
    ("found", "put", "fault"),
    [
        ("КонечныйОстаток=939.51", "КонечныйОстаток=939.50", StatementFault.BALANCE),
        ("НачальныйОстаток=100.00", "НачальныйОстаток=100.01", StatementFault.BALANCE),
        ("ВсегоПоступило=990.01", "ВсегоПоступило=990.00", StatementFault.TURNOVER),
        ("ВсегоСписано=150.50", "ВсегоСписано=0", StatementFault.TURNOVER),
        ("Сумма=990.00", "Сумма=990.01", StatementFault.TURNOVER),
        (document(MOVES[2]), "", StatementFault.TURNOVER),
        (document(MOVES[2]), document(MOVES[2]) * 2, StatementFault.TURNOVER),
    ],
)
def test_lines_that_do_not_make_up_the_totals_are_refused(
    found: str, put: str, fault: StatementFault
) -> None:
    text = exchange_text().replace(found, put)
    assert text != exchange_text()
    refusal = refusal_of(text)
    assert (refusal.code, refusal.fault, refusal.line) == (
        "STATEMENT_TOTALS_MISMATCH",
        fault,
        line_in(text, "СекцияРасчСчет"),
    )
