"""Checkout pages: opened once, paid once, closed for certain."""

from __future__ import annotations

from datetime import timedelta

from app.billing.money import Money
from app.billing.payment import OutcomeKind
from app.payments.stripe import StripeProvider
from tests.clock import ManualClock
from tests.payments.stripe.conftest import BACK, RequestMaker
from tests.payments.stripe.double import cards, customer
from tests.payments.stripe.double.books import Books
from tests.payments.stripe.double.provider import Double


def test_the_page_asks_for_our_sum_and_for_nothing_else(
    provider: StripeProvider, books: Books, clock: ManualClock, request_for: RequestMaker
) -> None:
    request = request_for()
    opened = provider.open_checkout(request)
    assert opened.kind is OutcomeKind.AWAITING_CUSTOMER
    page = customer.page_of(books, request.attempt_id)
    assert opened.redirect_url == page["url"]
    assert (page["mode"], page["amount_total"], page["currency"]) == ("payment", 150_000, "rub")
    assert page["success_url"] == page["cancel_url"] == BACK
    assert page["locale"] == "auto"
    assert page["adaptive_pricing"] == {"enabled": False}, "nobody pays in a currency that we did not ask for"
    assert page["payment_method_options"] == {"card": {"request_three_d_secure": "automatic"}}
    assert timedelta(seconds=page["expires_at"] - books.seconds) == timedelta(minutes=31)
    assert books.page_data[page["id"]]["setup_future_usage"] == "off_session"


def test_a_paid_page_saves_the_card_for_later_charges(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    request = request_for()
    provider.open_checkout(request)
    customer.pay(books, request.attempt_id)
    paid = provider.find(request.attempt_id)
    assert (paid.kind, paid.amount) == (OutcomeKind.SUCCEEDED, Money(150_000, "RUB"))
    assert paid.method is not None
    assert provider.charge(request_for(paid.method.token)).kind is OutcomeKind.SUCCEEDED
    assert books.taken == [150_000, 150_000]


def test_what_really_came_in_is_reported_whatever_was_asked_for(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    less, foreign, unknown = request_for(), request_for(), request_for()
    for request in (less, foreign, unknown):
        provider.open_checkout(request)
    customer.pay(books, less.attempt_id, amount_received=149_999)
    customer.pay(books, foreign.attempt_id, currency="usd")
    customer.pay(books, unknown.attempt_id, currency="jpy")
    assert provider.find(less.attempt_id).amount == Money(149_999, "RUB")
    assert provider.find(foreign.attempt_id).amount == Money(150_000, "USD")
    assert provider.find(unknown.attempt_id).amount is None


def test_opening_again_shows_the_same_page(
    provider: StripeProvider, books: Books, clock: ManualClock, request_for: RequestMaker
) -> None:
    request = request_for()
    first = provider.open_checkout(request)
    clock.advance(minutes=5)
    assert provider.open_checkout(request) == first
    customer.pay(books, request.attempt_id)
    assert provider.open_checkout(request).kind is OutcomeKind.SUCCEEDED
    assert len(books.every("checkout.session")) == 1


def test_one_customer_is_one_customer_at_stripe_although_its_index_is_late(
    provider: StripeProvider, books: Books, clock: ManualClock, request_for: RequestMaker
) -> None:
    provider.open_checkout(request_for())
    provider.open_checkout(request_for())
    clock.advance(days=3)
    provider.open_checkout(request_for())
    assert len(books.every("customer")) == 1


def test_a_declined_card_leaves_the_page_open(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    request = request_for()
    opened = provider.open_checkout(request)
    customer.pay(books, request.attempt_id, cards.STOLEN)
    assert provider.find(request.attempt_id) == opened


def test_an_unpaid_page_ends_after_half_an_hour(
    provider: StripeProvider, books: Books, clock: ManualClock, request_for: RequestMaker
) -> None:
    untouched, declined = request_for(), request_for()
    provider.open_checkout(untouched)
    provider.open_checkout(declined)
    customer.pay(books, declined.attempt_id, cards.STOLEN)
    clock.advance(minutes=32)
    assert provider.find(untouched.attempt_id).kind is OutcomeKind.ABANDONED
    assert provider.find(declined.attempt_id).kind is OutcomeKind.ABANDONED
    clock.advance(days=2)
    assert provider.find(declined.attempt_id).kind is OutcomeKind.ABANDONED


def test_a_closed_page_can_not_be_paid(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    request = request_for()
    provider.open_checkout(request)
    customer.pay(books, request.attempt_id, cards.DECLINED)
    assert provider.close_checkout(request.attempt_id).kind is OutcomeKind.ABANDONED
    assert customer.page_of(books, request.attempt_id)["status"] == "expired"
    (begun,) = books.every("payment_intent")
    assert begun["status"] == "canceled"
    assert provider.close_checkout(request.attempt_id).kind is OutcomeKind.ABANDONED


def test_closing_a_page_that_was_paid_a_moment_ago_tells_of_the_money(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    request = request_for()
    provider.open_checkout(request)
    customer.pay(books, request.attempt_id)
    assert provider.close_checkout(request.attempt_id).kind is OutcomeKind.SUCCEEDED


def test_a_page_paid_between_the_look_and_the_closing_has_succeeded(
    provider: StripeProvider, books: Books, double: Double, request_for: RequestMaker
) -> None:
    request = request_for()
    provider.open_checkout(request)
    double.before["POST /v1/checkout/sessions/"] = lambda: customer.pay(books, request.attempt_id)
    assert provider.close_checkout(request.attempt_id).kind is OutcomeKind.SUCCEEDED


def test_closing_what_was_never_opened_finds_nothing(
    provider: StripeProvider, request_for: RequestMaker
) -> None:
    assert provider.close_checkout(request_for().attempt_id).kind is OutcomeKind.NOT_FOUND


def test_money_that_is_on_its_way_is_neither_paid_nor_given_up(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    request = request_for()
    provider.open_checkout(request)
    customer.pay(books, request.attempt_id, status="processing")
    assert provider.find(request.attempt_id).kind is OutcomeKind.UNKNOWN
    assert provider.close_checkout(request.attempt_id).kind is OutcomeKind.UNKNOWN
