"""A refund goes first to the method that paid, the rest to the balance; what a provider sent back (H7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.money import Money, total
from app.billing.refund_route import back_to_method, sent_back

minors = st.integers(0, 10**6)


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


@pytest.mark.parametrize(
    ("amount", "unallocated", "balance", "lines", "expected"),
    [
        (100, 0, 0, (100,), ((100,), 0, 0)),
        (30, 0, 0, (60, 40), ((18, 12), 0, 0)),
        (100, 100, 100, (), ((), 100, 0)),
        (100, 100, 30, (), ((), 30, 70)),
        (100, 40, 70, (60, 60), ((30, 30), 40, 0)),
        (100, 0, 70, (60,), ((60,), 0, 40)),
        (100, 0, 0, (0, 0), ((0, 0), 0, 100)),
    ],
)
def test_what_a_refund_made_at_the_provider_is_of(
    amount: int,
    unallocated: int,
    balance: int,
    lines: tuple[int, ...],
    expected: tuple[tuple[int, ...], int, int],
) -> None:
    found = sent_back(rub(amount), rub(unallocated), rub(balance), [rub(each) for each in lines])
    assert (tuple(each.minor for each in found.lines), found.balance.minor, found.loss.minor) == expected


@given(minors, minors, minors, st.lists(minors, max_size=4))
def test_the_parts_add_up_and_none_is_above_what_it_is_taken_from(
    amount: int, unallocated: int, balance: int, lines: list[int]
) -> None:
    found = sent_back(rub(amount), rub(unallocated), rub(balance), [rub(each) for each in lines])
    parts = [each.minor for each in found.lines]
    assert sum(parts) + found.loose.minor == amount
    assert all(0 <= part <= line for part, line in zip(parts, lines, strict=True))
    assert 0 <= found.balance.minor <= min(unallocated, balance)
    assert found.loss.minor >= 0
