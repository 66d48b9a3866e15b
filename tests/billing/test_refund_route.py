"""A refund goes first to the method that paid, the rest to the balance (H7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.money import Money, total
from app.billing.refund_route import back_to_method


def rub(minor: int) -> Money:
    return Money(minor, "RUB")


@pytest.mark.parametrize(
    ("amount", "earlier", "captured", "lines", "place", "expected"),
    [
        (100, 0, 100, [100], 0, 100),  # a card paid it all
        (100, 0, 0, [100], 0, 0),  # the balance paid it all
        (100, 0, 60, [100], 0, 60),  # both paid: the card first
        (50, 0, 60, [100], 0, 50),
        (50, 50, 60, [100], 0, 10),  # the card's share is nearly gone
        (30, 70, 60, [100], 0, 0),
        (100, 0, 150, [100, 100], 0, 75),  # a line takes its own share, not its neighbour's
        (100, 0, 150, [100, 100], 1, 75),
        (100, 0, 101, [100, 100], 0, 51),  # the kopeck that is left over belongs to the first
        (100, 0, 101, [100, 100], 1, 50),
    ],
)
def test_the_way_of_a_refund(
    amount: int, earlier: int, captured: int, lines: list[int], place: int, expected: int
) -> None:
    prices = [rub(line) for line in lines]
    assert back_to_method(rub(amount), rub(earlier), rub(captured), prices, place) == rub(expected)


@given(st.data())
def test_all_refunds_together_return_what_each_side_paid(data: st.DataObject) -> None:
    prices = [rub(minor) for minor in data.draw(st.lists(st.integers(1, 10**6), min_size=1, max_size=5))]
    whole = total(prices, "RUB")
    captured = rub(data.draw(st.integers(0, whole.minor)))
    to_method = rub(0)
    for place, price in enumerate(prices):
        first = rub(data.draw(st.integers(0, price.minor)))
        to_method += back_to_method(first, rub(0), captured, prices, place)
        to_method += back_to_method(price - first, first, captured, prices, place)
    assert to_method == captured
