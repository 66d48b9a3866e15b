"""The table of declines."""

from __future__ import annotations

import pytest

from app.payments.stripe.declines import may_retry


@pytest.mark.parametrize(
    "code",
    [
        "stolen_card",
        "lost_card",
        "pickup_card",
        "expired_card",
        "incorrect_number",
        "authentication_required",
        "fraudulent",
        "do_not_try_again",
    ],
)
def test_a_hard_decline_is_never_sent_to_the_same_card_again(code: str) -> None:
    assert not may_retry(code)


@pytest.mark.parametrize(
    "code", ["insufficient_funds", "generic_decline", "do_not_honor", "processing_error", "a new code", None]
)
def test_a_soft_or_unknown_decline_may_be_tried_again(code: str | None) -> None:
    assert may_retry(code)


def test_the_networks_advice_wins_over_a_soft_code() -> None:
    assert not may_retry("generic_decline", "do_not_try_again")
    assert may_retry("generic_decline", "try_again_later")
