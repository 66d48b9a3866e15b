"""MT940: what the library would skip, cut or mend is refused."""

from datetime import date

import pytest

from app.billing.bank_statement import BankStatement, Direction
from app.billing.money import Money
from app.billing.statement_refusal import StatementFault, StatementRefused
from app.payments.bank.statements import read_statements
from tests.payments.bank.samples import MOVES, OUR_IBAN, Move, mt940


def read(text: str) -> list[BankStatement]:
    return read_statements(text.encode(), "statement.sta")


def refusal_of(text: str | bytes) -> StatementRefused:
    with pytest.raises(StatementRefused) as refused:
        read_statements(text if isinstance(text, bytes) else text.encode(), "statement.sta")
    return refused.value


def message(*lines: str, opening: str = "C260101EUR0,00", closing: str = "C260131EUR1,00") -> str:
    """A message with these lines between its balances."""
    head = [":20:A", f":25:{OUR_IBAN}", ":28C:1/1", f":60F:{opening}"]
    return "\n".join([*head, *lines, f":62F:{closing}", "-", ""])


ONE = ":61:2601120112C1,00NTRFNONREF//B1"


def test_a_statement_is_read_whole() -> None:
    (statement,) = read(mt940().decode())
    assert (statement.account, statement.currency) == (OUR_IBAN, "EUR")
    assert (statement.starts_on, statement.ends_on) == (date(2026, 1, 1), date(2026, 1, 31))
    assert (statement.opening, statement.closing) == (Money(10_000, "EUR"), Money(93_951, "EUR"))
    assert (statement.turnover_in, statement.turnover_out) == (None, None)
    came, went, _ = statement.lines
    assert (came.booked_on, came.direction, came.amount, came.reference) == (
        date(2026, 1, 12),
        Direction.IN,
        Money(99_000, "EUR"),
        "1",
    )
    assert (came.purpose, came.party_name, came.party_account) == (
        MOVES[0].purpose,
        MOVES[0].name,
        "DE03508800500194791600",
    )
    assert (went.direction, went.amount) == (Direction.OUT, Money(15_050, "EUR"))


@pytest.mark.parametrize(
    ("mark", "direction"),
    [("C", "in"), ("CR", "in"), ("D", "out"), ("DR", "out"), ("RC", "out"), ("RD", "in")],
)
def test_a_reversal_goes_the_other_way(mark: str, direction: str) -> None:
    closing = "C260131EUR1,00" if direction == "in" else "D260131EUR1,00"
    (line,) = read(message(ONE.replace("C1,00", f"{mark}1,00"), closing=closing))[0].lines
    assert line.direction == direction


@pytest.mark.parametrize(
    ("line", "reference"),
    [
        (ONE, "B1"),
        (":61:260112C1,00NTRFNONREF", ""),
        (":61:260112C1,00NTRFCUSTOMER", "CUSTOMER"),
        (":61:260112C1,NTRFKREF+//B2", "B2"),
    ],
)
def test_the_reference_is_the_banks_else_the_customers(line: str, reference: str) -> None:
    assert read(message(line))[0].lines[0].reference == reference


def test_an_entry_date_of_december_on_a_day_of_january_is_the_year_before() -> None:
    text = message(":61:2601021231C1,00NTRFNONREF", opening="C251231EUR0,00")
    assert read(text)[0].lines[0].booked_on == date(2025, 12, 31)


def test_plain_details_are_the_purpose_and_may_name_an_inn() -> None:
    (line,) = read(message(ONE, ":86:Invoice 7", "paid by INN 7707083893 LLC"))[0].lines
    assert (line.purpose, line.party_inn) == ("Invoice 7 paid by INN 7707083893 LLC", "7707083893")
    assert read(message(ONE, ":86:INN 7707083894"))[0].lines[0].party_inn is None


def test_a_line_without_details_takes_what_stands_after_it() -> None:
    assert read(message(ONE + "\nInvoice 7"))[0].lines[0].purpose == "Invoice 7"


def test_envelopes_of_the_network_are_not_money() -> None:
    wrapped = "{1:F01AAAA}{2:I940}{4:\n" + message(ONE).replace("\n-\n", "\n-}\n") + "940 00\n"
    assert len(read(wrapped)[0].lines) == 1


def test_details_after_the_closing_balance_tell_of_the_statement() -> None:
    text = message(ONE).replace("\n-\n", "\n:64:C260131EUR1,00\n:86:SUM\n-\n")
    assert read(text)[0].lines[0].purpose == ""


def test_pages_of_one_statement_are_one_statement() -> None:
    first = message(ONE).replace(":62F:", ":62M:")
    second = message(ONE, opening="C260131EUR1,00", closing="C260131EUR2,00").replace(":60F:", ":60M:")
    (statement,) = read(first + second)
    assert (statement.opening, statement.closing) == (Money(0, "EUR"), Money(200, "EUR"))
    assert len({line.fingerprint for line in statement.lines}) == 2
    assert [line.position for line in statement.lines] == [1, 2]


def test_pages_that_do_not_lead_into_each_other_are_refused() -> None:
    first = message(ONE).replace(":62F:", ":62M:")
    second = message(ONE, opening="C260131EUR1,50", closing="C260131EUR2,50").replace(":60F:", ":60M:")
    refusal = refusal_of(first + second)
    assert (refusal.code, refusal.line) == ("STATEMENT_TOTALS_MISMATCH", 11)


def test_two_statements_of_one_file_are_two_and_equal_lines_are_the_same() -> None:
    first, second = read(message(ONE) * 2)
    assert first.lines[0].fingerprint == second.lines[0].fingerprint
    assert (first.lines[0].position, second.lines[0].position) == (1, 2)


def test_windows_1251_is_read() -> None:
    text = message(ONE, ":86:Оплата по счету")
    assert read_statements(text.encode("windows-1251"), "x") == read(text)


REFUSED = [
    (message(":61:2602310231C1,00NTRFNONREF"), StatementFault.SHAPE, 5),
    (message(":61:260112C12345678901234,00NTRFNONREF"), StatementFault.SHAPE, 5),
    (message(":61:260112C1.00NTRFNONREF"), StatementFault.SHAPE, 5),
    (message(":61:260112C1,001NTRFNONREF"), StatementFault.SHAPE, 5),
    (message(":61:260112X1,00NTRFNONREF"), StatementFault.SHAPE, 5),
    (message(":61:260112C0,00NTRFNONREF"), StatementFault.AMOUNT, 5),
    (message(":61:٢٦٠١١٢C1,00NTRFNONREF"), StatementFault.SHAPE, 5),
    (message(ONE, ":87:what"), StatementFault.SHAPE, 6),
    (message(ONE, ":86:a", ":86:b"), StatementFault.DUPLICATE, 7),
    (message(":86:a", ONE), StatementFault.SHAPE, 5),
    (message(ONE, ":86:a", ":", "61:b"), StatementFault.SHAPE, 7),
    (message(ONE, ":86:a\x00"), StatementFault.SHAPE, 6),
    (message(ONE, ":86:" + "a" * 9_000), None, 0),
    (message(ONE, ":86:a", *["b" * 100] * 100), StatementFault.TOO_LONG, 6),
    (message(ONE, opening="C260101EUR0,00x"), StatementFault.SHAPE, 4),
    (message(ONE, opening="C260231EUR0,00"), StatementFault.DATE, 4),
    (message(ONE, opening="C260101XXX0,00"), StatementFault.CURRENCY, 4),
    (message(ONE, closing="C260131USD1,00"), StatementFault.CURRENCY, 6),
    (message(ONE, closing="C251231EUR1,00"), StatementFault.DATE, 6),
    (message(ONE).replace(":25:", ":21:"), StatementFault.MISSING, 1),
    (message(ONE).replace(":62F:", ":64:"), StatementFault.CUT_SHORT, 1),
    (message().replace(":60F:", ":64:"), StatementFault.CUT_SHORT, 1),
    (message(ONE).replace(":60F:", ":64:"), StatementFault.SHAPE, 5),
    (message(ONE).replace(":28C:1/1", ":25:2"), StatementFault.DUPLICATE, 3),
    (message(ONE).replace(":28C:1/1", ":60F:C260101EUR0,00"), StatementFault.DUPLICATE, 4),
    (message(ONE).replace("\n-\n", "\n:62F:C260131EUR1,00\n-\n"), StatementFault.DUPLICATE, 7),
    (message(ONE).replace("\n-\n", f"\n{ONE}\n-\n"), StatementFault.SHAPE, 7),
    (":25:1\n" + message(ONE), StatementFault.SHAPE, 1),
    (message(ONE).replace(OUR_IBAN, "1" * 65), StatementFault.TOO_LONG, 6),
]


@pytest.mark.parametrize(("text", "fault", "line"), REFUSED)
def test_a_broken_message_is_refused_with_its_line(
    text: str, fault: StatementFault | None, line: int
) -> None:
    refusal = refusal_of(text)
    assert refusal.code == "STATEMENT_MALFORMED"
    if fault is not None:
        assert (refusal.fault, refusal.line) == (fault, line)


def test_bytes_of_no_encoding_are_refused() -> None:
    assert refusal_of(message(ONE).encode() + b"\x98").fault is StatementFault.ENCODING


def test_lines_that_do_not_make_up_the_closing_balance_are_refused() -> None:
    refusal = refusal_of(mt940().decode().replace("C990,00", "C990,01"))
    assert (refusal.code, refusal.fault) == ("STATEMENT_TOTALS_MISMATCH", StatementFault.BALANCE)


def test_the_library_does_not_tell_the_log(caplog: pytest.LogCaptureFixture) -> None:
    refusal_of(message(":61:260112C1,00NTRFNONREF\na\nb"))
    refusal_of(message(":61:2602310231C1,00NTRFNONREF"))
    assert caplog.records == []


def test_a_closing_balance_below_zero_is_read() -> None:
    assert read(mt940([Move("-500.00")]).decode())[0].closing == Money(-40_000, "EUR")
