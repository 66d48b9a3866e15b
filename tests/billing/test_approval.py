"""Four eyes: two people above a limit (H7)."""

import pytest

from app.billing.approval import SecondPersonRequired, limit_in, require_another_person
from app.billing.errors import NotPermitted
from app.billing.money import Money

LIMITS = (Money(500, "RUB"), Money(10, "EUR"))


@pytest.mark.parametrize(("currency", "limit"), [("RUB", 500), ("EUR", 10), ("USD", 0)])
def test_a_currency_without_a_limit_allows_nothing(currency: str, limit: int) -> None:
    assert limit_in(LIMITS, currency) == Money(limit, currency)


def test_one_person_is_not_two() -> None:
    require_another_person("staff:anna", "staff:boris")
    with pytest.raises(SecondPersonRequired) as refusal:
        require_another_person("staff:anna", "staff:anna")
    assert refusal.value.code == "SECOND_PERSON_REQUIRED"
    assert isinstance(refusal.value, NotPermitted)
