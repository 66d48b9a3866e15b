"""Which keys move real money, and where no key shows."""

from __future__ import annotations

import pytest

from app.payments.stripe import StripeSettings
from tests.payments.stripe.conftest import SECRETS


@pytest.mark.parametrize(
    ("key", "live"),
    [("sk_live_1", True), ("rk_live_1", True), ("sk_test_1", False), ("rk_test_1", False)],
)
def test_live_keys_move_real_money(key: str, live: bool) -> None:
    assert StripeSettings(key, SECRETS).live is live


def test_the_text_form_holds_no_secret() -> None:
    said = repr(StripeSettings("sk_live_1", SECRETS))
    assert "sk_live_1" not in said
    assert "whsec" not in said
