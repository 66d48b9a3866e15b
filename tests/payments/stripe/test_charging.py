"""Charges of saved cards: once whatever happens, and every decline with a word on the next try."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.billing.money import Money
from app.billing.payment import OutcomeKind
from app.payments.stripe import StripeProvider, StripeSettings
from tests.clock import ManualClock
from tests.parallel import at_once
from tests.payments.stripe.conftest import RequestMaker
from tests.payments.stripe.double import cards, customer
from tests.payments.stripe.double.books import Books
from tests.payments.stripe.double.provider import Double


def test_a_saved_card_is_charged_once_and_what_came_in_is_reported(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    request = request_for(books.save_card(cards.MASTERCARD))
    outcome = provider.charge(request)
    assert outcome.kind is OutcomeKind.SUCCEEDED
    assert outcome.amount == Money(150_000, "RUB")
    assert outcome.reference is not None
    assert outcome.reference.startswith("pi_")
    assert outcome.method is not None
    assert (outcome.method.brand, outcome.method.last4) == ("MasterCard", "4444")
    assert outcome.method.fingerprint == "print5555555555554444"
    assert books.taken == [150_000]


def test_radars_word_is_kept(provider: StripeProvider, books: Books, request_for: RequestMaker) -> None:
    books.risk = "elevated"
    assert provider.charge(request_for(books.save_card())).risk == "elevated"


def test_the_same_request_again_is_the_same_charge(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    request = request_for(books.save_card())
    first = provider.charge(request)
    assert provider.charge(request) == first
    assert books.taken == [150_000]


def test_another_question_under_the_same_key_is_no_answer(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    request = request_for(books.save_card())
    provider.charge(request)
    other = replace(request, amount=Money(1, "RUB"))
    assert provider.charge(other).kind is OutcomeKind.UNKNOWN
    assert books.taken == [150_000]


@pytest.mark.parametrize(
    ("number", "code", "retry"),
    [
        (cards.INSUFFICIENT, "insufficient_funds", True),
        (cards.DECLINED, "generic_decline", True),
        (cards.STOLEN, "stolen_card", False),
        (cards.EXPIRED, "expired_card", False),
    ],
)
def test_a_decline_says_why_and_whether_to_try_again(
    provider: StripeProvider, books: Books, request_for: RequestMaker, number: str, code: str, retry: bool
) -> None:
    request = request_for(books.save_card(number))
    outcome = provider.charge(request)
    assert (outcome.kind, outcome.failure_code, outcome.retry) == (OutcomeKind.FAILED, code, retry)
    found = provider.find(request.attempt_id)
    assert (found.kind, found.failure_code, found.retry) == (OutcomeKind.FAILED, code, retry)
    assert books.taken == []


def test_a_detached_or_unknown_card_is_not_charged(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    token = books.save_card()
    assert provider.forget_method(token)
    for gone in (token, "pm_neverseen", None):
        outcome = provider.charge(replace(request_for(token), method_token=gone))
        assert (outcome.kind, outcome.retry) == (OutcomeKind.FAILED, False)
    assert books.every("payment_intent") == []


def test_a_sum_that_stripe_never_takes_is_a_failure_for_good(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    outcome = provider.charge(request_for(books.save_card(), minor=49))
    assert (outcome.kind, outcome.failure_code) == (OutcomeKind.FAILED, "amount_too_small")
    assert not outcome.retry


def test_where_the_bank_wants_the_customer_there_is_one_link_to_follow(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    request = request_for(books.save_card(cards.CONFIRM))
    outcome = provider.charge(request)
    assert outcome.kind is OutcomeKind.AWAITING_CUSTOMER
    assert outcome.redirect_url is not None
    assert outcome.redirect_url.startswith("https://checkout.stripe.com/")
    assert provider.find(request.attempt_id) == outcome
    (asked,) = books.every("payment_intent")
    assert asked["status"] == "canceled", "the charge that the page replaces can't be paid any more"
    customer.pay(books, request.attempt_id, cards.CONFIRM)
    assert provider.find(request.attempt_id).kind is OutcomeKind.SUCCEEDED
    assert books.taken == [150_000]


def test_a_charge_to_confirm_asked_for_again_leads_to_the_same_page(
    provider: StripeProvider, books: Books, clock: ManualClock, request_for: RequestMaker
) -> None:
    request = request_for(books.save_card(cards.CONFIRM))
    first = provider.charge(request)
    clock.advance(minutes=3)
    assert provider.charge(request) == first
    assert len(books.every("checkout.session")) == 1


def test_a_charge_that_went_through_before_it_could_be_cancelled_has_succeeded(
    provider: StripeProvider, double: Double, books: Books, request_for: RequestMaker
) -> None:
    request = request_for(books.save_card(cards.CONFIRM))

    def confirm() -> None:
        (intent,) = books.every("payment_intent")
        books.attempt_card(intent, request.method_token or "", confirmed=True)

    double.before["POST /v1/payment_intents/"] = confirm
    assert provider.charge(request).kind is OutcomeKind.SUCCEEDED
    assert books.every("checkout.session") == []


def test_a_page_for_confirmation_waits_for_most_of_a_day(
    provider: StripeProvider, books: Books, clock: ManualClock, request_for: RequestMaker
) -> None:
    request = request_for(books.save_card(cards.CONFIRM))
    provider.charge(request)
    clock.advance(hours=22)
    assert provider.find(request.attempt_id).kind is OutcomeKind.AWAITING_CUSTOMER
    clock.advance(hours=2)
    assert provider.find(request.attempt_id).kind is OutcomeKind.ABANDONED


def test_without_a_place_to_lead_back_to_the_bank_s_wish_is_a_failure(
    settings: StripeSettings, clock: ManualClock, books: Books, request_for: RequestMaker
) -> None:
    provider = StripeProvider(replace(settings, return_url=None), clock)
    request = request_for(books.save_card(cards.CONFIRM))
    outcome = provider.charge(request)
    assert (outcome.kind, outcome.failure_code) == (OutcomeKind.FAILED, "authentication_required")
    assert not outcome.retry
    assert provider.find(request.attempt_id).failure_code == "authentication_required"


def test_two_workers_with_one_key_charge_once(
    provider: StripeProvider, double: Double, books: Books, request_for: RequestMaker
) -> None:
    request = request_for(books.save_card())
    outcomes = at_once(*[lambda: provider.charge(request)] * 4)
    assert {each.kind for each in outcomes.results} <= {OutcomeKind.SUCCEEDED, OutcomeKind.UNKNOWN}
    assert books.taken == [150_000]
    assert double.count("POST /v1/payment_intents") == 4
