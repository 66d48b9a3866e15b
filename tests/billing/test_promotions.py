"""Promo codes and goodwill: who may use them, and discounts that add up to the kopeck (B5)."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.billing.money import CurrencyMismatch, Money, total
from app.billing.promotions import (
    PROMO_CODE_PATTERN,
    Discounts,
    PricedItem,
    PromoCodeFacts,
    PromoDuration,
    PromoKind,
    PromoRefused,
    discounts,
    normalised_code,
    require_promo,
)
from tests.billing.facts import DAY, INSTANT, NOW

CRM, MAIL, SHEETS = 1, 2, 3
ALICE, BOB = 10, 11


def rub(minor: int) -> Money:
    return Money(minor, "RUB")


NOTHING = rub(0)
PERCENT = PromoCodeFacts(
    code="SPRING",
    kind=PromoKind.PERCENT,
    percent=1500,
    valid_from=NOW - DAY,
    customer_id=ALICE,
    customer_has_paid=True,
)
AMOUNT = replace(PERCENT, kind=PromoKind.AMOUNT, percent=None, amount=rub(10_000))


def changed(facts: PromoCodeFacts, changes: dict[str, object]) -> PromoCodeFacts:
    return replace(facts, **changes)  # type: ignore[arg-type]  # any field by name


@pytest.mark.parametrize("facts", [PERCENT, AMOUNT])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"valid_from": NOW},
        {"valid_until": NOW + INSTANT},
        {"max_redemptions": 5, "redemptions": 4},
        {"max_per_customer": 2, "redemptions_of_customer": 1},
        {"redemptions": 10_000, "redemptions_of_customer": 100},
        {"only_connector_ids": frozenset({MAIL, SHEETS})},
        {"only_customer_id": ALICE},
        {"first_order_only": True, "customer_has_paid": False},
    ],
)
def test_a_code_that_may_be_used(facts: PromoCodeFacts, changes: dict[str, object]) -> None:
    require_promo(changed(facts, changes), "RUB", [CRM, MAIL], NOW)


NOT_YET = {"valid_from": NOW + INSTANT}
EXPIRED = {"valid_until": NOW}
USED_UP = {"max_redemptions": 5, "redemptions": 5}
ALREADY_USED = {"max_per_customer": 1, "redemptions_of_customer": 1}
NOT_FOR_THESE = {"only_connector_ids": frozenset({SHEETS})}
NOT_FOR_YOU = {"only_customer_id": BOB}
FIRST_ORDER_ONLY = {"first_order_only": True}
DOLLARS = {"kind": PromoKind.AMOUNT, "percent": None, "amount": Money(1, "USD")}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (NOT_YET, "PROMO_NOT_YET"),
        (EXPIRED, "PROMO_EXPIRED"),
        ({"valid_until": NOW - 30 * DAY}, "PROMO_EXPIRED"),
        (USED_UP, "PROMO_USED_UP"),
        ({"max_redemptions": 5, "redemptions": 6}, "PROMO_USED_UP"),
        ({"max_redemptions": 0}, "PROMO_USED_UP"),
        (ALREADY_USED, "PROMO_ALREADY_USED"),
        (DOLLARS, "PROMO_WRONG_CURRENCY"),
        (NOT_FOR_THESE, "PROMO_NOT_FOR_THESE"),
        (NOT_FOR_YOU, "PROMO_NOT_FOR_YOU"),
        (FIRST_ORDER_ONLY, "PROMO_FIRST_ORDER_ONLY"),
        (NOT_FOR_YOU | NOT_YET, "PROMO_NOT_FOR_YOU"),
        (EXPIRED | ALREADY_USED, "PROMO_EXPIRED"),
        (ALREADY_USED | USED_UP, "PROMO_ALREADY_USED"),
        (USED_UP | FIRST_ORDER_ONLY, "PROMO_USED_UP"),
        (FIRST_ORDER_ONLY | DOLLARS, "PROMO_FIRST_ORDER_ONLY"),
        (DOLLARS | NOT_FOR_THESE, "PROMO_WRONG_CURRENCY"),
    ],
)
def test_a_refusal_says_why(changes: dict[str, object], code: str) -> None:
    with pytest.raises(PromoRefused) as refusal:
        require_promo(changed(PERCENT, changes), "RUB", [CRM, MAIL], NOW)
    assert refusal.value.code == code


def test_an_empty_cart_has_nothing_to_discount() -> None:
    with pytest.raises(PromoRefused) as refusal:
        require_promo(PERCENT, "RUB", [], NOW)
    assert refusal.value.code == "PROMO_NOT_FOR_THESE"


def test_a_percentage_is_good_in_any_currency() -> None:
    for currency in ("RUB", "USD", "EUR"):
        require_promo(PERCENT, currency, [CRM], NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"percent": None},
        {"percent": 0},
        {"percent": -1},
        {"percent": 10_001},
        {"amount": rub(1)},
        {"kind": PromoKind.AMOUNT},
        {"kind": PromoKind.AMOUNT, "amount": rub(1)},
        {"kind": PromoKind.AMOUNT, "percent": None, "amount": rub(0)},
        {"kind": PromoKind.AMOUNT, "percent": None, "amount": rub(-1)},
    ],
)
def test_what_is_no_discount(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="either a percentage"):
        changed(PERCENT, changes)


def test_a_code_counts_once_unless_it_says_otherwise() -> None:
    assert PERCENT.duration is PromoDuration.FIRST
    assert changed(PERCENT, {"percent": 1}).percent == 1
    assert changed(PERCENT, {"percent": 10_000}).percent == 10_000


def order(*prices: int) -> list[PricedItem]:
    """Lines for the connectors CRM, MAIL, SHEETS, CRM, … in turn."""
    return [PricedItem(CRM + place % 3, rub(price)) for place, price in enumerate(prices)]


@pytest.mark.parametrize(
    ("prices", "promo", "goodwill", "lines", "of_promo", "of_goodwill"),
    [
        ((), PERCENT, 500, (), 0, 0),
        ((99_000,), None, 0, (0,), 0, 0),
        ((99_000, 1_009_800), PERCENT, 0, (14_850, 151_470), 166_320, 0),
        ((10, 3, 30), PERCENT, 0, (2, 0, 5), 7, 0),  # 1.5, 0.45 and 4.5: a half goes up, each line by itself
        ((99_000,), {"percent": 10_000}, 500, (99_000,), 99_000, 0),
        ((99_000, 0), {"percent": 1}, 0, (10, 0), 10, 0),
        ((50_000, 50_000, 50_000), AMOUNT, 0, (3_334, 3_333, 3_333), 10_000, 0),
        ((6_000, 3_000), AMOUNT, 0, (6_000, 3_000), 9_000, 0),  # never more than the lines
        ((10_000, 0), AMOUNT, 0, (10_000, 0), 10_000, 0),
        ((0, 0), AMOUNT, 7, (0, 0), 0, 0),
        ((100, 100), None, 51, (26, 25), 0, 51),
        ((100, 300), None, 1_000, (100, 300), 0, 400),
        ((50_000, 50_000), AMOUNT, 95_000, (50_000, 50_000), 10_000, 90_000),  # over what is left
        ((20_000, 20_000), PERCENT, 1_001, (3_501, 3_500), 6_000, 1_001),
    ],
)
def test_discounts_of_an_order(
    prices: tuple[int, ...],
    promo: PromoCodeFacts | dict[str, object] | None,
    goodwill: int,
    lines: tuple[int, ...],
    of_promo: int,
    of_goodwill: int,
) -> None:
    facts = changed(PERCENT, promo) if isinstance(promo, dict) else promo
    found = discounts(order(*prices), facts, rub(goodwill))
    assert found == Discounts(tuple(rub(line) for line in lines), rub(of_promo), rub(of_goodwill))


@pytest.mark.parametrize(
    ("promo", "lines", "of_promo"),
    [
        (PERCENT, (0, 1_500, 1_500, 0, 1_500), 4_500),
        (AMOUNT, (0, 3_334, 3_333, 0, 3_333), 10_000),
        (changed(AMOUNT, {"amount": rub(1_000_000)}), (0, 10_000, 10_000, 0, 10_000), 30_000),
    ],
)
def test_only_the_connectors_of_the_code_are_cheaper(
    promo: PromoCodeFacts, lines: tuple[int, ...], of_promo: int
) -> None:
    limited = changed(promo, {"only_connector_ids": frozenset({MAIL, SHEETS, 99})})
    found = discounts(order(*[10_000] * 5), limited, NOTHING)
    assert found == Discounts(tuple(rub(line) for line in lines), rub(of_promo), NOTHING)


def test_goodwill_reaches_the_lines_that_the_code_leaves_out() -> None:
    limited = changed(AMOUNT, {"only_connector_ids": frozenset({MAIL})})
    found = discounts(order(10_000, 10_000), limited, rub(500))
    assert found == Discounts((rub(500), rub(10_000)), rub(10_000), rub(500))


CODES = st.one_of(
    st.none(),
    st.integers(1, 10_000).map(lambda percent: changed(PERCENT, {"percent": percent})),
    st.integers(1, 10**7).map(lambda minor: changed(AMOUNT, {"amount": rub(minor)})),
)
CONNECTORS = st.frozensets(st.sampled_from((CRM, MAIL, SHEETS)))
ITEMS = st.lists(
    st.builds(PricedItem, st.sampled_from((CRM, MAIL, SHEETS)), st.integers(0, 10**6).map(rub)), max_size=8
)
GOODWILL = st.integers(0, 10**7).map(rub)


@settings(max_examples=100)
@given(ITEMS, CODES, CONNECTORS, GOODWILL)
def test_discounts_tie_and_never_exceed_prices(
    items: list[PricedItem], code: PromoCodeFacts | None, only: frozenset[int], goodwill: Money
) -> None:
    promo = code and replace(code, only_connector_ids=only)
    found = discounts(items, promo, goodwill)
    prices = total((item.price for item in items), "RUB")
    assert total(found.lines, "RUB") == found.promo + found.goodwill
    assert len(found.lines) == len(items)
    for item, discount in zip(items, found.lines, strict=True):
        assert NOTHING <= discount <= item.price
    assert found.promo >= NOTHING
    assert found.goodwill == min(goodwill, prices - found.promo)
    if promo and promo.amount:
        covered = total((item.price for item in items if promo.covers(item.connector_id)), "RUB")
        assert found.promo == min(promo.amount, covered)


@settings(max_examples=50)
@given(ITEMS, CODES, CONNECTORS, GOODWILL, st.randoms(use_true_random=False))
def test_totals_do_not_depend_on_the_order_of_lines(
    items: list[PricedItem],
    code: PromoCodeFacts | None,
    only: frozenset[int],
    goodwill: Money,
    random: Random,
) -> None:
    promo = code and replace(code, only_connector_ids=only)
    shuffled = sorted(items, key=lambda _: random.random())
    first, second = discounts(items, promo, goodwill), discounts(shuffled, promo, goodwill)
    assert (first.promo, first.goodwill) == (second.promo, second.goodwill)


@settings(max_examples=30)
@given(ITEMS, CODES)
def test_without_goodwill_a_line_that_is_not_covered_keeps_its_price(
    items: list[PricedItem], code: PromoCodeFacts | None
) -> None:
    promo = code and replace(code, only_connector_ids=frozenset({CRM}))
    found = discounts(items, promo, NOTHING)
    for item, discount in zip(items, found.lines, strict=True):
        assert item.connector_id == CRM or not discount


def test_currencies_never_mix() -> None:
    with pytest.raises(CurrencyMismatch):
        discounts(order(100), None, Money(1, "USD"))
    with pytest.raises(CurrencyMismatch):
        discounts(order(100), None, Money(0, "USD"))
    with pytest.raises(CurrencyMismatch):
        discounts(order(100), changed(AMOUNT, {"amount": Money(1, "USD")}), NOTHING)


def test_nothing_is_negative() -> None:
    with pytest.raises(ValueError, match="goodwill"):
        discounts(order(100), None, rub(-1))
    with pytest.raises(ValueError, match="price"):
        PricedItem(CRM, rub(-1))


@pytest.mark.parametrize(
    ("text", "code"), [("SPRING", "SPRING"), (" spring-15\n", "SPRING-15"), ("\u00a0a1B2 ", "A1B2"), ("", "")]
)
def test_codes_are_compared_in_upper_case_without_spaces_around(text: str, code: str) -> None:
    assert normalised_code(text) == code
    assert normalised_code(code) == code


@pytest.mark.parametrize("code", ["ABC", "SPRING-15", "2026", "A" * 32, "A--B"])
def test_what_a_code_may_look_like(code: str) -> None:
    assert PROMO_CODE_PATTERN.fullmatch(code)


@pytest.mark.parametrize(
    "code", ["", "AB", "A" * 33, "spring", "-ABC", "ABC-", "A BC", "ABC\n", "ВЕСНА", "A_B", "АВС", "١٢٣"]
)
def test_what_no_code_looks_like(code: str) -> None:
    assert not PROMO_CODE_PATTERN.fullmatch(code)


@pytest.mark.parametrize(
    ("changes", "lowers"),
    [
        ({}, True),
        ({"max_redemptions": 1}, True),
        (USED_UP, False),
        (USED_UP | {"duration": PromoDuration.EVERY}, True),
    ],
)
def test_a_promised_code_lowers_renewals_while_a_use_is_left(
    changes: dict[str, object], lowers: bool
) -> None:
    assert changed(PERCENT, changes).lowers_renewals() is lowers
