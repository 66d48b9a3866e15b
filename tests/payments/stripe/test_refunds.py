"""Refunds: each goes out once, and never more than came in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.billing.money import Money
from app.billing.provider import RefundOutcomeKind, RefundReport
from app.payments.stripe import StripeProvider
from tests.clock import ManualClock
from tests.parallel import at_once
from tests.payments.stripe.conftest import RequestMaker
from tests.payments.stripe.double import endpoints
from tests.payments.stripe.double.books import Books
from tests.payments.stripe.double.provider import Double, Misdeed
from tests.payments.stripe.refunding import order_for


def test_money_goes_back_once_also_when_it_is_asked_for_a_day_later(
    provider: StripeProvider, books: Books, clock: ManualClock, request_for: RequestMaker
) -> None:
    order = order_for(provider.charge(request_for(books.save_card())), minor=50_000)
    first = provider.refund(order)
    assert (first.kind, first.amount) == (RefundOutcomeKind.SUCCEEDED, Money(50_000, "RUB"))
    assert first.reference is not None
    assert provider.refund(order) == first
    clock.advance(hours=30)
    assert provider.refund(order) == first
    assert provider.find_refund(order) == first
    assert books.refunded == [50_000]


def test_the_same_refund_at_once_goes_out_once(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    order = order_for(provider.charge(request_for(books.save_card())))
    at_once(*[lambda: provider.refund(order)] * 4)
    assert books.refunded == [150_000]


def test_more_than_came_in_never_goes_back(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    paid = provider.charge(request_for(books.save_card()))
    assert provider.refund(order_for(paid, minor=100_000)).kind is RefundOutcomeKind.SUCCEEDED
    second = provider.refund(order_for(paid, minor=100_000))
    assert (second.kind, second.failure_code) == (RefundOutcomeKind.FAILED, "charge_already_refunded")
    assert not second.retry
    assert books.refunded == [100_000]


def test_a_refund_that_was_never_asked_for_is_not_found(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    paid = provider.charge(request_for(books.save_card()))
    provider.refund(order_for(paid, minor=1_000))
    assert provider.find_refund(order_for(paid, minor=1_000)).kind is RefundOutcomeKind.NOT_FOUND


def test_a_refund_of_an_unknown_payment_fails(provider: StripeProvider) -> None:
    assert provider.refund(order_for(None)).kind is RefundOutcomeKind.FAILED


def test_a_payment_known_by_its_charge_is_refunded_too(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    provider.charge(request_for(books.save_card()))
    (charge,) = books.every("charge")
    order = replace(order_for(None), payment_reference=charge["id"])
    assert provider.refund(order).kind is RefundOutcomeKind.SUCCEEDED
    assert provider.find_refund(order).kind is RefundOutcomeKind.SUCCEEDED


@pytest.mark.parametrize(
    ("status", "reason", "kind", "retry"),
    [
        ("pending", None, RefundOutcomeKind.PENDING, False),
        ("requires_action", None, RefundOutcomeKind.PENDING, False),
        ("failed", "expired_or_canceled_card", RefundOutcomeKind.FAILED, False),
        ("failed", "insufficient_funds", RefundOutcomeKind.FAILED, True),
        ("canceled", None, RefundOutcomeKind.FAILED, False),
        ("something new", None, RefundOutcomeKind.UNKNOWN, False),
    ],
)
def test_a_refund_is_told_as_it_stands_by_now(
    provider: StripeProvider,
    books: Books,
    request_for: RequestMaker,
    status: str,
    reason: str | None,
    kind: RefundOutcomeKind,
    retry: bool,
) -> None:
    order = order_for(provider.charge(request_for(books.save_card())))
    provider.refund(order)
    (refund,) = books.every("refund")
    refund |= {"status": status, "failure_reason": reason}
    outcome = provider.find_refund(order)
    assert (outcome.kind, outcome.retry) == (kind, retry)
    assert outcome.failure_code == ((reason or status) if kind is RefundOutcomeKind.FAILED else None)


def test_a_refund_is_told_by_its_name_whoever_made_it(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    order = order_for(provider.charge(request_for(books.save_card())), minor=100_000)
    ours = provider.refund(order)
    (charge,) = books.every("charge")
    by_hand = endpoints.create_refund(books, "", {"charge": charge["id"], "amount": "500", "metadata": {}})

    assert provider.report_refund(str(ours.reference)) == RefundReport(
        str(ours.reference), ours, order.payment_reference, order.refund_id
    )
    found = provider.report_refund(by_hand["id"])
    assert found is not None
    assert (found.outcome.kind, found.outcome.amount) == (RefundOutcomeKind.SUCCEEDED, Money(500, "RUB"))
    assert (found.payment_reference, found.mark) == (order.payment_reference, None)


def test_a_refund_that_stripe_never_made_is_told_as_not_found_and_silence_as_none(
    provider: StripeProvider, double: Double
) -> None:
    found = provider.report_refund("re_unknown")
    assert found is not None
    assert found.outcome.kind is RefundOutcomeKind.NOT_FOUND
    double.misbehave(Misdeed.FAIL_BEFORE, "GET /v1/refunds")
    assert provider.report_refund("re_unknown") is None
