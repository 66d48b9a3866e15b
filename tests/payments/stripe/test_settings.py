"""Keys that must not be used where they are."""

from __future__ import annotations

import pytest

from app.payments.stripe import StripeSettings, problem_with
from tests.payments.stripe.conftest import SECRETS


@pytest.mark.parametrize(
    ("key", "production", "good"),
    [
        ("sk_test_1", False, True),
        ("rk_test_1", False, True),
        ("sk_live_1", True, True),
        ("rk_live_1", True, True),
        ("sk_test_1", True, False),
        ("rk_test_1", True, False),
        ("sk_live_1", False, False),
        ("rk_live_1", False, False),
        ("pk_test_1", False, False),
        ("pk_live_1", True, False),
        ("", False, False),
    ],
)
def test_a_key_fits_its_place_or_the_problem_is_named_without_it(
    key: str, production: bool, good: bool
) -> None:
    problem = problem_with(StripeSettings(key, SECRETS), production=production)
    assert (problem is None) is good
    assert not key or key not in (problem or "")


@pytest.mark.parametrize("secrets", [(), ("secret",), ("whsec_1", "whsec_2", "whsec_3"), ("whsec_1", "")])
def test_webhooks_need_one_or_two_secrets_of_stripe(secrets: tuple[str, ...]) -> None:
    assert problem_with(StripeSettings("sk_test_1", secrets), production=False) is not None


def test_the_text_form_holds_no_secret() -> None:
    said = repr(StripeSettings("sk_live_1", SECRETS))
    assert "sk_live_1" not in said
    assert "whsec" not in said
