"""The Bank's files: read exactly, or refused as a whole."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.billing.errors import InvalidInput
from app.billing.exchange_rates import FOREIGN_CURRENCIES, ExchangeRate, RateFile
from app.rates.files import LONGEST_FILE, read_rate_file
from tests.rates.samples import daily, history

SATURDAY, SUNDAY, TUESDAY = date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 3)
DAILY = daily(SATURDAY)
HISTORY = history("USD", {SATURDAY: "76,4513", TUESDAY: "77,0001"})


def refusal(content: bytes, asked_for: date | None = None) -> str:
    with pytest.raises(InvalidInput) as error:
        read_rate_file(content, asked_for)
    return error.value.code


def test_a_daily_file_is_read() -> None:
    assert read_rate_file(DAILY, SUNDAY) == RateFile(
        (
            ExchangeRate("USD", SATURDAY, 1, Decimal("76.4513")),
            ExchangeRate("EUR", SATURDAY, 1, Decimal("90.1028")),
        ),
        {SATURDAY: SATURDAY, SUNDAY: SATURDAY},
    )


def test_a_history_is_read() -> None:
    file = read_rate_file(HISTORY)
    assert [(rate.published_on, rate.value) for rate in file.rates] == [
        (SATURDAY, Decimal("76.4513")),
        (TUESDAY, Decimal("77.0001")),
    ]
    assert file.published_on[SUNDAY] == SATURDAY


def test_an_old_file_without_the_rate_of_one_unit_and_with_spaces_is_read() -> None:
    old = DAILY.replace(b"<VunitRate>76,4513</VunitRate>", b"").replace(b">76,4513<", b"> 76,4513\n<")
    assert read_rate_file(old) == read_rate_file(DAILY)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"76,4513</Value>", b"76.4513</Value>"),
        (b"76,4513</Value>", b"1 076,4513</Value>"),
        (b"76,4513</Value>", b"-76,4513</Value>"),
        (b"76,4513</Value>", b"0,0000</Value>"),
        (b"76,4513</Value>", b"</Value>"),
        (b"76,4513</Value>", b"NaN</Value>"),
        (b"76,4513</Value>", b"1e3</Value>"),
        (b"76,4513</Value>", b"76,45131234</Value>"),
        (b"76,4513</Value>", b"9999999999,0</Value>"),
        (b"76,4513</Value>", b"7<b/>6,4513</Value>"),
        (b"76,4513</Value>", b"76,4513</Value><Value>76,4513</Value>"),
        (b"<Nominal>1</Nominal>", b"<Nominal>0</Nominal>"),
        (b"<Nominal>1</Nominal>", b"<Nominal>1,5</Nominal>"),
        (b"<Nominal>1</Nominal>", b""),
        (b">USD<", b">EUR<"),
        (b"28.02.2026", b"30.02.2026"),
        (b"28.02.2026", b"2026-02-28"),
        (b"28.02.2026", b""),
        (b"</ValCurs>", b""),
        (b"ValCurs", b"Rates"),
        (b'"windows-1251"', b'"klingon"'),
        (b"?><ValCurs", b"?><!DOCTYPE ValCurs><ValCurs"),
    ],
)
def test_what_is_not_exactly_a_daily_file_is_refused(before: bytes, after: bytes) -> None:
    assert before in DAILY
    assert refusal(DAILY.replace(before, after)) == "RATES_UNREADABLE"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"R01235", b"R01820"),
        (b'Id="R01235"', b'Id="R01239"'),
        (b"03.03.2026", b"28.02.2026"),
        (b'Date="03.03.2026"', b""),
        (b"77,0001</Value>", b"77.0001</Value>"),
        (b"Record", b"Entry"),
    ],
)
def test_what_is_not_exactly_a_history_is_refused(before: bytes, after: bytes) -> None:
    assert before in HISTORY
    assert refusal(HISTORY.replace(before, after)) == "RATES_UNREADABLE"


def test_a_file_without_a_currency_or_of_another_day_is_refused() -> None:
    assert refusal(daily(SATURDAY, USD="")) == "RATES_INCOMPLETE"
    assert refusal(DAILY, date(2026, 2, 27)) == "RATES_OF_ANOTHER_DAY"


def test_the_banks_own_refusal_and_things_that_are_no_xml_are_refused() -> None:
    error = b'<?xml version="1.0" encoding="windows-1251"?><ValCurs>Error in parameters</ValCurs>'
    for content in (error, b"", b"\x00", b"<html>", "курсы".encode(), b" " * (LONGEST_FILE + 1)):
        assert refusal(content) == "RATES_UNREADABLE"


def test_entities_are_neither_expanded_nor_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("76,4513")
    outside = f'<!DOCTYPE ValCurs [<!ENTITY x SYSTEM "file://{secret}">]>'
    bomb = '<!DOCTYPE ValCurs [<!ENTITY a "1"><!ENTITY x "' + "&a;" * 1000 + '">]>'
    for doctype in (outside, bomb):
        body = DAILY.replace(b"?><ValCurs", b"?>" + doctype.encode() + b"<ValCurs")
        assert refusal(body.replace(b"76,4513</Value>", b"&x;</Value>")) == "RATES_UNREADABLE"


REPLACED = st.tuples(st.integers(0, len(DAILY) - 1), st.integers(0, 255))


@settings(max_examples=300)
@given(
    content=st.sampled_from([DAILY, HISTORY]),
    replaced=st.lists(REPLACED, max_size=5),
    cut=st.none() | st.integers(0, len(DAILY)),
)
def test_a_damaged_file_is_refused_or_gives_proper_rates(
    content: bytes, replaced: list[tuple[int, int]], cut: int | None
) -> None:
    damaged = bytearray(content)
    for place, byte in replaced:
        damaged[place % len(damaged)] = byte
    try:
        file = read_rate_file(bytes(damaged[:cut]))
    except InvalidInput:
        return
    assert file.rates
    assert {rate.currency for rate in file.rates} <= set(FOREIGN_CURRENCIES)
    assert all(rate.value > 0 and rate.nominal > 0 for rate in file.rates)
    assert {rate.published_on for rate in file.rates} <= set(file.published_on)
