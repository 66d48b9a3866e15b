"""API keys: their form, and how long a temporary one opens anything (E1, C4)."""

import hashlib
import hmac
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.billing.api_key import (
    CONNECTOR_SCOPES,
    KEY_PATTERN,
    TRIAL_KEY_AFTERLIFE,
    ApiKeyKind,
    ApiKeyStatus,
    KeyFacts,
    Scope,
    fingerprint,
    is_expired,
    masked,
    mint_key,
)
from tests.billing.facts import DAY, INSTANT, NOW

END = NOW
TEMPORARY = KeyFacts(ApiKeyKind.TRIAL, ApiKeyStatus.ACTIVE, END, None)


@pytest.mark.parametrize(
    ("kind", "prefix"),
    [(ApiKeyKind.PRODUCTION, "bpm_prod_"), (ApiKeyKind.TRIAL, "bpm_trial_"), (ApiKeyKind.TEST, "bpm_test_")],
)
def test_a_key_is_its_prefix_and_32_characters(kind: ApiKeyKind, prefix: str) -> None:
    keys = {mint_key(kind) for _ in range(50)}
    assert len(keys) == 50
    for key in keys:
        assert key.startswith(prefix)
        assert len(key) == len(prefix) + 32
        assert KEY_PATTERN.fullmatch(key)


def test_a_fingerprint_needs_the_pepper() -> None:
    key = "bpm_prod_" + "a" * 32
    assert fingerprint(key, b"pepper") == hmac.new(b"pepper", key.encode(), hashlib.sha256).digest()
    assert fingerprint(key, b"pepper") != fingerprint(key, b"salt")
    assert fingerprint(key, b"pepper") != fingerprint(key + "a", b"pepper")


def test_a_key_as_people_see_it() -> None:
    assert masked(ApiKeyKind.PRODUCTION, "a1b2") == "bpm_prod_…a1b2"
    assert masked(ApiKeyKind.TRIAL, None) == "bpm_trial_…"


def test_an_ordinary_key_mints_no_others() -> None:
    assert set(CONNECTOR_SCOPES) == {Scope.CHECK, Scope.USAGE}


def test_a_key_without_an_end_never_expires() -> None:
    assert not is_expired(replace(TEMPORARY, expires_at=None), None, NOW + 10_000 * DAY)


def test_a_temporary_key_ends_with_the_trial() -> None:
    assert not is_expired(TEMPORARY, None, END - INSTANT)
    assert is_expired(TEMPORARY, None, END)


def test_whoever_bought_during_the_trial_keeps_the_temporary_key() -> None:
    bought = END - INSTANT
    assert not is_expired(TEMPORARY, bought, END)
    assert not is_expired(TEMPORARY, bought, END + 365 * DAY)


@pytest.mark.parametrize("bought", [END, END + DAY])
def test_whoever_bought_afterwards_does_not(bought: datetime) -> None:
    assert is_expired(TEMPORARY, bought, END + 2 * DAY)


@pytest.mark.parametrize("shown_after", [-5 * DAY, 0 * DAY, 3 * DAY])
def test_the_temporary_key_ends_14_days_after_a_production_key_was_shown(shown_after: timedelta) -> None:
    shown = END + shown_after
    key, over = replace(TEMPORARY, production_key_shown_at=shown), shown + TRIAL_KEY_AFTERLIFE
    assert not is_expired(key, END - DAY, over - INSTANT)
    assert is_expired(key, END - DAY, over)


def test_a_production_key_shown_early_never_shortens_the_trial() -> None:
    key = replace(TEMPORARY, production_key_shown_at=END - 40 * DAY)
    assert not is_expired(key, END - 50 * DAY, END - INSTANT)
    assert is_expired(key, END - 50 * DAY, END)


def test_without_a_purchase_a_shown_production_key_prolongs_nothing() -> None:
    assert is_expired(replace(TEMPORARY, production_key_shown_at=END), None, END)
