"""Charges of saved wallets: money moves once, whatever goes wrong on the way (H3; faults 12-17)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.billing.money import MINOR_UNITS_PER_MAJOR, Money
from app.billing.payment import OutcomeKind
from app.payments.paypal import client
from app.payments.paypal.provider import PayPalProvider
from tests.clock import ManualClock
from tests.payments.paypal.double.asking import CAPTURE, CREATE, PRICE, page_request, wallet_request
from tests.payments.paypal.double.order_book import MemoryBook
from tests.payments.paypal.double.server import Fault, PayPalDouble


def test_a_saved_wallet_is_charged_in_one_call(provider: PayPalProvider, paypal: PayPalDouble) -> None:
    token = paypal.books.save_wallet("COMPLETED")
    request = wallet_request(token)

    paid = provider.charge(request)

    assert (paid.kind, paid.amount) == (OutcomeKind.SUCCEEDED, PRICE)
    assert provider.charge(request) == paid == provider.find(request.attempt_id)
    assert paypal.books.taken() == [(request.attempt_id, "12.50")]
    assert paypal.asked(CAPTURE) == []
    sent = paypal.asked(CREATE)[0].body["payment_source"]["paypal"]
    assert sent["vault_id"] == token
    assert sent["stored_credential"] == {"payment_initiator": "MERCHANT", "usage": "SUBSEQUENT"}


@pytest.mark.parametrize(
    ("issue", "kind", "retry"),
    [
        ("INSTRUMENT_DECLINED", OutcomeKind.FAILED, True),
        ("TRANSACTION_REFUSED", OutcomeKind.FAILED, True),
        ("AGREEMENT_ALREADY_CANCELLED", OutcomeKind.FAILED, False),
        ("PAYER_ACCOUNT_LOCKED_OR_CLOSED", OutcomeKind.FAILED, False),
        ("SOMETHING_NEW", OutcomeKind.FAILED, True),
        ("PAYER_ACTION_REQUIRED", OutcomeKind.AWAITING_CUSTOMER, False),
        ("DUPLICATE_INVOICE_ID", OutcomeKind.UNKNOWN, False),
        ("PAYEE_ACCOUNT_RESTRICTED", OutcomeKind.UNKNOWN, False),
    ],
)
def test_a_refusal_says_whether_to_retry(
    provider: PayPalProvider, paypal: PayPalDouble, issue: str, kind: OutcomeKind, *, retry: bool
) -> None:
    outcome = provider.charge(wallet_request(paypal.books.save_wallet(issue)))
    assert (outcome.kind, outcome.failure_code, outcome.retry) == (kind, issue, retry)


def test_a_deleted_wallet_is_refused_for_good(provider: PayPalProvider) -> None:
    outcome = provider.charge(wallet_request("gone"))
    assert (outcome.kind, outcome.failure_code, outcome.retry) == (
        OutcomeKind.FAILED,
        "TOKEN_ID_NOT_FOUND",
        False,
    )


def test_a_charge_that_wants_the_customer_has_a_page(provider: PayPalProvider, paypal: PayPalDouble) -> None:
    request = wallet_request(paypal.books.save_wallet("page"))
    outcome = provider.charge(request)
    assert outcome.kind is OutcomeKind.AWAITING_CUSTOMER
    assert outcome.redirect_url is not None
    paypal.books.approve(str(outcome.reference))
    assert provider.find(request.attempt_id).kind is OutcomeKind.SUCCEEDED


def test_pending_money_is_unknown_until_it_settles(provider: PayPalProvider, paypal: PayPalDouble) -> None:
    requests = [wallet_request(paypal.books.save_wallet("PENDING")) for _ in range(2)]
    assert {provider.charge(each).kind for each in requests} == {OutcomeKind.UNKNOWN}
    arrived, refused = paypal.books.captures.values()

    arrived["status"], refused["status"] = "COMPLETED", "DECLINED"

    assert provider.find(requests[0].attempt_id).kind is OutcomeKind.SUCCEEDED
    failed = provider.find(requests[1].attempt_id)
    assert (failed.kind, failed.failure_code) == (OutcomeKind.FAILED, "CAPTURE_DECLINED")


def test_a_declined_capture_inside_the_order_is_a_failure(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    outcome = provider.charge(wallet_request(paypal.books.save_wallet("DECLINED")))
    assert (outcome.kind, outcome.retry) == (OutcomeKind.FAILED, True)


# ---------------------------------------------------------------------------------------------------- silence


@pytest.mark.parametrize(
    "fault",
    [
        Fault(CREATE),
        Fault(CREATE, status=500),
        Fault(CREATE, status=429),
        Fault(CREATE, status=409),
        Fault(CREATE, status=403),
        Fault(CREATE, status=302),
        Fault(CREATE, after=True),
        Fault(CREATE, after=True, status=500),
        Fault(CREATE, after=True, status=201, body=b"<html>"),
        Fault(CREATE, after=True, status=201, body=b"[]"),
        Fault(CREATE, after=True, status=201, body=b"{}"),
        Fault("POST /v1/oauth2/token", status=503),
        Fault("POST /v1/oauth2/token", after=True, status=200, body=b"{}"),
    ],
    ids=lambda fault: f"{fault.operation}-{fault.status}-{fault.after}-{fault.body}",
)
def test_no_answer_is_unknown_and_the_same_key_again_is_one_charge(
    provider: PayPalProvider, paypal: PayPalDouble, fault: Fault
) -> None:
    request = wallet_request(paypal.books.save_wallet("COMPLETED"))
    paypal.faults.append(fault)
    assert provider.charge(request).kind is OutcomeKind.UNKNOWN
    assert provider.charge(request).kind is OutcomeKind.SUCCEEDED
    assert paypal.books.taken() == [(request.attempt_id, "12.50")]


def test_a_lost_answer_is_found_by_what_the_event_log_tells(
    provider: PayPalProvider, paypal: PayPalDouble, book: MemoryBook
) -> None:
    request = wallet_request(paypal.books.save_wallet("COMPLETED"))
    provider.charge(wallet_request(paypal.books.save_wallet("COMPLETED")))
    paypal.faults.append(Fault(CREATE, after=True))
    provider.charge(request)
    assert book.entries[request.attempt_id].paypal_id is None

    assert provider.find(request.attempt_id).kind is OutcomeKind.SUCCEEDED
    assert book.entries[request.attempt_id].paypal_id is not None


def test_looking_for_a_charge_that_was_never_made_does_not_make_it(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    request = wallet_request(paypal.books.save_wallet("COMPLETED"))
    paypal.faults.append(Fault(CREATE))
    provider.charge(request)

    assert provider.find(request.attempt_id).kind is OutcomeKind.NOT_FOUND
    assert paypal.books.taken() == []


def test_after_the_retention_a_lost_answer_is_never_called_not_found(
    provider: PayPalProvider, paypal: PayPalDouble, clock: ManualClock
) -> None:
    request = wallet_request(paypal.books.save_wallet("COMPLETED"))
    paypal.faults.append(Fault(CREATE, after=True))
    provider.charge(request)
    paypal.books.events.clear()

    clock.advance(hours=6)
    assert provider.find(request.attempt_id).kind is OutcomeKind.UNKNOWN
    assert provider.retention == timedelta(hours=6)


def test_after_the_retention_the_invoice_id_is_the_wall_against_a_second_charge(
    provider: PayPalProvider, paypal: PayPalDouble, clock: ManualClock
) -> None:
    request = wallet_request(paypal.books.save_wallet("COMPLETED"))
    provider.charge(request)
    clock.advance(hours=25)
    assert provider.charge(request).kind is OutcomeKind.UNKNOWN
    assert len(paypal.books.taken()) == 1


def test_paypal_that_hangs_is_not_waited_for(
    provider: PayPalProvider, paypal: PayPalDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "TIMEOUTS", (1.0, 0.3))
    request = wallet_request(paypal.books.save_wallet("COMPLETED"))
    paypal.faults.append(Fault(CREATE, after=True, delay=0.8))
    assert provider.charge(request).kind is OutcomeKind.UNKNOWN
    assert provider.charge(request).kind is OutcomeKind.SUCCEEDED
    assert len(paypal.books.taken()) == 1


# ------------------------------------------------------------------------------------------------- currencies


def test_roubles_are_refused_without_asking_paypal(provider: PayPalProvider, paypal: PayPalDouble) -> None:
    for outcome in (
        provider.open_checkout(page_request(Money(50_000, "RUB"))),
        provider.charge(wallet_request("any", Money(50_000, "RUB"))),
    ):
        assert (outcome.kind, outcome.failure_code, outcome.retry) == (
            OutcomeKind.FAILED,
            "CURRENCY_UNSUPPORTED",
            False,
        )
    assert paypal.seen == []


def test_several_currencies_arrive_as_they_were_asked_for(
    provider: PayPalProvider, paypal: PayPalDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MINOR_UNITS_PER_MAJOR, "JPY", 1)
    monkeypatch.setitem(MINOR_UNITS_PER_MAJOR, "HUF", 100)
    monkeypatch.setitem(MINOR_UNITS_PER_MAJOR, "TWD", 100)
    token = paypal.books.save_wallet("COMPLETED")
    for price, value in [
        (Money(1999, "USD"), "19.99"),
        (Money(5, "EUR"), "0.05"),
        (Money(1500, "JPY"), "1500"),
        (Money(150_000, "HUF"), "1500"),
        (Money(30_000, "TWD"), "300"),
    ]:
        outcome = provider.charge(wallet_request(token, price))
        assert (outcome.kind, outcome.amount) == (OutcomeKind.SUCCEEDED, price)
        assert paypal.books.taken()[-1][1] == value
    fraction = provider.charge(wallet_request(token, Money(150_050, "HUF")))
    assert (fraction.kind, fraction.failure_code) == (OutcomeKind.FAILED, "DECIMALS_NOT_SUPPORTED")


@pytest.mark.parametrize("amount", [{"currency_code": "XXX", "value": "12.50"}, {}, {"currency_code": "EUR"}])
@pytest.mark.parametrize("value", ["NaN", "1e9999999", "12.505", "twelve"])
def test_an_amount_that_is_none_is_not_guessed(
    provider: PayPalProvider, paypal: PayPalDouble, amount: dict[str, str], value: str
) -> None:
    token = paypal.books.save_wallet("COMPLETED")
    request = wallet_request(token)
    provider.charge(request)
    (capture,) = paypal.books.captures.values()
    capture["amount"] = amount or {"currency_code": "EUR", "value": value}
    outcome = provider.find(request.attempt_id)
    paypal.complaints.clear()  # PayPal never answers so
    assert (outcome.kind, outcome.amount) == (OutcomeKind.SUCCEEDED, None)
