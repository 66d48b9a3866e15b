"""The built-in acquirer: remembers every key, answers as a provider would."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from app.billing.errors import InvalidInput
from app.billing.money import Money
from app.billing.payment import ChargeRequest, OutcomeKind
from app.payments.test_acquirer.gateway import TestAcquirer
from app.payments.test_acquirer.ledger import AcquirerLedger
from tests.clock import ManualClock
from tests.parallel import at_once

AMOUNT = Money(99_000, "RUB")
PAGE = ChargeRequest("attempt-1", AMOUNT, "СЧ-2026-000001", "7", return_url="http://localhost/return")


@pytest.fixture
def ledger(tmp_path: Path) -> AcquirerLedger:
    return AcquirerLedger(tmp_path / "books.sqlite")


@pytest.fixture
def acquirer(ledger: AcquirerLedger, clock: ManualClock) -> TestAcquirer:
    return TestAcquirer(ledger, "http://localhost", "secret", clock)


def charge_of(token: str, attempt_id: str = "attempt-1") -> ChargeRequest:
    return ChargeRequest(attempt_id, AMOUNT, "СЧ-2026-000001", "7", method_token=f"pm:{token}:7")


def test_a_page_is_opened_paid_and_remembered(acquirer: TestAcquirer, ledger: AcquirerLedger) -> None:
    opened = acquirer.open_checkout(PAGE)
    assert (opened.kind, opened.redirect_url) == (
        OutcomeKind.AWAITING_CUSTOMER,
        "http://localhost/test-acquirer/attempt-1",
    )

    paid = acquirer.pay("attempt-1", "tok_visa")

    assert (paid.kind, paid.amount, paid.reference) == (OutcomeKind.SUCCEEDED, AMOUNT, opened.reference)
    assert paid.method is not None
    assert (paid.method.brand, paid.method.last4) == ("Visa", "4242")
    assert (
        acquirer.find("attempt-1")
        == paid
        == acquirer.open_checkout(PAGE)
        == acquirer.pay("attempt-1", "tok_visa")
    )
    assert [charge.amount for charge in ledger.succeeded()] == [AMOUNT]


def test_a_key_charges_once_however_often_it_is_used(acquirer: TestAcquirer, ledger: AcquirerLedger) -> None:
    outcomes = at_once(*[partial(acquirer.charge, charge_of("tok_visa"))] * 8)
    assert len({outcome.reference for outcome in outcomes.results}) == 1
    assert len(ledger.succeeded()) == 1
    dearer = replace(charge_of("tok_visa"), amount=AMOUNT * 2)
    assert acquirer.charge(dearer).amount == AMOUNT


@pytest.mark.parametrize(
    ("token", "code", "retry"),
    [
        ("tok_insufficient_funds", "insufficient_funds", True),
        ("tok_stolen", "stolen_card", False),
        ("tok_declined_later", "card_declined", True),
        ("tok_unknown", "no_such_method", False),
    ],
)
def test_declines_of_a_saved_method(acquirer: TestAcquirer, token: str, code: str, retry: bool) -> None:
    outcome = acquirer.charge(charge_of(token))
    assert (outcome.kind, outcome.failure_code, outcome.retry) == (OutcomeKind.FAILED, code, retry)
    assert acquirer.find("attempt-1") == outcome


@pytest.mark.parametrize("token", [None, "tok_visa", "", "other:tok_visa"])
def test_what_is_no_saved_method(acquirer: TestAcquirer, token: str | None) -> None:
    outcome = acquirer.charge(replace(PAGE, method_token=token))
    assert (outcome.kind, outcome.failure_code) == (OutcomeKind.FAILED, "no_such_method")


def test_a_card_declined_on_the_page_leaves_it_open(acquirer: TestAcquirer) -> None:
    acquirer.open_checkout(PAGE)
    assert acquirer.pay("attempt-1", "tok_stolen").kind is OutcomeKind.FAILED
    assert acquirer.find("attempt-1").kind is OutcomeKind.AWAITING_CUSTOMER
    assert acquirer.pay("attempt-1", "tok_declined_later").kind is OutcomeKind.SUCCEEDED


def test_an_unknown_token_is_refused(acquirer: TestAcquirer) -> None:
    acquirer.open_checkout(PAGE)
    with pytest.raises(InvalidInput) as refusal:
        acquirer.pay("attempt-1", "4242424242424242")
    assert refusal.value.code == "TEST_TOKEN_UNKNOWN"


def test_a_page_runs_out(acquirer: TestAcquirer, clock: ManualClock) -> None:
    acquirer.open_checkout(PAGE)
    clock.advance(minutes=29, seconds=59)
    assert acquirer.find("attempt-1").kind is OutcomeKind.AWAITING_CUSTOMER
    clock.advance(seconds=1)
    assert acquirer.find("attempt-1").kind is OutcomeKind.ABANDONED
    assert acquirer.pay("attempt-1", "tok_visa").kind is OutcomeKind.ABANDONED


def test_a_closed_page_can_not_be_paid_and_a_paid_one_not_closed(
    acquirer: TestAcquirer, ledger: AcquirerLedger
) -> None:
    acquirer.open_checkout(PAGE)
    assert acquirer.close_checkout("attempt-1").kind is OutcomeKind.ABANDONED
    assert acquirer.pay("attempt-1", "tok_visa").kind is OutcomeKind.ABANDONED
    other = replace(PAGE, attempt_id="attempt-2")
    acquirer.open_checkout(other)
    acquirer.pay("attempt-2", "tok_visa")
    assert acquirer.close_checkout("attempt-2").kind is OutcomeKind.SUCCEEDED
    assert [charge.idempotency_key for charge in ledger.succeeded()] == ["attempt-2"]


def test_an_attempt_it_never_heard_of(acquirer: TestAcquirer) -> None:
    assert acquirer.find("nobody").kind is OutcomeKind.NOT_FOUND
    assert acquirer.close_checkout("nobody").kind is OutcomeKind.NOT_FOUND


def test_a_signed_event_is_believed(acquirer: TestAcquirer, clock: ManualClock) -> None:
    body, signature = acquirer.signed_event("attempt-1")
    event = acquirer.read_event(body, signature, clock.now())
    assert (event.kind, event.attempt_id) == ("charge.updated", "attempt-1")
    assert acquirer.read_event(body, signature, clock.now() + timedelta(minutes=5)) == event


@pytest.mark.parametrize("late", [timedelta(minutes=5, seconds=1), timedelta(minutes=-5, seconds=-1)])
def test_an_old_or_future_event_is_refused(
    acquirer: TestAcquirer, clock: ManualClock, late: timedelta
) -> None:
    body, signature = acquirer.signed_event("attempt-1")
    with pytest.raises(InvalidInput) as refusal:
        acquirer.read_event(body, signature, clock.now() + late)
    assert refusal.value.code == "BAD_SIGNATURE"


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "t=",
        "t=1",
        "v1=abc",
        "t=1,v1=abc",
        "t=²,v1=abc",
        "t=1234567890123,v1=a",
        "t=-1,v1=a",
        "t=1,v1=ключ",
    ],
)
def test_a_made_up_signature_is_refused(acquirer: TestAcquirer, clock: ManualClock, signature: str) -> None:
    body, _ = acquirer.signed_event("attempt-1")
    with pytest.raises(InvalidInput):
        acquirer.read_event(body, signature, clock.now())


def test_a_changed_body_or_another_secret_is_refused(
    acquirer: TestAcquirer, ledger: AcquirerLedger, clock: ManualClock
) -> None:
    body, signature = acquirer.signed_event("attempt-1")
    stranger = TestAcquirer(ledger, "http://localhost", "another secret", clock)
    with pytest.raises(InvalidInput):
        acquirer.read_event(body.replace(b"attempt-1", b"attempt-2"), signature, clock.now())
    with pytest.raises(InvalidInput):
        stranger.read_event(body, signature, clock.now())
