"""Cards that are added without paying, renewed, deleted; and cardholders who want their money back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.billing.money import Money
from app.billing.payment import OutcomeKind
from app.billing.provider import DisputeState, SetupOutcomeKind, SetupRequest
from app.payments.stripe import StripeProvider
from tests.clock import ManualClock
from tests.payments.stripe.conftest import BACK, RequestMaker
from tests.payments.stripe.double import customer
from tests.payments.stripe.double.books import Books

SETUP = SetupRequest("setup-1", "42", BACK, "RUB")


def test_a_card_is_added_without_paying_and_can_be_charged(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    opened = provider.open_setup(SETUP)
    assert opened.kind is SetupOutcomeKind.AWAITING_CUSTOMER
    assert opened.redirect_url == customer.page_of(books, "setup-1")["url"]
    assert provider.find_setup("setup-1") == opened
    customer.save_card(books, "setup-1")
    saved = provider.find_setup("setup-1")
    assert saved.kind is SetupOutcomeKind.SAVED
    assert saved.method is not None
    assert (saved.method.brand, saved.method.last4) == ("Visa", "4242")
    assert books.taken == []
    assert provider.charge(request_for(saved.method.token)).kind is OutcomeKind.SUCCEEDED


def test_opening_a_setup_again_shows_the_same_page(
    provider: StripeProvider, books: Books, clock: ManualClock
) -> None:
    first = provider.open_setup(SETUP)
    clock.advance(minutes=1)
    assert provider.open_setup(SETUP) == first
    assert len(books.every("checkout.session")) == 1


def test_a_setup_that_nobody_finished_has_failed(provider: StripeProvider, clock: ManualClock) -> None:
    provider.open_setup(SETUP)
    clock.advance(minutes=32)
    found = provider.find_setup("setup-1")
    assert (found.kind, found.failure_code) == (SetupOutcomeKind.FAILED, "page_expired")


def test_a_setup_that_was_never_opened_is_not_found(provider: StripeProvider) -> None:
    assert provider.find_setup("setup-2").kind is SetupOutcomeKind.NOT_FOUND


@pytest.mark.parametrize(
    ("status", "kind"),
    [("processing", SetupOutcomeKind.UNKNOWN), ("requires_payment_method", SetupOutcomeKind.FAILED)],
)
def test_a_finished_page_without_a_card_is_told_as_it_is(
    provider: StripeProvider, books: Books, status: str, kind: SetupOutcomeKind
) -> None:
    provider.open_setup(SETUP)
    customer.save_card(books, "setup-1")
    (setup,) = books.every("setup_intent")
    setup |= {"status": status, "last_setup_error": {"code": "card_declined"}}
    assert provider.find_setup("setup-1").kind is kind


def test_a_card_that_the_network_renewed_is_told_with_its_new_number(
    provider: StripeProvider, books: Books
) -> None:
    token = books.save_card()
    books.objects[token]["card"] |= {"last4": "1881", "fingerprint": "renewed"}
    report = provider.find_method(token)
    assert report is not None
    assert report.method is not None
    assert (report.token, report.method.last4, report.method.fingerprint) == (token, "1881", "renewed")


def test_a_forgotten_card_is_gone_and_twice_is_once(provider: StripeProvider, books: Books) -> None:
    token = books.save_card()
    assert provider.forget_method(token)
    assert provider.forget_method(token)
    report = provider.find_method(token)
    assert report is not None
    assert report.method is None


def test_a_card_that_stripe_never_had_is_gone_too(provider: StripeProvider) -> None:
    report = provider.find_method("pm_unknown")
    assert report is not None
    assert report.method is None
    assert provider.forget_method("pm_unknown")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("warning_needs_response", DisputeState.OPEN),
        ("needs_response", DisputeState.OPEN),
        ("under_review", DisputeState.OPEN),
        ("won", DisputeState.WON),
        ("warning_closed", DisputeState.WON),
        ("lost", DisputeState.LOST),
    ],
)
def test_a_dispute_is_told_with_the_charge_the_sum_and_the_last_day(
    provider: StripeProvider,
    books: Books,
    clock: ManualClock,
    request_for: RequestMaker,
    status: str,
    state: DisputeState,
) -> None:
    paid = provider.charge(request_for(books.save_card()))
    assert paid.reference is not None
    made = customer.dispute(books, paid.reference, status=status)
    report = provider.find_dispute(made["id"])
    assert report is not None
    assert (report.reference, report.payment_reference) == (made["id"], paid.reference)
    assert (report.amount, report.state, report.reason) == (Money(150_000, "RUB"), state, "fraudulent")
    assert report.evidence_due_at == clock.now() + timedelta(days=7)


def test_a_dispute_in_a_currency_we_do_not_sell_in_or_that_nobody_knows_has_no_answer(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    paid = provider.charge(request_for(books.save_card()))
    assert paid.reference is not None
    made = customer.dispute(books, paid.reference, currency="jpy")
    assert provider.find_dispute(made["id"]) is None
    assert provider.find_dispute("dp_unknown") is None


def test_a_dispute_without_a_payment_names_its_charge(
    provider: StripeProvider, books: Books, request_for: RequestMaker
) -> None:
    paid = provider.charge(request_for(books.save_card()))
    assert paid.reference is not None
    made = customer.dispute(books, paid.reference, payment_intent=None, evidence_details={})
    report = provider.find_dispute(made["id"])
    assert report is not None
    assert report.payment_reference == made["charge"]
    assert report.evidence_due_at is None


def test_until_when_a_card_is_valid_is_told_and_follows_the_network(
    provider: StripeProvider, books: Books
) -> None:
    token = books.save_card()

    def told() -> date | None:
        report = provider.find_method(token)
        assert report is not None
        assert report.method is not None
        return report.method.valid_until

    assert told() == date(2030, 8, 31)
    books.objects[token]["card"] |= {"exp_month": 2, "exp_year": 2032}
    assert told() == date(2032, 2, 29)
    books.objects[token]["card"] |= {"exp_month": 13}
    assert told() is None
    del books.objects[token]["card"]["exp_month"]
    assert told() is None
