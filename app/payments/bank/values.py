"""Amounts, dates and texts of bank files, taken exactly or not at all."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from app.billing.money import MINOR_UNITS_PER_MAJOR, Money
from app.billing.requisites import is_inn
from app.billing.statement_refusal import StatementFault, malformed

LARGEST_MINOR = 10**13
"""A hundred billion in major units: more than that is a broken file, not a payment."""

EARLIEST_YEAR, LATEST_YEAR = 1990, 2100

_AMOUNT = re.compile(r"(-?)([0-9]{1,15})(?:[.,]([0-9]{0,5}))?")
_RUSSIAN_DATE = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T[0-9:.]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")


def positive_amount(text: str, currency: str, line: int) -> Money:
    """What a line moved: above zero. Raises StatementRefused for anything else."""
    amount = balance(text, currency, line)
    if amount.minor <= 0:
        raise malformed(StatementFault.AMOUNT, line, "an amount is above zero")
    return amount


def turnover(text: str, currency: str, line: int) -> Money:
    """A sum of lines: zero or more. Raises StatementRefused."""
    amount = balance(text, currency, line)
    if amount.minor < 0:
        raise malformed(StatementFault.AMOUNT, line, "a turnover is not negative")
    return amount


def balance(text: str, currency: str, line: int) -> Money:
    """A balance, below zero on an overdrawn account. Digits with at most one separator and nothing else:
    spaces, exponents, NaN and parts of a minor unit are refused.
    """
    if currency not in MINOR_UNITS_PER_MAJOR:
        raise malformed(StatementFault.CURRENCY, line, "a currency that nothing is sold in")
    shape = _AMOUNT.fullmatch(text)
    if shape is None:
        raise malformed(StatementFault.AMOUNT, line, "not an amount")
    sign, whole, part = shape.groups()
    try:
        amount = Money.from_decimal(Decimal(f"{sign}{whole}.{part or 0}"), currency)
    except ValueError as error:
        raise malformed(StatementFault.AMOUNT, line, "parts of a minor unit") from error
    if abs(amount.minor) > LARGEST_MINOR:
        raise malformed(StatementFault.AMOUNT, line, "an amount beyond all reason")
    return amount


def russian_date(text: str, line: int) -> date:
    """A day written as 31.12.2026. Raises StatementRefused."""
    shape = _RUSSIAN_DATE.fullmatch(text)
    if shape is None:
        raise malformed(StatementFault.DATE, line, "a day is written as DD.MM.YYYY")
    day, month, year = (int(part) for part in shape.groups())
    return _day(year, month, day, line)


def iso_date(text: str, line: int) -> date:
    """The day of an ISO date or instant, as the bank states it. Raises StatementRefused."""
    shape = _ISO_DATE.fullmatch(text)
    if shape is None:
        raise malformed(StatementFault.DATE, line, "a day is written as YYYY-MM-DD")
    year, month, day = (int(part) for part in shape.groups())
    return _day(year, month, day, line)


def _day(year: int, month: int, day: int, line: int) -> date:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise malformed(StatementFault.DATE, line, "a year beyond all reason")
    try:
        return date(year, month, day)
    except ValueError as error:
        raise malformed(StatementFault.DATE, line, "no such day") from error


def require_printable(text: str, line: int) -> None:
    """Refuse control characters other than a tabulator: no bank writes them and no database keeps a NUL."""
    if _CONTROL.search(text):
        raise malformed(StatementFault.SHAPE, line, "a control character")


def one_line(text: str) -> str:
    """The text with every run of white space as one space, so that two printings of it are equal."""
    return " ".join(text.split())


def inn_or_none(text: str) -> str | None:
    """The ИНН if it is a possible one; banks also write 0, nothing or foreign numbers there."""
    return text if is_inn(text, 10) or is_inn(text, 12) else None
