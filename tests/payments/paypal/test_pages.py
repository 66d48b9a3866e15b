"""PayPal's pages: what is approved there is captured once, and what was closed or declined never (H1, H3)."""

from __future__ import annotations

import uuid

import pytest

from app.billing.payment import ChargeRequest, OutcomeKind, SavedMethod
from app.payments.paypal.provider import PayPalProvider
from tests.payments.paypal.double.asking import CAPTURE, CREATE, PRICE, order_of, page_request
from tests.payments.paypal.double.books import PAYER
from tests.payments.paypal.double.order_book import MemoryBook
from tests.payments.paypal.double.server import Fault, PayPalDouble


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


def overtaken(provider: PayPalProvider, paypal: PayPalDouble, book: MemoryBook) -> ChargeRequest:
    """A page that was approved; another process captures it right after ours has looked."""
    request = page_request()
    provider.open_checkout(request)
    order_id = order_of(book, request)
    paypal.books.approve(order_id)
    paypal.books.after_look = lambda: paypal.books.capture(order_id, "another process")
    return request


def test_money_that_came_while_the_page_was_being_closed_is_told(
    provider: PayPalProvider, paypal: PayPalDouble, book: MemoryBook
) -> None:
    request = overtaken(provider, paypal, book)
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
    request = overtaken(provider, paypal, book)
    assert provider.find(request.attempt_id).kind is OutcomeKind.SUCCEEDED
    assert len(paypal.asked(CAPTURE)) == 1
    assert paypal.asked("PATCH /v2/checkout/orders/*") == []
    assert len(paypal.books.taken()) == 1
