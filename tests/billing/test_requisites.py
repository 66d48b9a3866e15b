"""Requisites: official examples, agreement with python-stdnum, and every wrong digit that must be caught."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from stdnum.ru import inn as stdnum_inn
from stdnum.ru import ogrn as stdnum_ogrn

from app.billing.requisites import (
    is_bic,
    is_correspondent_account,
    is_exchange_id,
    is_inn,
    is_kpp,
    is_ogrn,
    is_ogrnip,
    is_settlement_account,
)

SBERBANK_BIC = "044525225"


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


def with_digit(value: str, place: int, digit: str) -> str:
    return value[:place] + digit + value[place + 1 :]


@pytest.mark.parametrize("value", ["7707083893", "7736050003", "7830002293"])
def test_known_organisations_have_a_valid_inn(value: str) -> None:
    assert is_inn(value, 10)
    assert not is_inn(value, 12)


@pytest.mark.parametrize("value", ["500100732259", "330500938709"])
def test_known_persons_have_a_valid_inn(value: str) -> None:
    assert is_inn(value, 12)
    assert not is_inn(value, 10)


@pytest.mark.parametrize(
    "value",
    ["", "7707083894", "770708389", "77070838933", "0000000000", "7707 083893", "٧٧٠٧٠٨٣٨٩٣", "7707083893\n"],
)
def test_a_wrong_or_unprintable_inn_is_refused(value: str) -> None:
    assert not is_inn(value, 10)


@settings(max_examples=20)
@given(digits(10).filter(lambda value: not value.startswith("00")))
def test_inn_of_organisations_agrees_with_stdnum(value: str) -> None:
    assert is_inn(value, 10) == stdnum_inn.is_valid(value)


@settings(max_examples=20)
@given(digits(9).filter(lambda value: not value.startswith("00")))
def test_exactly_one_control_digit_fits_an_organisation(body: str) -> None:
    fitting = [body + digit for digit in "0123456789" if is_inn(body + digit, 10)]
    assert len(fitting) == 1
    assert stdnum_inn.is_valid(fitting[0])


@settings(max_examples=20)
@given(digits(10).filter(lambda value: not value.startswith("00")))
def test_exactly_one_pair_of_control_digits_fits_a_person(body: str) -> None:
    fitting = [body + f"{pair:02}" for pair in range(100) if is_inn(body + f"{pair:02}", 12)]
    assert len(fitting) == 1
    assert stdnum_inn.is_valid(fitting[0])


@settings(max_examples=20)
@given(st.integers(0, 8), st.sampled_from("123456789"), digits(9))
def test_a_changed_digit_of_an_inn_is_caught_unless_the_remainder_is_ten(
    place: int, digit: str, body: str
) -> None:
    changed = with_digit(body, place, digit)
    assume(changed != body and not body.startswith("00") and not changed.startswith("00"))
    control = next(digit for digit in "0123456789" if is_inn(body + digit, 10))
    # Remainders 10 and 0 share the control digit 0, so that only a non-zero digit promises anything.
    assume(control != "0")
    assert not is_inn(changed + control, 10)


@pytest.mark.parametrize("value", ["773601001", "770543002", "7736AB001", "010101001"])
def test_kpp_shapes_that_the_tax_service_allows(value: str) -> None:
    assert is_kpp(value)


@pytest.mark.parametrize(
    "value", ["", "003601001", "77360100", "7736010011", "7736аб001", "7736ab001", "77-601001"]
)
def test_kpp_shapes_that_do_not_exist(value: str) -> None:
    assert not is_kpp(value)


@pytest.mark.parametrize("value", ["1027700132195", "1022200525819", "1027739609391"])
def test_known_organisations_have_a_valid_ogrn(value: str) -> None:
    assert is_ogrn(value)
    assert not is_ogrnip(value)


@pytest.mark.parametrize("value", ["385768585948949", "305500910900012"])
def test_a_sole_trader_has_an_ogrnip_of_fifteen_digits(value: str) -> None:
    assert is_ogrnip(value)
    assert not is_ogrn(value)


@settings(max_examples=20)
@given(st.sampled_from("15"), digits(12))
def test_ogrn_agrees_with_stdnum(first: str, rest: str) -> None:
    assert is_ogrn(first + rest) == stdnum_ogrn.is_valid(first + rest)


@settings(max_examples=20)
@given(st.sampled_from("15"), digits(11))
def test_exactly_one_control_digit_fits_an_ogrn(first: str, rest: str) -> None:
    fitting = [first + rest + digit for digit in "0123456789" if is_ogrn(first + rest + digit)]
    assert len(fitting) == 1
    assert stdnum_ogrn.is_valid(fitting[0])


@settings(max_examples=20)
@given(digits(13))
def test_exactly_one_control_digit_fits_an_ogrnip(rest: str) -> None:
    fitting = ["3" + rest + digit for digit in "0123456789" if is_ogrnip("3" + rest + digit)]
    assert len(fitting) == 1
    # stdnum forgets that a remainder of 10, 11 or 12 leaves its last digit, and knows no number that fits.
    remainder = int("3" + rest) % 13
    assert stdnum_ogrn.is_valid(fitting[0]) == (remainder < 10)


@pytest.mark.parametrize("value", ["2027700132195", "102770013219", "1027700132190", "305500910900013"])
def test_numbers_of_other_records_and_wrong_digits_are_no_ogrn(value: str) -> None:
    assert not is_ogrn(value)
    assert not is_ogrnip(value)


@pytest.mark.parametrize("value", [SBERBANK_BIC, "044525000", "004525988"])
def test_bic_of_banks_the_central_bank_and_the_treasury(value: str) -> None:
    assert is_bic(value)


@pytest.mark.parametrize("value", ["", "144525225", "034525225", "04452522", "0445252255", "04452522x"])
def test_bic_shapes_that_do_not_exist(value: str) -> None:
    assert not is_bic(value)


def test_the_example_of_the_payment_standard_is_a_valid_account() -> None:
    assert is_settlement_account("40702810138250123017", SBERBANK_BIC)
    assert not is_settlement_account("40702810138250123017", "044525974")
    assert not is_settlement_account("40702810138250123017", "")
    assert not is_settlement_account("4070281013825012301", SBERBANK_BIC)


@pytest.mark.parametrize(
    ("account", "bic"),
    [
        ("30101810400000000225", SBERBANK_BIC),
        ("30101810200000000700", "044525700"),
        ("40102810545370000003", "004525988"),
    ],
)
def test_known_correspondent_and_treasury_accounts(account: str, bic: str) -> None:
    assert is_correspondent_account(account, bic)


def test_a_client_account_is_no_correspondent_account() -> None:
    assert not is_correspondent_account("40702810138250123017", SBERBANK_BIC)
    assert not is_correspondent_account("30101810400000000225", "")


@settings(max_examples=20)
@given(digits(6), st.sampled_from(["000", "001", "002", "225", "974"]), digits(19), st.integers(0, 19))
def test_every_single_wrong_digit_of_an_account_is_caught(
    region: str, unit: str, body: str, place: int
) -> None:
    bic = "04" + region[:4] + unit
    account = next(body + digit for digit in "0123456789" if is_settlement_account(body + digit, bic))
    for digit in set("0123456789") - {account[place]}:
        assert not is_settlement_account(with_digit(account, place, digit), bic)


@settings(max_examples=20)
@given(digits(4), digits(3))
def test_a_central_bank_account_is_checked_like_a_correspondent_account(region: str, tail: str) -> None:
    body = "3010181000000000" + tail
    bic = "04" + region + "001"
    for digit in "0123456789":
        assert is_settlement_account(body + digit, bic) == is_correspondent_account(body + digit, bic)


@pytest.mark.parametrize(
    "value",
    ["2BM-9705123456-770501001-202601010101010101010", "2LT-11001234567", "2AEa", "2BE.x@y-z", "2" * 46],
)
def test_ids_of_participants_that_operators_give(value: str) -> None:
    assert is_exchange_id(value)


@pytest.mark.parametrize(
    "value", ["", "2BM", "2BM_1", "2BM-1/..", "../2BM-1", "2BM-Ж", "2BM- 1", "2BM-1\n", "2" * 47]
)
def test_what_could_not_stand_in_the_name_of_a_file_is_no_id(value: str) -> None:
    assert not is_exchange_id(value)
