"""VAT: inside the price, at the rate of the date of supply (J2)."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.billing.money import Money
from app.billing.tax import DatedTaxRate, NoTaxRate, included_vat, rate_for_buyer, rate_on

RATES = (DatedTaxRate(date(2026, 1, 1), 2200), DatedTaxRate(date(2019, 1, 1), 2000))


@pytest.mark.parametrize(
    ("supplied_on", "rate"),
    [
        (date(2019, 1, 1), 2000),
        (date(2025, 12, 31), 2000),
        (date(2026, 1, 1), 2200),
        (date(2040, 5, 5), 2200),
    ],
)
def test_the_rate_of_the_date_of_supply(supplied_on: date, rate: int) -> None:
    assert rate_on(RATES, supplied_on) == rate
    assert rate_on(RATES[::-1], supplied_on) == rate


def test_no_rate_is_guessed() -> None:
    with pytest.raises(NoTaxRate):
        rate_on(RATES, date(2018, 12, 31))
    with pytest.raises(NoTaxRate):
        rate_on([], date(2026, 1, 1))


def test_a_seller_may_be_without_vat_from_a_date_on() -> None:
    rates = [*RATES, DatedTaxRate(date(2027, 1, 1), None)]
    assert rate_on(rates, date(2027, 1, 1)) is None
    assert rate_on(rates, date(2027, 1, 1) - timedelta(days=1)) == 2200


def test_a_foreign_buyer_owes_no_russian_vat() -> None:
    assert rate_for_buyer(RATES, date(2026, 1, 1), "RU") == 2200
    assert rate_for_buyer(RATES, date(2026, 1, 1), "DE") is None


@pytest.mark.parametrize(
    ("gross", "rate", "vat"),
    [
        (12_000, 2000, 2_000), (12_200, 2200, 2_200), (99_000, 2200, 17_852), (99_000, 2000, 16_500),
        (10_500, 500, 500), (10_700, 700, 700), (3, 2000, 1), (100, 0, 0), (100, None, 0),
    ],
)  # fmt: skip
def test_the_vat_inside_a_price(gross: int, rate: int | None, vat: int) -> None:
    assert included_vat(Money(gross, "RUB"), rate) == Money(vat, "RUB")


@settings(max_examples=30)
@given(st.integers(0, 10**12), st.integers(0, 10_000))
def test_vat_and_the_price_without_it_make_the_price(gross: int, rate: int) -> None:
    vat = included_vat(Money(gross, "RUB"), rate).minor
    assert 0 <= vat <= gross
    assert abs(vat * (10_000 + rate) - gross * rate) * 2 <= 10_000 + rate
