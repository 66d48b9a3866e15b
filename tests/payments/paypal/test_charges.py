"""Pages, charges of saved wallets, and how both are found: money moves once, whatever goes wrong (H1, H3)."""

from __future__ import annotations

import uuid
from copy import deepcopy
from datetime import timedelta

import pytest

from app.billing.money import MINOR_UNITS_PER_MAJOR, Money
from app.billing.payment import ChargeRequest, OutcomeKind, SavedMethod
from app.payments.paypal import client
from app.payments.paypal.provider import PayPalProvider
from tests.clock import ManualClock
from tests.payments.paypal.double.books import PAYER
from tests.payments.paypal.double.order_book import MemoryBook
from tests.payments.paypal.double.server import Fault, PayPalDouble

CREATE = "POST /v2/checkout/orders"
CAPTURE = "POST /v2/checkout/orders/*/capture"
PRICE = Money(1250, "EUR")


def page_request(price: Money = PRICE) -> ChargeRequest:
    page = "https://shop.test/return"
    return ChargeRequest(str(uuid.uuid4()), price, "СЧ-2026-000001", "7", return_url=page)


def wallet_request(token: str, price: Money = PRICE) -> ChargeRequest:
    return ChargeRequest(str(uuid.uuid4()), price, "СЧ-2026-000001", "7", method_token=token)


def order_of(book: MemoryBook, request: ChargeRequest) -> str:
    entry = book.entry(request.attempt_id)
    assert entry is not None
    assert entry.paypal_id is not None
    return entry.paypal_id


# ------------------------------------------------------------------------------------------------------ pages


def test_a_page_is_paid_by_asking_how_it_stands(
    provider: PayPalProvider, paypal: PayPalDouble, book: MemoryBook
) -> None:
    request = page_request()
    opened = provider.open_checkout(request)
    assert opened.kind is OutcomeKind.AWAITING_CUSTOMER
    assert opened.redirect_url == f"https://pay.test/{opened.reference}"
    assert provider.find(request.attempt_id) == opened

    paypal.books.approve(order_of(book, request))
    paid = provider.find(request.attempt_id)

    assert paid.kind is OutcomeKind.SUCCEEDED
    assert paid.amount == PRICE
    assert paid.reference in paypal.books.captures
    assert paid.method == SavedMethod(next(iter(paypal.books.wallets)), "PayPal", PAYER[-4:], PAYER)
    assert provider.find(request.attempt_id) == paid
    assert paypal.books.taken() == [(request.attempt_id, "12.50")]
    assert paypal.asked(CAPTURE)[0].headers["paypal-request-id"] == f"{request.attempt_id}-capture"


def test_the_order_says_whose_it_is_and_saves_the_wallet(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    request = page_request()
    provider.open_checkout(request)

    (sent,) = paypal.asked(CREATE)
    unit, wallet = sent.body["purchase_units"][0], sent.body["payment_source"]["paypal"]
    assert sent.headers["paypal-request-id"] == request.attempt_id
    assert (unit["custom_id"], unit["invoice_id"]) == (request.attempt_id, request.attempt_id)
    assert unit["amount"] == {"currency_code": "EUR", "value": "12.50"}
    assert wallet["experience_context"]["user_action"] == "PAY_NOW"
    assert wallet["attributes"]["vault"]["store_in_vault"] == "ON_SUCCESS"


def test_opening_the_same_page_again_is_the_same_order(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    request = page_request()
    assert provider.open_checkout(request) == provider.open_checkout(request)
    assert len(paypal.books.orders) == 1


def test_a_closed_page_takes_no_money_though_its_customer_approves_it(
    provider: PayPalProvider, paypal: PayPalDouble, book: MemoryBook
) -> None:
    request = page_request()
    provider.open_checkout(request)
    assert provider.close_checkout(request.attempt_id).kind is OutcomeKind.ABANDONED

    paypal.books.approve(order_of(book, request))

    assert provider.find(request.attempt_id).kind is OutcomeKind.ABANDONED
    assert paypal.books.taken() == []


def test_closing_a_page_that_was_paid_tells_that_it_was(
    provider: PayPalProvider, paypal: PayPalDouble, book: MemoryBook
) -> None:
    request = page_request()
    provider.open_checkout(request)
    paypal.books.approve(order_of(book, request))
    paid = provider.find(request.attempt_id)
    assert provider.close_checkout(request.attempt_id) == paid


def test_closing_is_unknown_when_paypal_did_not_confirm_it(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    request = page_request()
    provider.open_checkout(request)
    paypal.faults.append(Fault("PATCH /v2/checkout/orders/*", status=503))
    assert provider.close_checkout(request.attempt_id).kind is OutcomeKind.UNKNOWN


def test_money_that_came_while_the_page_was_being_closed_is_told(
    provider: PayPalProvider, paypal: PayPalDouble, book: MemoryBook
) -> None:
    request = page_request()
    provider.open_checkout(request)
    order_id = order_of(book, request)
    paypal.books.approve(order_id)
    look = paypal.books.order

    def paid_after_the_look(identifier: str) -> dict[str, object]:
        seen = deepcopy(look(identifier))
        paypal.books.order = look  # type: ignore[method-assign]
        paypal.books.capture(order_id, "another process")
        return seen

    paypal.books.order = paid_after_the_look  # type: ignore[method-assign]
    assert provider.close_checkout(request.attempt_id).kind is OutcomeKind.SUCCEEDED
    assert len(paypal.asked("PATCH /v2/checkout/orders/*")) == 1


def test_a_declined_capture_seals_the_order_so_that_failed_stays_failed(
    provider: PayPalProvider, paypal: PayPalDouble, book: MemoryBook
) -> None:
    request = page_request()
    provider.open_checkout(request)
    paypal.books.approve(order_of(book, request))
    paypal.books.next_capture = "INSTRUMENT_DECLINED"

    failed = provider.find(request.attempt_id)
    paypal.books.next_capture = "COMPLETED"  # its customer has chosen other money meanwhile

    assert (failed.kind, failed.failure_code, failed.retry) == (
        OutcomeKind.FAILED,
        "INSTRUMENT_DECLINED",
        True,
    )
    assert provider.find(request.attempt_id) == failed
    assert paypal.books.taken() == []


def test_a_decline_is_unknown_until_the_order_is_sealed(
    provider: PayPalProvider, paypal: PayPalDouble, book: MemoryBook
) -> None:
    request = page_request()
    provider.open_checkout(request)
    paypal.books.approve(order_of(book, request))
    paypal.books.next_capture = "INSTRUMENT_DECLINED"
    paypal.faults.append(Fault("PATCH /v2/checkout/orders/*"))

    assert provider.find(request.attempt_id).kind is OutcomeKind.UNKNOWN
    assert provider.find(request.attempt_id).kind is OutcomeKind.FAILED


def test_a_capture_that_wants_the_customer_gives_the_page_again(
    provider: PayPalProvider, paypal: PayPalDouble, book: MemoryBook
) -> None:
    request = page_request()
    opened = provider.open_checkout(request)
    paypal.books.approve(order_of(book, request))
    paypal.books.next_capture = "PAYER_ACTION_REQUIRED"

    again = provider.find(request.attempt_id)

    assert (again.kind, again.redirect_url) == (OutcomeKind.AWAITING_CUSTOMER, opened.redirect_url)


def test_an_order_that_paypal_has_dropped_is_not_found(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    request = page_request()
    provider.open_checkout(request)
    paypal.books.orders.clear()
    assert provider.find(request.attempt_id).kind is OutcomeKind.NOT_FOUND
    assert provider.close_checkout(request.attempt_id).kind is OutcomeKind.NOT_FOUND


def test_an_attempt_that_paypal_was_never_asked_about_is_not_found(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    assert provider.find(str(uuid.uuid4())).kind is OutcomeKind.NOT_FOUND
    assert provider.close_checkout(str(uuid.uuid4())).kind is OutcomeKind.NOT_FOUND
    assert paypal.seen == []


# ---------------------------------------------------------------------------------------------- saved wallets


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


@pytest.mark.parametrize("fault", [Fault(CAPTURE, after=True), Fault(CAPTURE, after=True, status=500)])
def test_a_capture_whose_answer_was_lost_is_one_capture(
    provider: PayPalProvider, paypal: PayPalDouble, book: MemoryBook, fault: Fault
) -> None:
    request = page_request()
    provider.open_checkout(request)
    paypal.books.approve(order_of(book, request))
    paypal.faults.append(fault)
    assert provider.find(request.attempt_id).kind is OutcomeKind.UNKNOWN
    assert provider.find(request.attempt_id).kind is OutcomeKind.SUCCEEDED
    assert len(paypal.books.taken()) == 1


def test_an_order_captured_by_another_process_meanwhile_is_read_again(
    provider: PayPalProvider, paypal: PayPalDouble, book: MemoryBook
) -> None:
    request = page_request()
    provider.open_checkout(request)
    order_id = order_of(book, request)
    paypal.books.approve(order_id)
    stale = deepcopy(paypal.books.orders[order_id])
    paypal.books.capture(order_id, "another process")
    looks = [stale]
    look = paypal.books.order
    paypal.books.order = lambda one: looks.pop() if looks else look(one)  # type: ignore[method-assign]

    assert provider.find(request.attempt_id).kind is OutcomeKind.SUCCEEDED
    assert len(paypal.asked(CAPTURE)) == 1
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
