"""Why a statement is refused: a stable code, a place, never a value out of the file."""

from app.billing.errors import InvalidInput
from app.billing.statement_refusal import StatementFault, malformed, mismatched, too_large


def test_a_refusal_is_an_invalid_input_with_a_code_a_line_and_a_fault() -> None:
    refusal = malformed(StatementFault.DATE, 7, "no such day")
    assert isinstance(refusal, InvalidInput)
    assert (refusal.code, refusal.fault, refusal.line, refusal.detail) == (
        "STATEMENT_MALFORMED",
        StatementFault.DATE,
        7,
        "no such day",
    )
    assert str(refusal) == "line 7: date: no such day"


def test_totals_and_sizes_have_codes_of_their_own() -> None:
    assert mismatched(StatementFault.BALANCE, 3, "differs").code == "STATEMENT_TOTALS_MISMATCH"
    assert too_large("too many lines").code == "STATEMENT_TOO_LARGE"


def test_a_refusal_of_the_whole_file_names_no_line() -> None:
    refusal = too_large("too many lines")
    assert (refusal.line, str(refusal)) == (None, "size: too many lines")
