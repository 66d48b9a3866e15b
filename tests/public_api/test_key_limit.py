"""The abuse guard: per key, far above real use, with a time to come back."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.public_api import blueprint
from app.public_api.key_limit import MOST_KEYS, REQUESTS_PER_MINUTE, KeyLimit
from app.web.errors import ApiError
from tests.public_api.conftest import CHECK, USAGE, Ask, Subscriber, error_of


class Seconds:
    """A monotonic clock set by hand."""

    def __init__(self) -> None:
        self.value = 1000.0

    def __call__(self) -> float:
        return self.value


def test_the_limit_is_far_above_real_use() -> None:
    assert REQUESTS_PER_MINUTE >= 6000


def test_each_key_counts_for_itself() -> None:
    limit = KeyLimit(most=2)
    for key in ("one", "two", "one", "two"):
        limit.count(key)

    with pytest.raises(ApiError):
        limit.count("one")


def test_a_refused_key_is_welcome_in_the_next_minute() -> None:
    seconds = Seconds()
    limit = KeyLimit(most=1, monotonic=seconds)
    limit.count("key")
    with pytest.raises(ApiError) as refusal:
        limit.count("key")

    seconds.value += int(refusal.value.failure.headers["Retry-After"])

    limit.count("key")


def test_made_up_keys_do_not_fill_the_memory() -> None:
    limit = KeyLimit(most=1)
    for number in range(MOST_KEYS + 2):
        limit.count(str(number))

    assert len(limit) <= MOST_KEYS


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only three requests a minute."""
    monkeypatch.setattr(blueprint, "KeyLimit", lambda: KeyLimit(most=3))


@pytest.mark.usefixtures("tight")
def test_more_is_a_429_with_a_time_to_come_back(ask: Ask) -> None:
    assert [ask().status_code for _ in range(3)] == [200, 200, 200]

    response = ask()

    assert error_of(response) == (429, "TOO_MANY_REQUESTS")
    assert 1 <= int(response.headers["Retry-After"]) <= 60


@pytest.mark.usefixtures("tight")
def test_other_spellings_of_the_header_are_the_same_key(api: FlaskClient, subscriber: Subscriber) -> None:
    codes = [
        api.get(CHECK, headers={"Authorization": f"{scheme}{subscriber.key}"}).status_code
        for scheme in ("Bearer ", "bearer  ", "BEARER ", "Bearer   ")
    ]

    assert codes == [400, 400, 400, 429]


@pytest.mark.usefixtures("tight")
def test_another_key_is_not_held_back(api: FlaskClient, ask: Ask) -> None:
    for _ in range(4):
        ask()

    assert api.get(CHECK, headers={"Authorization": "Bearer other"}).status_code == 400


@pytest.mark.usefixtures("tight")
def test_usage_reports_count_as_well(api: FlaskClient, subscriber: Subscriber) -> None:
    codes = [api.post(USAGE, json={}, headers=subscriber.headers).status_code for _ in range(4)]

    assert codes == [400, 400, 400, 429]
