"""Money: whole minor units, one rounding rule, parts that add up."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.billing.money import CurrencyMismatch, Money, round_half_up, total

AMOUNTS = st.integers(-(10**15), 10**15)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any)


def rub(minor: int) -> Money:
    return Money(minor, "RUB")


@pytest.mark.parametrize("amount", [1.0, Decimal(1), True, "1", None, Fraction(1)])
def test_only_whole_minor_units_get_in(amount: object) -> None:
    with pytest.raises(TypeError, match="whole minor units"):
        Money(amount, "RUB")  # type: ignore[arg-type]  # refused at run time too


@pytest.mark.parametrize("currency", ["", "rub", "XXX", None])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(ValueError, match="unknown currency"):
        Money(1, currency)


def test_an_amount_never_changes() -> None:
    with pytest.raises(AttributeError):
        rub(1).minor = 2  # type: ignore[misc]  # frozen


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (Fraction(1, 2), 1),
        (Fraction(-1, 2), -1),
        (Fraction(5, 2), 3),
        (Fraction(-5, 2), -3),
        (Fraction(49, 100), 0),
        (Fraction(-49, 100), 0),
        (Fraction(51, 100), 1),
        (Fraction(7), 7),
    ],
)
def test_a_half_goes_away_from_zero(value: Fraction, rounded: int) -> None:
    assert round_half_up(value) == rounded


@settings(max_examples=30)
@given(AMOUNTS, st.integers(1, 10_000))
def test_rounding_is_the_accountants(numerator: int, denominator: int) -> None:
    exact = Decimal(numerator) / Decimal(denominator)
    expected = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    assert round_half_up(Fraction(numerator, denominator)) == expected


def test_a_share_is_rounded_once() -> None:
    assert rub(99_000).share(22, 122) == rub(17_852)
    assert rub(1).share(1, 2) == rub(1)
    assert rub(-1).share(1, 2) == rub(-1)


@settings(max_examples=30)
@given(AMOUNTS, WEIGHTS)
def test_parts_add_up_and_none_is_a_unit_off(amount: int, weights: list[int]) -> None:
    whole = rub(amount)

    parts = whole.allocate(weights)

    assert total(parts, "RUB") == whole
    for part, weight in zip(parts, weights, strict=True):
        exact = Fraction(amount * weight, sum(weights))
        assert abs(part.minor - exact) < 1
        assert weight or not part


@settings(max_examples=30)
@given(AMOUNTS, WEIGHTS)
def test_an_opposite_amount_splits_into_opposite_parts(amount: int, weights: list[int]) -> None:
    assert (-rub(amount)).allocate(weights) == [-part for part in rub(amount).allocate(weights)]


def test_the_largest_remainders_get_the_units_and_the_earlier_wins() -> None:
    assert rub(100).allocate([1, 1, 1]) == [rub(34), rub(33), rub(33)]
    assert rub(100).allocate([1, 2, 3]) == [rub(17), rub(33), rub(50)]
    assert rub(5).allocate([0, 1, 0, 1]) == [rub(0), rub(3), rub(0), rub(2)]
    assert rub(-100).allocate([1, 1, 1]) == [rub(-34), rub(-33), rub(-33)]


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [2, -1]])
def test_weights_that_say_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        rub(1).allocate(weights)


def test_arithmetic_keeps_the_currency() -> None:
    assert rub(3) + rub(4) == rub(7)
    assert rub(3) - rub(4) == rub(-1)
    assert rub(3) * 4 == rub(12)
    assert -rub(3) == rub(-3)
    assert rub(3) < rub(4) <= rub(4)
    assert not rub(4) < rub(4)
    assert bool(rub(1))
    assert not bool(Money.zero("EUR"))
    assert total([], "USD") == Money(0, "USD")


def test_currencies_never_mix() -> None:
    dollar, rouble = Money(1, "USD"), rub(1)
    assert dollar != rouble
    with pytest.raises(CurrencyMismatch):
        dollar + rouble
    with pytest.raises(CurrencyMismatch):
        dollar - rouble
    with pytest.raises(CurrencyMismatch):
        assert dollar < rouble
    with pytest.raises(CurrencyMismatch):
        assert dollar <= rouble
    with pytest.raises(CurrencyMismatch):
        total([dollar], "RUB")


@settings(max_examples=30)
@given(AMOUNTS)
def test_major_units_and_back(minor: int) -> None:
    amount = rub(minor)
    assert amount.decimal.as_tuple().exponent == -2
    assert Money.from_decimal(amount.decimal, "RUB") == amount


def test_parts_of_a_minor_unit_are_refused() -> None:
    with pytest.raises(ValueError, match="parts of a minor unit"):
        Money.from_decimal(Decimal("1.005"), "RUB")
