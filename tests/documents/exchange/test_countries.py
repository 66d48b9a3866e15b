"""Countries by number."""

from __future__ import annotations

import pytest

from app.billing.documents.files import ExchangeFileInvalid
from app.documents.exchange.countries import country_name, country_number
from app.portal.countries import country_names


def test_every_country_that_can_be_chosen_has_a_number_of_its_own_but_kosovo() -> None:
    codes = country_names("ru").keys() - {"XK"}
    numbers = {country_number(code, "@КодСтр") for code in codes}
    assert len(numbers) == len(codes)
    assert all(len(number) == 3 and number.isdigit() for number in numbers)
    assert all(country_name(code) for code in codes)


@pytest.mark.parametrize(
    ("code", "number", "name"),
    [
        ("RU", "643", "Россия"),
        ("BY", "112", "Беларусь"),
        ("KZ", "398", "Казахстан"),
        ("US", "840", "Соединенные Штаты"),
    ],
)
def test_neighbours_and_customers(code: str, number: str, name: str) -> None:
    assert (country_number(code, "@КодСтр"), country_name(code)) == (number, name)


def test_a_country_without_a_number_is_refused() -> None:
    with pytest.raises(ExchangeFileInvalid, match="@КодСтр"):
        country_number("XK", "@КодСтр")
