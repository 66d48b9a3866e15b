"""Webhooks: believed only with a fresh signature over the raw body, and only in our mode (faults 18-25)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.errors import InvalidInput
from app.billing.payment import EventSubject, OutcomeKind
from app.billing.provider import SetupRequest
from app.payments.stripe import StripeProvider, StripeSettings
from app.payments.stripe.signature import require_signed
from tests.clock import START, ManualClock
from tests.payments.stripe.conftest import BACK, SECRETS, RequestMaker
from tests.payments.stripe.double import cards, customer
from tests.payments.stripe.double.books import Books
from tests.payments.stripe.signing import body_of, signed

EVENT: dict[str, Any] = {
    "id": "evt_1",
    "object": "event",
    "type": "payment_intent.succeeded",
    "created": 1,
    "livemode": False,
    "data": {"object": {"id": "pi_1", "object": "payment_intent", "metadata": {"attempt_id": "a-1"}}},
}
BODY = body_of(EVENT)


def refusal_of(provider: StripeProvider, body: bytes, header: str) -> str:
    with pytest.raises(InvalidInput) as refused:
        provider.read_event(body, header, START)
    return refused.value.code


def test_a_signed_event_tells_whose_attempt_it_speaks_of(provider: StripeProvider) -> None:
    event = provider.read_event(BODY, signed(BODY, START), START)
    assert (event.event_id, event.kind, event.attempt_id) == ("evt_1", "payment_intent.succeeded", "a-1")
    assert (event.subject, event.object_reference) == (EventSubject.PAYMENT, "pi_1")


@pytest.mark.parametrize("secret", SECRETS)
def test_both_secrets_are_accepted_while_they_are_being_changed(
    provider: StripeProvider, secret: str
) -> None:
    assert provider.read_event(BODY, signed(BODY, START, secret), START).event_id == "evt_1"


def test_one_good_signature_among_several_is_enough(provider: StripeProvider) -> None:
    good = signed(BODY, START)
    stamp, signature, _ = good.split(",")
    assert provider.read_event(BODY, f"{stamp},v1={'0' * 64},{signature}", START).event_id == "evt_1"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1",
        "v1=abc",
        "t=,v1=a",
        "t=-5,v1=a",
        "t=1e3,v1=a",
        "t=１,v1=a",
        "t=" + "9" * 400,
        "t=1,t=2,v1=a",
        "é=ü",
    ],
)
def test_a_header_that_is_none_is_refused(provider: StripeProvider, header: str) -> None:
    assert refusal_of(provider, BODY, header) == "BAD_SIGNATURE"


def test_another_secret_or_another_scheme_proves_nothing(provider: StripeProvider) -> None:
    assert refusal_of(provider, BODY, signed(BODY, START, "whsec_stranger")) == "BAD_SIGNATURE"
    assert refusal_of(provider, BODY, signed(BODY, START).replace("v1=", "v2=")) == "BAD_SIGNATURE"


@given(place=st.integers(0, len(BODY) - 1), change=st.integers(1, 255))
def test_a_body_with_one_changed_byte_is_refused(place: int, change: int) -> None:
    changed = BODY[:place] + bytes([BODY[place] ^ change]) + BODY[place + 1 :]
    with pytest.raises(InvalidInput):
        require_signed(changed, signed(BODY, START), SECRETS, START)


@pytest.mark.parametrize(
    ("age", "good"),
    [
        (timedelta(minutes=5), True),
        (timedelta(minutes=-5), True),
        (timedelta(minutes=5, seconds=1), False),
        (timedelta(minutes=-5, seconds=-1), False),
        (timedelta(days=1), False),
        (timedelta(days=-1), False),
    ],
)
def test_an_old_stamp_and_one_from_the_future_are_refused(
    provider: StripeProvider, age: timedelta, good: bool
) -> None:
    header = signed(BODY, START - age)
    if good:
        assert provider.read_event(BODY, header, START).event_id == "evt_1"
    else:
        assert refusal_of(provider, BODY, header) == "BAD_SIGNATURE"


def test_an_event_of_the_other_mode_is_refused(settings: StripeSettings, clock: ManualClock) -> None:
    live = StripeProvider(replace(settings, api_key="rk_live_1"), clock)
    assert refusal_of(live, BODY, signed(BODY, START)) == "MODE_MISMATCH"
    of_live = body_of(EVENT | {"livemode": True})
    assert live.read_event(of_live, signed(of_live, START), START).event_id == "evt_1"
    test = StripeProvider(settings, clock)
    assert refusal_of(test, of_live, signed(of_live, START)) == "MODE_MISMATCH"


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[]", b"7", b"{}", b'{"id": "evt_1", "data": {"object": 7}}']
)
def test_a_signed_body_that_is_no_event_is_refused(provider: StripeProvider, body: bytes) -> None:
    assert refusal_of(provider, body, signed(body, START)) == "BAD_EVENT"


@pytest.mark.parametrize(
    ("about", "subject", "reference", "attempt"),
    [
        ({"object": "refund", "id": "re_1", "metadata": {}}, EventSubject.REFUND, "re_1", None),
        ({"object": "dispute", "id": "dp_1", "metadata": {}}, EventSubject.DISPUTE, "dp_1", None),
        ({"object": "payment_method", "id": "pm_1"}, EventSubject.METHOD, "pm_1", None),
        (
            {"object": "setup_intent", "id": "seti_1", "payment_method": "pm_1"},
            EventSubject.METHOD,
            "pm_1",
            None,
        ),
        ({"object": "setup_intent", "id": "seti_1", "payment_method": None}, EventSubject.OTHER, None, None),
        ({"object": "checkout.session", "id": "cs_1", "mode": "setup"}, EventSubject.OTHER, None, None),
        (
            {"object": "checkout.session", "id": "cs_1", "mode": "payment", "client_reference_id": "a-1"},
            EventSubject.PAYMENT,
            "cs_1",
            "a-1",
        ),
        (
            {"object": "charge", "id": "ch_1", "metadata": {"attempt_id": "a-1"}},
            EventSubject.PAYMENT,
            "ch_1",
            "a-1",
        ),
        ({"object": "charge", "id": "ch_1", "metadata": {}}, EventSubject.PAYMENT, "ch_1", None),
        ({"object": "payout", "id": "po_1"}, EventSubject.OTHER, None, None),
        ({"object": "balance"}, EventSubject.OTHER, None, None),
    ],
)
def test_every_kind_of_object_has_its_subject(
    provider: StripeProvider,
    about: dict[str, Any],
    subject: EventSubject,
    reference: str | None,
    attempt: str | None,
) -> None:
    body = body_of(EVENT | {"data": {"object": about}})
    event = provider.read_event(body, signed(body, START), START)
    assert (event.subject, event.object_reference, event.attempt_id) == (subject, reference, attempt)


def test_what_is_found_does_not_depend_on_the_order_of_the_webhooks(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    request = request_for()
    provider.open_checkout(request)
    customer.pay(books, request.attempt_id, cards.DECLINED)
    customer.pay(books, request.attempt_id)
    bodies = [body_of(event) for event in books.every("event")]
    assert len(bodies) == 3
    for order in permutations(bodies):
        events = [provider.read_event(body, signed(body, START), START) for body in order]
        assert {event.attempt_id for event in events} == {request.attempt_id}
    assert provider.find(request.attempt_id).kind is OutcomeKind.SUCCEEDED


def test_missed_webhooks_are_read_again_oldest_first(
    provider: StripeProvider, books: Books, clock: ManualClock, request_for: RequestMaker
) -> None:
    first, second = request_for(books.save_card()), request_for()
    provider.charge(first)
    clock.advance(hours=1)
    since = clock.now()
    provider.open_checkout(second)
    customer.pay(books, second.attempt_id)
    setup = SetupRequest("setup-1", "42", BACK, "RUB")
    provider.open_setup(setup)
    customer.save_card(books, "setup-1")
    events = provider.events_since(since)
    assert events is not None
    assert [event.kind for event in events] == [
        "payment_intent.succeeded",
        "checkout.session.completed",
        "setup_intent.succeeded",
    ]
    assert [event.attempt_id for event in events] == [second.attempt_id, second.attempt_id, None]
    everything = provider.events_since(START)
    assert everything is not None
    assert everything[0].attempt_id == first.attempt_id


def test_events_of_many_pages_are_all_read(
    settings: StripeSettings, clock: ManualClock, books: Books, request_for: RequestMaker
) -> None:
    provider = StripeProvider(settings, clock)
    token = books.save_card()
    requests = [request_for(token) for _ in range(105)]
    for request in requests:
        provider.charge(request)
    events = provider.events_since(START)
    assert events is not None
    assert [event.attempt_id for event in events] == [request.attempt_id for request in requests]
