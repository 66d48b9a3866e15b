"""VAT: inside the price, by the seller's regime, the date of supply and the buyer's country (J2)."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.billing.money import Money
from app.billing.tax import (
    STATUTORY_RATES,
    DatedTaxRegime,
    NoTaxRate,
    TaxGround,
    TaxRegime,
    TaxTreatment,
    included_vat,
    regime_on,
    tax_treatment,
)

NEW_YEAR_EVE, NEW_YEAR = date(2025, 12, 31), date(2026, 1, 1)
GENERAL, SIMPLIFIED, EXEMPT = TaxRegime.GENERAL, TaxRegime.SIMPLIFIED, TaxRegime.EXEMPT
FIVE, SEVEN = TaxRegime.SIMPLIFIED_5, TaxRegime.SIMPLIFIED_7
FREED = TaxTreatment(None, TaxGround.SIMPLIFIED)
SOFTWARE = TaxTreatment(None, TaxGround.ARTICLE_149)
ABROAD = TaxTreatment(None, TaxGround.PLACE_OF_SUPPLY)


def since_2018(regime: TaxRegime) -> list[DatedTaxRegime]:
    return [DatedTaxRegime(date(2018, 1, 1), regime)]


def with_vat(rate: int) -> TaxTreatment:
    return TaxTreatment(rate, TaxGround.VAT)


@pytest.mark.parametrize(
    ("regime", "supplied_on", "country", "treatment"),
    [
        (GENERAL, date(2019, 1, 1), "RU", with_vat(2000)),
        (GENERAL, NEW_YEAR_EVE, "RU", with_vat(2000)),
        (GENERAL, NEW_YEAR, "RU", with_vat(2200)),
        (GENERAL, date(2040, 5, 5), "RU", with_vat(2200)),
        (SIMPLIFIED, NEW_YEAR_EVE, "RU", FREED),
        (SIMPLIFIED, NEW_YEAR, "RU", FREED),
        (FIVE, date(2025, 1, 1), "RU", with_vat(500)),
        (FIVE, NEW_YEAR, "RU", with_vat(500)),
        (SEVEN, date(2025, 1, 1), "RU", with_vat(700)),
        (SEVEN, NEW_YEAR, "RU", with_vat(700)),
        (EXEMPT, NEW_YEAR_EVE, "RU", SOFTWARE),
        (EXEMPT, NEW_YEAR, "RU", SOFTWARE),
        (GENERAL, NEW_YEAR_EVE, "DE", ABROAD),
        (GENERAL, NEW_YEAR, "KZ", ABROAD),
        (SIMPLIFIED, NEW_YEAR, "DE", ABROAD),
        (FIVE, NEW_YEAR, "DE", ABROAD),
        (SEVEN, NEW_YEAR, "DE", ABROAD),
        (EXEMPT, NEW_YEAR, "DE", ABROAD),
    ],
)
def test_regime_date_and_country_decide(
    regime: TaxRegime, supplied_on: date, country: str, treatment: TaxTreatment
) -> None:
    assert tax_treatment(since_2018(regime), supplied_on, country) == treatment


@pytest.mark.parametrize(
    ("regime", "supplied_on"),
    [
        (GENERAL, date(2018, 12, 31)), (FIVE, date(2024, 12, 31)), (SEVEN, date(2024, 12, 31)),
        (GENERAL, date(2017, 12, 31)), (SIMPLIFIED, date(2017, 12, 31)), (EXEMPT, date(2017, 12, 31)),
    ],
)  # fmt: skip
def test_nothing_is_guessed_before_the_regime_or_its_rate_holds(regime: TaxRegime, supplied_on: date) -> None:
    with pytest.raises(NoTaxRate):
        tax_treatment(since_2018(regime), supplied_on, "RU")
    assert tax_treatment(since_2018(regime), supplied_on, "DE") == ABROAD


def test_a_seller_without_a_regime_supplies_abroad_only() -> None:
    with pytest.raises(NoTaxRate):
        tax_treatment([], NEW_YEAR, "RU")
    assert tax_treatment([], NEW_YEAR, "DE") == ABROAD


@pytest.mark.parametrize(
    ("supplied_on", "treatment"),
    [
        (date(2025, 6, 30), FREED), (date(2025, 7, 1), with_vat(500)), (NEW_YEAR_EVE, with_vat(500)),
        (NEW_YEAR, with_vat(2200)), (date(2027, 1, 31), with_vat(2200)), (date(2027, 2, 1), SOFTWARE),
    ],
)  # fmt: skip
def test_the_last_regime_begun_holds_in_whatever_order_they_are_told(
    supplied_on: date, treatment: TaxTreatment
) -> None:
    regimes = [
        DatedTaxRegime(date(2025, 7, 1), FIVE),
        DatedTaxRegime(date(2027, 2, 1), EXEMPT),
        DatedTaxRegime(date(2020, 1, 1), SIMPLIFIED),
        DatedTaxRegime(NEW_YEAR, GENERAL),
    ]
    assert tax_treatment(regimes, supplied_on, "RU") == treatment
    assert tax_treatment(regimes[::-1], supplied_on, "RU") == treatment


@given(st.sampled_from(TaxRegime), st.dates(date(2025, 1, 1)), st.sampled_from(["RU", "DE", "BY", "US"]))
def test_there_is_a_rate_exactly_on_the_ground_of_vat(
    regime: TaxRegime, supplied_on: date, country: str
) -> None:
    treatment = tax_treatment(since_2018(regime), supplied_on, country)
    assert (treatment.rate is not None) == (treatment.ground is TaxGround.VAT)
    assert (treatment.ground is TaxGround.VAT) == (country == "RU" and regime in STATUTORY_RATES)


@pytest.mark.parametrize(
    ("gross", "rate", "vat"),
    [
        (12_000, 2000, 2_000), (12_200, 2200, 2_200), (99_000, 2200, 17_852), (99_000, 2000, 16_500),
        (10_500, 500, 500), (10_700, 700, 700), (3, 2000, 1), (100, 0, 0), (100, None, 0),
    ],
)  # fmt: skip
def test_the_vat_inside_a_price_or_an_advance(gross: int, rate: int | None, vat: int) -> None:
    assert included_vat(Money(gross, "RUB"), rate) == Money(vat, "RUB")


@settings(max_examples=30)
@given(st.integers(0, 10**12), st.integers(0, 10_000))
def test_vat_and_the_price_without_it_make_the_price(gross: int, rate: int) -> None:
    vat = included_vat(Money(gross, "RUB"), rate).minor
    assert 0 <= vat <= gross
    assert abs(vat * (10_000 + rate) - gross * rate) * 2 <= 10_000 + rate


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.sampled_from([500, 700, 2000, 2200]))
def test_a_greater_sum_never_holds_less_vat(gross: int, more: int, rate: int) -> None:
    vat = included_vat(Money(gross, "USD"), rate)
    assert vat.currency == "USD"
    assert vat.minor <= included_vat(Money(gross + more, "USD"), rate).minor


def test_the_regime_of_a_day_is_the_last_that_has_begun() -> None:
    regimes = [*since_2018(GENERAL), DatedTaxRegime(NEW_YEAR, SIMPLIFIED)]
    assert regime_on(regimes, NEW_YEAR_EVE) is GENERAL
    assert regime_on(regimes, NEW_YEAR) is SIMPLIFIED
    with pytest.raises(NoTaxRate):
        regime_on(regimes, date(2017, 12, 31))
