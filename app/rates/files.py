"""Reads the XML of the Bank of Russia: the daily file (XML_daily.asp) and the history of one currency
(XML_dynamic.asp). Both are windows-1251, dates are dd.mm.yyyy, decimals have a comma.

A file comes from outside: nothing in it is fetched or expanded, and what is not exactly such a file is
refused as a whole.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from app.billing.errors import InvalidInput
from app.billing.exchange_rates import (
    FOREIGN_CURRENCIES,
    ExchangeRate,
    RateFile,
    daily_file,
    history_file,
)

LONGEST_FILE = 2_000_000
"""Bytes; thirty years of one currency are half of it."""
CODES_OF_HISTORIES = {"R01235": "USD", "R01239": "EUR"}
"""A history names its currency by the Bank's own code only."""
DATE = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})", re.ASCII)
VALUE = re.compile(r"\d{1,9}(?:,\d{1,6})?", re.ASCII)
NOMINAL = re.compile(r"[1-9]\d{0,8}", re.ASCII)


def read_rate_file(content: bytes, asked_for: date | None = None) -> RateFile:
    """What the file says. `asked_for` is the day that a daily file was the Bank's answer for.

    Raises InvalidInput RATES_UNREADABLE for anything but such a file, and as `daily_file`.
    """
    root = _root(content)
    if "Date" in root.attrib:
        published_on = _date(root.get("Date"))
        return daily_file(_daily_rates(root, published_on), published_on, asked_for)
    rates = _history(root)
    if not rates:
        raise _unreadable("no rates in it")
    return history_file(rates)


def _root(content: bytes) -> Any:
    if len(content) > LONGEST_FILE:
        raise _unreadable("too long")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise _unreadable(type(error).__name__) from None
    tree: Any = root.getroottree()
    if tree.docinfo.doctype or root.tag != "ValCurs":
        raise _unreadable("another kind of file")
    return root


def _daily_rates(root: Any, published_on: date) -> list[ExchangeRate]:
    rates = [
        _rate(entry, code, published_on)
        for entry in root.iterfind("Valute")
        if (code := _text(entry, "CharCode")) in FOREIGN_CURRENCIES
    ]
    if len({rate.currency for rate in rates}) != len(rates):
        raise _unreadable("a currency stands in it twice")
    return rates


def _history(root: Any) -> list[ExchangeRate]:
    code = root.get("ID")
    currency = CODES_OF_HISTORIES.get(code)
    if currency is None:
        raise _unreadable("the history of another currency")
    records = root.findall("Record")
    if any(record.get("Id") != code for record in records):
        raise _unreadable("records of another currency")
    rates = [_rate(record, currency, _date(record.get("Date"))) for record in records]
    if len({rate.published_on for rate in rates}) != len(rates):
        raise _unreadable("a day stands in it twice")
    return rates


def _rate(entry: Any, currency: str, published_on: date) -> ExchangeRate:
    nominal, value = _text(entry, "Nominal"), _text(entry, "Value")
    if not NOMINAL.fullmatch(nominal) or not VALUE.fullmatch(value):
        raise _unreadable("no number where one must be")
    try:
        return ExchangeRate(currency, published_on, int(nominal), Decimal(value.replace(",", ".")))
    except ValueError as error:
        raise _unreadable(str(error)) from None


def _text(entry: Any, name: str) -> str:
    """The text of the one child of this name."""
    children = entry.findall(name)
    if len(children) != 1 or len(children[0]):
        raise _unreadable(f"{name} is not there once")
    return (children[0].text or "").strip()


def _date(text: str | None) -> date:
    parts = DATE.fullmatch(text or "")
    if parts is None:
        raise _unreadable("no date where one must be")
    day, month, year = map(int, parts.groups())
    try:
        return date(year, month, day)
    except ValueError:
        raise _unreadable("a date that does not exist") from None


def _unreadable(why: str) -> InvalidInput:
    return InvalidInput(why, code="RATES_UNREADABLE")
