"""Lines that break, servers that fail, keys that are forgotten: faults 12 to 16, and what is logged."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from app.billing.payment import OutcomeKind
from app.billing.provider import RefundOutcomeKind, SetupOutcomeKind, SetupRequest
from app.payments.stripe import StripeProvider, StripeSettings
from tests.clock import ManualClock
from tests.payments.stripe.conftest import KEY, SECRETS, RequestMaker
from tests.payments.stripe.double import cards
from tests.payments.stripe.double.books import Books
from tests.payments.stripe.double.provider import Double, Misdeed
from tests.payments.stripe.refunding import order_for

INTENTS = "POST /v1/payment_intents"


@pytest.mark.parametrize("misdeed", [Misdeed.HANG_AFTER, Misdeed.DROP_AFTER, Misdeed.FAIL_AFTER])
def test_a_charge_whose_answer_is_lost_is_unknown_and_then_found(
    provider: StripeProvider, double: Double, books: Books, request_for: RequestMaker, misdeed: Misdeed
) -> None:
    request = request_for(books.save_card())
    double.misbehave(misdeed, INTENTS)
    assert provider.charge(request).kind is OutcomeKind.UNKNOWN
    assert provider.find(request.attempt_id).kind is OutcomeKind.SUCCEEDED
    provider.charge(request)
    assert books.taken == [150_000]


@pytest.mark.parametrize(
    "misdeed",
    [
        Misdeed.HANG_BEFORE,
        Misdeed.DROP_BEFORE,
        Misdeed.FAIL_BEFORE,
        Misdeed.CONFLICT,
        Misdeed.TOO_MANY,
        Misdeed.REVOKED,
        Misdeed.FORBIDDEN,
    ],
)
def test_a_charge_that_was_never_heard_is_unknown_then_not_found_then_made_once(
    provider: StripeProvider, double: Double, books: Books, request_for: RequestMaker, misdeed: Misdeed
) -> None:
    request = request_for(books.save_card())
    double.misbehave(misdeed, INTENTS)
    assert provider.charge(request).kind is OutcomeKind.UNKNOWN
    assert provider.find(request.attempt_id).kind is OutcomeKind.NOT_FOUND
    assert provider.charge(request).kind is OutcomeKind.SUCCEEDED
    assert books.taken == [150_000]


def test_a_500_that_is_replayed_under_its_key_is_no_failure(
    provider: StripeProvider, double: Double, books: Books, request_for: RequestMaker
) -> None:
    request = request_for(books.save_card())
    double.misbehave(Misdeed.FAIL_AFTER, INTENTS)
    assert [provider.charge(request).kind for _ in range(3)] == [OutcomeKind.UNKNOWN] * 3
    assert provider.find(request.attempt_id).kind is OutcomeKind.SUCCEEDED


def test_a_request_is_never_repeated_by_itself(
    provider: StripeProvider, double: Double, books: Books, request_for: RequestMaker
) -> None:
    double.misbehave(Misdeed.DROP_BEFORE, INTENTS)
    provider.charge(request_for(books.save_card()))
    assert double.count(INTENTS) == 1


def test_after_the_key_is_forgotten_the_charge_is_still_found(
    provider: StripeProvider, books: Books, clock: ManualClock, request_for: RequestMaker
) -> None:
    request = request_for(books.save_card())
    provider.charge(request)
    for step in (timedelta(minutes=1), provider.retention, timedelta(hours=1), timedelta(days=40)):
        clock.move_to(clock.now() + step)
        assert provider.find(request.attempt_id).kind is OutcomeKind.SUCCEEDED
    assert books.taken == [150_000]


def test_what_the_search_index_does_not_know_yet_is_found_among_many_others(
    provider: StripeProvider, double: Double, books: Books, request_for: RequestMaker
) -> None:
    double.page = 2
    token = books.save_card()
    requests = [request_for(token) for _ in range(5)]
    for request in requests:
        provider.charge(request)
    kinds = [provider.find(request.attempt_id).kind for request in requests]
    assert kinds == [OutcomeKind.SUCCEEDED] * 5
    assert provider.find(request_for().attempt_id).kind is OutcomeKind.NOT_FOUND


@pytest.mark.parametrize(
    "place",
    ["GET /v1/payment_intents/search", "GET /v1/payment_intents", "GET /v1/checkout/sessions"],
)
def test_nothing_is_not_found_without_the_answer_of_every_place(
    provider: StripeProvider, double: Double, request_for: RequestMaker, place: str
) -> None:
    attempt_id = request_for().attempt_id
    double.misbehave(Misdeed.FAIL_BEFORE, place)
    assert provider.find(attempt_id).kind is OutcomeKind.UNKNOWN
    assert provider.find(attempt_id).kind is OutcomeKind.NOT_FOUND


@pytest.mark.parametrize("misdeed", [Misdeed.HANG_AFTER, Misdeed.DROP_AFTER, Misdeed.FAIL_AFTER])
def test_a_page_whose_address_got_lost_is_opened_once(
    provider: StripeProvider,
    double: Double,
    books: Books,
    clock: ManualClock,
    request_for: RequestMaker,
    misdeed: Misdeed,
) -> None:
    request = request_for()
    double.misbehave(misdeed, "POST /v1/checkout/sessions")
    assert provider.open_checkout(request).kind is OutcomeKind.UNKNOWN
    clock.advance(seconds=5)
    assert provider.find(request.attempt_id).kind is OutcomeKind.AWAITING_CUSTOMER
    assert provider.open_checkout(request).kind is OutcomeKind.AWAITING_CUSTOMER
    assert len(books.every("checkout.session")) == 1


def test_a_page_that_could_not_be_closed_is_not_called_closed(
    provider: StripeProvider, double: Double, request_for: RequestMaker
) -> None:
    request = request_for()
    provider.open_checkout(request)
    double.misbehave(Misdeed.FAIL_BEFORE, "POST /v1/checkout/sessions/")
    assert provider.close_checkout(request.attempt_id).kind is OutcomeKind.UNKNOWN


def test_a_confirmation_whose_page_got_lost_is_found(
    provider: StripeProvider, double: Double, books: Books, request_for: RequestMaker
) -> None:
    request = request_for(books.save_card(cards.CONFIRM))
    double.misbehave(Misdeed.DROP_AFTER, "POST /v1/checkout/sessions")
    assert provider.charge(request).kind is OutcomeKind.UNKNOWN
    assert provider.find(request.attempt_id).kind is OutcomeKind.AWAITING_CUSTOMER


def test_a_refund_whose_answer_is_lost_goes_out_once(
    provider: StripeProvider, double: Double, books: Books, clock: ManualClock, request_for: RequestMaker
) -> None:
    paid = provider.charge(request_for(books.save_card()))
    order = order_for(paid)
    double.misbehave(Misdeed.DROP_AFTER, "POST /v1/refunds")
    assert provider.refund(order).kind is RefundOutcomeKind.UNKNOWN
    assert provider.find_refund(order).kind is RefundOutcomeKind.SUCCEEDED
    clock.advance(hours=25)
    assert provider.refund(order).kind is RefundOutcomeKind.SUCCEEDED
    assert books.refunded == [150_000]


def test_an_answer_without_what_matters_is_no_answer(
    provider: StripeProvider, double: Double, books: Books, request_for: RequestMaker
) -> None:
    double.misbehave(Misdeed.NONSENSE, INTENTS)
    assert provider.charge(request_for(books.save_card())).kind is OutcomeKind.UNKNOWN


def test_no_answer_is_unknown_or_none_everywhere(clock: ManualClock, request_for: RequestMaker) -> None:
    nobody = StripeSettings(KEY, SECRETS, "https://bpm.example/", base_url="http://127.0.0.1:9")
    provider = StripeProvider(nobody, clock)
    request = request_for()
    order = order_for(None)
    setup = SetupRequest("setup-1", "42", "https://bpm.example/", "RUB")
    assert provider.open_checkout(request).kind is OutcomeKind.UNKNOWN
    assert provider.charge(replace(request, method_token="pm_1")).kind is OutcomeKind.UNKNOWN
    assert provider.find(request.attempt_id).kind is OutcomeKind.UNKNOWN
    assert provider.close_checkout(request.attempt_id).kind is OutcomeKind.UNKNOWN
    assert provider.refund(order).kind is RefundOutcomeKind.UNKNOWN
    assert provider.find_refund(order).kind is RefundOutcomeKind.UNKNOWN
    assert provider.open_setup(setup).kind is SetupOutcomeKind.UNKNOWN
    assert provider.find_setup("setup-1").kind is SetupOutcomeKind.UNKNOWN
    assert provider.report_refund("re_1") is None
    assert provider.find_dispute("dp_1") is None
    assert provider.find_method("pm_1") is None
    assert not provider.forget_method("pm_1")
    assert provider.events_since(clock.now()) is None


@pytest.mark.parametrize("misdeed", [Misdeed.REVOKED, Misdeed.FORBIDDEN, Misdeed.FAIL_BEFORE])
def test_no_log_ever_holds_a_key(
    settings: StripeSettings,
    double: Double,
    books: Books,
    request_for: RequestMaker,
    caplog: pytest.LogCaptureFixture,
    misdeed: Misdeed,
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("stripe").setLevel(logging.DEBUG)
    provider = StripeProvider(settings, books.clock)
    request = request_for(books.save_card())
    double.misbehave(misdeed, INTENTS)
    with capture_logs() as entries:
        provider.charge(request)
    said = caplog.text + repr(entries) + repr(settings)
    assert request.attempt_id in said
    assert not any(secret in said for secret in (KEY, *SECRETS))


@pytest.mark.parametrize(
    ("misdeed", "level", "event"),
    [
        (Misdeed.REVOKED, "error", "stripe_refused"),
        (Misdeed.FORBIDDEN, "error", "stripe_refused"),
        (Misdeed.CONFLICT, "warning", "stripe_unanswered"),
        (Misdeed.TOO_MANY, "warning", "stripe_unanswered"),
        (Misdeed.DROP_BEFORE, "warning", "stripe_unanswered"),
    ],
)
def test_what_needs_a_person_is_loud(
    provider: StripeProvider,
    double: Double,
    books: Books,
    request_for: RequestMaker,
    misdeed: Misdeed,
    level: str,
    event: str,
) -> None:
    double.misbehave(misdeed, INTENTS)
    with capture_logs() as entries:
        provider.charge(request_for(books.save_card()))
    (entry,) = entries
    assert (entry["log_level"], entry["event"]) == (level, event)


def test_another_question_under_a_used_key_is_loud(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    request = request_for(books.save_card())
    provider.charge(request)
    with capture_logs() as entries:
        provider.charge(replace(request, description="another"))
    (entry,) = entries
    assert (entry["log_level"], entry["error"]) == ("error", "IdempotencyError")
