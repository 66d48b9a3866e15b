"""The built-in acquirer beside charging: refunds, disputes, methods, events; it never gives back too much."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from app.billing.errors import InvalidInput, NotFound
from app.billing.money import Money
from app.billing.payment import ChargeRequest, EventSubject, OutcomeKind
from app.billing.ports import PaymentProvider
from app.billing.provider import (
    DisputeState,
    RefundOrder,
    RefundOutcomeKind,
    RefundReport,
    SetupOutcomeKind,
    SetupRequest,
)
from app.payments.test_acquirer.gateway import TestAcquirer
from app.payments.test_acquirer.ledger import AcquirerLedger
from tests.clock import ManualClock
from tests.parallel import at_once

AMOUNT = Money(99_000, "RUB")
TOKEN = "pm:tok_visa:7"
SETUP = SetupRequest("setup-1", "7", "http://localhost/back", "RUB")


@pytest.fixture
def acquirer(tmp_path: Path, clock: ManualClock) -> TestAcquirer:
    acquirer = TestAcquirer(AcquirerLedger(tmp_path / "books.sqlite"), "http://localhost", "secret", clock)
    as_port: PaymentProvider = acquirer
    assert as_port.name == "test"
    return acquirer


@pytest.fixture
def paid(acquirer: TestAcquirer) -> str:
    """The reference of a charge."""
    reference = acquirer.charge(ChargeRequest("attempt-1", AMOUNT, "СЧ", "7", method_token=TOKEN)).reference
    assert reference is not None
    return reference


def order(paid: str, minor: int, key: str = "refund-1") -> RefundOrder:
    return RefundOrder(key, paid, Money(minor, "RUB"))


def test_a_refund_is_sent_once_for_each_key(acquirer: TestAcquirer, paid: str) -> None:
    assert acquirer.find_refund(order(paid, 1_000)).kind is RefundOutcomeKind.NOT_FOUND
    outcomes = at_once(*[partial(acquirer.refund, order(paid, 1_000))] * 8).results
    assert {outcome.kind for outcome in outcomes} == {RefundOutcomeKind.SUCCEEDED}
    assert {outcome.amount for outcome in outcomes} == {Money(1_000, "RUB")}
    assert len({outcome.reference for outcome in outcomes}) == 1
    assert acquirer.find_refund(order(paid, 1_000)) == outcomes[0]
    assert acquirer.refund(order(paid, 2_000)).amount == Money(1_000, "RUB")


def test_never_more_goes_back_than_was_taken(acquirer: TestAcquirer, paid: str) -> None:
    orders = [order(paid, 60_000, f"refund-{number}") for number in range(4)]
    kinds = [
        outcome.kind for outcome in at_once(*[partial(acquirer.refund, each) for each in orders]).results
    ]
    assert sorted(kinds) == [RefundOutcomeKind.FAILED] * 3 + [RefundOutcomeKind.SUCCEEDED]
    assert acquirer.refund(order(paid, 39_001, "more")).failure_code == "exceeds_charge"
    assert acquirer.refund(order(paid, 39_000, "rest")).kind is RefundOutcomeKind.SUCCEEDED
    assert (
        acquirer.refund(replace(order(paid, 1, "usd"), amount=Money(1, "USD"))).failure_code
        == "exceeds_charge"
    )
    assert acquirer.refund(order("ch_unknown", 1, "other")).failure_code == "no_such_charge"


def test_what_the_bank_does_with_a_refund_is_told(acquirer: TestAcquirer, paid: str) -> None:
    acquirer.refund(order(paid, 99_000))
    for state in ("pending", "failed"):
        acquirer.change_refund("refund-1", state, "account_closed")
        assert acquirer.find_refund(order(paid, 99_000)).kind == state
    assert acquirer.refund(order(paid, 99_000, "again")).kind is RefundOutcomeKind.SUCCEEDED
    with pytest.raises(NotFound):
        acquirer.change_refund("nobody", "failed")


def test_a_dispute_is_reported_as_it_stands(acquirer: TestAcquirer, paid: str, clock: ManualClock) -> None:
    reference = acquirer.open_dispute(paid, AMOUNT)
    for state in (DisputeState.OPEN, DisputeState.LOST, DisputeState.WON):
        acquirer.end_dispute(reference, state)
        report = acquirer.find_dispute(reference)
        assert report is not None
        assert (report.payment_reference, report.amount, report.state, report.evidence_due_at) == (
            paid, AMOUNT, state, clock.now() + timedelta(days=7),
        )  # fmt: skip
    assert acquirer.find_dispute("dp_nobody") is None


def test_a_method_is_renewed_gone_and_given_anew(acquirer: TestAcquirer) -> None:
    def last4() -> str | None:
        report = acquirer.find_method(TOKEN)
        assert report is not None
        return report.method.last4 if report.method else None

    assert last4() == "4242"
    acquirer.change_method(TOKEN, last4="0005")
    assert last4() == "0005"
    assert acquirer.forget_method(TOKEN) is acquirer.forget_method(TOKEN) is True
    assert last4() is None
    charge = ChargeRequest("attempt-2", AMOUNT, "СЧ", "7", method_token=TOKEN)
    assert acquirer.charge(charge).failure_code == "no_such_method"
    page = ChargeRequest("attempt-3", AMOUNT, "СЧ", "7", return_url="http://localhost/return")
    acquirer.open_checkout(page)
    acquirer.pay("attempt-3", "tok_visa")
    assert last4() == "4242"
    assert acquirer.charge(replace(charge, attempt_id="attempt-4")).kind is OutcomeKind.SUCCEEDED


def test_a_method_is_added_without_a_payment(acquirer: TestAcquirer) -> None:
    assert acquirer.find_setup("setup-1").kind is SetupOutcomeKind.NOT_FOUND
    opened = acquirer.open_setup(SETUP)
    assert (opened.kind, opened.redirect_url) == (
        SetupOutcomeKind.AWAITING_CUSTOMER,
        "http://localhost/test-acquirer/setup/setup-1",
    )
    assert acquirer.save_method("setup-1", "tok_stolen").failure_code == "stolen_card"
    assert acquirer.find_setup("setup-1") == opened
    with pytest.raises(InvalidInput):
        acquirer.save_method("setup-1", "4242424242424242")
    saved = acquirer.save_method("setup-1", "tok_visa")
    assert saved.method is not None
    assert (saved.kind, saved.method.token) == (SetupOutcomeKind.SAVED, TOKEN)
    assert acquirer.close_setup("setup-1") == acquirer.open_setup(SETUP) == saved
    assert acquirer.setup_return_url("setup-1") == SETUP.return_url
    assert acquirer.setup_return_url("nobody") is None


def test_a_page_for_a_method_is_left_or_runs_out(acquirer: TestAcquirer, clock: ManualClock) -> None:
    acquirer.open_setup(SETUP)
    assert acquirer.close_setup("setup-1").kind is SetupOutcomeKind.FAILED
    acquirer.open_setup(replace(SETUP, setup_id="setup-2"))
    clock.advance(minutes=30)
    assert acquirer.find_setup("setup-2").kind is SetupOutcomeKind.FAILED
    assert acquirer.save_method("setup-2", "tok_visa").kind is SetupOutcomeKind.FAILED


def test_everything_that_happened_is_told_from_an_instant_on(
    acquirer: TestAcquirer, paid: str, clock: ManualClock
) -> None:
    began = clock.now()
    clock.advance(minutes=1)
    refund = acquirer.refund(order(paid, 1_000))
    dispute = acquirer.open_dispute(paid, AMOUNT)
    acquirer.change_method(TOKEN, is_gone=True)
    events = list(acquirer.events_since(began) or [])
    assert [(event.subject, event.attempt_id, event.object_reference) for event in events] == [
        (EventSubject.PAYMENT, "attempt-1", None),
        (EventSubject.REFUND, None, refund.reference),
        (EventSubject.DISPUTE, None, dispute),
        (EventSubject.METHOD, None, TOKEN),
    ]
    assert list(acquirer.events_since(clock.now()) or []) == events[1:]
    read = [
        acquirer.read_event(body, signature, clock.now()) for body, signature in acquirer.signed_events(began)
    ]
    assert read == events


def test_a_refund_is_told_by_its_name_whoever_made_it(acquirer: TestAcquirer, paid: str) -> None:
    ours = acquirer.refund(order(paid, 1_000))
    by_hand = acquirer.refund_by_hand(paid, Money(2_000, "RUB"))
    assert acquirer.report_refund(str(ours.reference)) == RefundReport(
        str(ours.reference), ours, paid, "refund-1"
    )
    found, unknown = acquirer.report_refund(by_hand), acquirer.report_refund("re_unknown")
    assert found is not None
    assert (found.outcome.amount, found.payment_reference, found.mark) == (Money(2_000, "RUB"), paid, None)
    assert unknown is not None
    assert unknown.outcome.kind is RefundOutcomeKind.NOT_FOUND
