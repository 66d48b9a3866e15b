"""API keys: their form, labels and rotation, and how long a key opens anything (E1-E3, C4)."""

import hashlib
import hmac
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.api_key import (
    CONNECTOR_SCOPES,
    KEY_PATTERN,
    KEY_POLICY,
    TRIAL_KEY_AFTERLIFE,
    ApiKeyKind,
    ApiKeyStatus,
    KeyFacts,
    KeyLabel,
    Scope,
    TooManyKeys,
    check_room,
    check_rotation,
    closing_time,
    fingerprint,
    is_expired,
    masked,
    mint_key,
    without_keys,
    works_until,
)
from app.billing.errors import BillingError, InvalidInput
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


@pytest.mark.parametrize("kind", [ApiKeyKind.PRODUCTION, ApiKeyKind.TEST])
def test_a_purchase_prolongs_a_temporary_key_and_no_other(kind: ApiKeyKind) -> None:
    key = replace(TEMPORARY, kind=kind)
    assert not is_expired(key, END - DAY, END - INSTANT)
    assert is_expired(key, END - DAY, END)


@pytest.mark.parametrize(
    ("own_end", "closes_at", "until"),
    [
        (None, None, None),
        (END, None, END),
        (None, END, END),
        (END, END - DAY, END - DAY),
        (END, END + DAY, END),
    ],
)
def test_a_key_works_until_its_own_end_or_its_rotation_closes_it(
    own_end: datetime | None, closes_at: datetime | None, until: datetime | None
) -> None:
    key = replace(TEMPORARY, expires_at=own_end, closes_at=closes_at)
    assert works_until(key, None) == until


@pytest.mark.parametrize("kind", list(ApiKeyKind))
@pytest.mark.parametrize("shown_at", [None, END])
def test_nothing_keeps_a_rotated_key_alive(kind: ApiKeyKind, shown_at: datetime | None) -> None:
    own_end = END if kind is ApiKeyKind.TRIAL else None
    key = KeyFacts(kind, ApiKeyStatus.ACTIVE, own_end, shown_at, closes_at=END + 3 * DAY)
    assert not is_expired(key, END - DAY, END + 3 * DAY - INSTANT)
    assert is_expired(key, END - DAY, END + 3 * DAY)


@given(
    kind=st.sampled_from(ApiKeyKind),
    own_end=st.none() | st.integers(-40, 40),
    shown=st.none() | st.integers(-40, 40),
    closes=st.none() | st.integers(-40, 40),
    paid=st.none() | st.integers(-40, 40),
    now=st.integers(-40, 40),
)
def test_an_end_comes_once_and_rotation_only_brings_it_nearer(
    kind: ApiKeyKind, own_end: int | None, shown: int | None, closes: int | None, paid: int | None, now: int
) -> None:
    def day(number: int | None) -> datetime | None:
        return None if number is None else NOW + number * DAY

    key = KeyFacts(kind, ApiKeyStatus.ACTIVE, day(own_end), day(shown))
    rotated = replace(key, closes_at=day(closes))
    end, instant = works_until(rotated, day(paid)), NOW + now * DAY

    assert is_expired(rotated, day(paid), instant) == (end is not None and instant >= end)
    if is_expired(key, day(paid), instant):
        assert is_expired(rotated, day(paid), instant)
    if closes is not None:
        assert is_expired(rotated, day(paid), NOW + closes * DAY)


def test_a_rotated_key_closes_an_overlap_after_its_successor_was_shown() -> None:
    assert closing_time(NOW, timedelta(hours=1)) == NOW + timedelta(hours=1)
    assert closing_time(NOW, timedelta(0)) == NOW


def test_a_key_stays_open_until_its_successor_was_shown() -> None:
    assert closing_time(None, timedelta(0)) is None
    assert closing_time(None, None) is None
    assert closing_time(NOW, None) is None


def test_the_overlaps_on_offer() -> None:
    hours = [overlap / timedelta(hours=1) for overlap in KEY_POLICY.overlaps]
    assert hours == [0, 1, 24, 7 * 24]
    assert KEY_POLICY.usual_overlap in KEY_POLICY.overlaps


@pytest.mark.parametrize("overlap", KEY_POLICY.overlaps)
def test_a_live_key_is_rotated(overlap: timedelta) -> None:
    check_rotation(ApiKeyStatus.ACTIVE, overlap, has_successor=False, expired=False)


@pytest.mark.parametrize(
    ("status", "has_successor", "expired", "code"),
    [
        (ApiKeyStatus.DEACTIVATED, False, False, "KEY_NOT_LIVE"),
        (ApiKeyStatus.EXPIRED, False, False, "KEY_NOT_LIVE"),
        (ApiKeyStatus.ACTIVE, False, True, "KEY_NOT_LIVE"),
        (ApiKeyStatus.UNCLAIMED, False, True, "KEY_NOT_LIVE"),
        (ApiKeyStatus.UNCLAIMED, False, False, "KEY_NOT_SHOWN"),
        (ApiKeyStatus.ACTIVE, True, False, "KEY_ROTATING"),
    ],
)
def test_what_is_not_rotated(status: ApiKeyStatus, has_successor: bool, expired: bool, code: str) -> None:
    with pytest.raises(BillingError) as refusal:
        check_rotation(status, timedelta(0), has_successor=has_successor, expired=expired)
    assert refusal.value.code == code


@pytest.mark.parametrize("overlap", [timedelta(hours=2), timedelta(days=8), -timedelta(hours=1)])
def test_another_overlap_is_not_offered(overlap: timedelta) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_rotation(ApiKeyStatus.ACTIVE, overlap, has_successor=False, expired=False)
    assert refusal.value.code == "OVERLAP_NOT_OFFERED"


def test_fifty_keys_may_live_at_once() -> None:
    check_room(49)
    with pytest.raises(TooManyKeys) as refusal:
        check_room(50)
    assert refusal.value.code == "KEY_LIMIT"


@pytest.mark.parametrize(
    ("name", "group", "label"),
    [
        ("Отдел продаж", None, KeyLabel("Отдел продаж", None)),
        ("  two \t spaces\u00a0and\nlines ", "", KeyLabel("two spaces and lines", None)),
        ("x" * 100, " Склад ", KeyLabel("x" * 100, "Склад")),
        ("é😀", " \n", KeyLabel("é😀", None)),
        ("x", "y" * 100, KeyLabel("x", "y" * 100)),
    ],
)
def test_a_label_is_kept_without_needless_spaces(name: str, group: str | None, label: KeyLabel) -> None:
    assert KeyLabel.of(name, group) == label


UNFIT = ["x" * 101, "a\x00b", "a\x1bb", "a\u202eb", "\ud800"]


@pytest.mark.parametrize("name", ["", "  ", *UNFIT])
def test_a_name_has_1_to_100_printable_characters(name: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        KeyLabel.of(name)
    assert refusal.value.code == "KEY_NAME_INVALID"


@pytest.mark.parametrize("group", UNFIT)
def test_so_has_a_group(group: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        KeyLabel.of("x", group)
    assert refusal.value.code == "KEY_GROUP_INVALID"


@given(st.text(), st.text())
def test_any_label_is_either_refused_or_fit_to_be_stored(name: str, group: str) -> None:
    try:
        label = KeyLabel.of(name, group)
    except InvalidInput:
        return
    assert KeyLabel.of(label.name, label.group) == label
    for text in (label.name, label.group or "x"):
        assert 1 <= len(text) <= 100
        assert text.isprintable()
        assert text == text.strip()


def test_a_key_that_was_pasted_into_a_text_is_masked() -> None:
    first, second = mint_key(ApiKeyKind.PRODUCTION), mint_key(ApiKeyKind.TRIAL)
    text = without_keys(f"утёк {first}, и {second}!")
    assert text == f"утёк bpm_prod_…{first[-4:]}, и bpm_trial_…{second[-4:]}!"
    assert KeyLabel.of(first, second) == KeyLabel(f"bpm_prod_…{first[-4:]}", f"bpm_trial_…{second[-4:]}")
