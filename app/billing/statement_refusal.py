"""Why a bank statement is not taken: stable words for screens, a place in the file for the person (H4)."""

from __future__ import annotations

from enum import StrEnum

from app.billing.errors import InvalidInput


class RefusalCode(StrEnum):
    """What a screen tells first. A refused file gives no lines at all, never a part of them."""

    FORMAT_UNKNOWN = "STATEMENT_FORMAT_UNKNOWN"
    MALFORMED = "STATEMENT_MALFORMED"
    TOO_LARGE = "STATEMENT_TOO_LARGE"
    TOTALS_MISMATCH = "STATEMENT_TOTALS_MISMATCH"


class StatementFault(StrEnum):
    """What exactly is wrong at the place in the file."""

    FORMAT = "format"
    SIZE = "size"
    ENCODING = "encoding"
    CUT_SHORT = "cut_short"
    SHAPE = "shape"
    DUPLICATE = "duplicate"
    MISSING = "missing"
    TOO_LONG = "too_long"
    VERSION = "version"
    AMOUNT = "amount"
    DATE = "date"
    CURRENCY = "currency"
    ACCOUNT = "account"
    PARTIES = "parties"
    BALANCE = "balance"
    TURNOVER = "turnover"


class StatementRefused(InvalidInput):
    """The whole file is refused. `line` counts from 1; None when no single place is to blame.

    `detail` names fields and limits of the format, never a value out of the file: those are personal data.
    """

    def __init__(self, code: RefusalCode, fault: StatementFault, line: int | None, detail: str) -> None:
        place = "" if line is None else f"line {line}: "
        super().__init__(f"{place}{fault}: {detail}", code=code.value)
        self.fault = fault
        self.line = line
        self.detail = detail


def malformed(fault: StatementFault, line: int | None, detail: str) -> StatementRefused:
    """The refusal of a file that breaks its own format at this line."""
    return StatementRefused(RefusalCode.MALFORMED, fault, line, detail)


def mismatched(fault: StatementFault, line: int | None, detail: str) -> StatementRefused:
    """The refusal of a file whose lines don't add up to the totals that it states."""
    return StatementRefused(RefusalCode.TOTALS_MISMATCH, fault, line, detail)


def too_large(detail: str) -> StatementRefused:
    """The refusal of a file above a limit; it was not read to its end."""
    return StatementRefused(RefusalCode.TOO_LARGE, StatementFault.SIZE, None, detail)
