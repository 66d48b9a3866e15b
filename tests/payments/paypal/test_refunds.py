"""Refunds: money goes back once and never more than came (H7)."""

from __future__ import annotations

import uuid

import pytest

from app.billing.money import Money
from app.billing.provider import RefundOrder, RefundOutcomeKind, RefundReport
from app.payments.paypal.provider import PayPalProvider
from tests.clock import ManualClock
from tests.payments.paypal.double.asking import wallet_request
from tests.payments.paypal.double.server import Fault, PayPalDouble

REFUND = "POST /v2/payments/captures/*/refund"
HALF = Money(625, "EUR")


@pytest.fixture
def payment(provider: PayPalProvider, paypal: PayPalDouble) -> str:
    """A payment of 12.50 EUR: PayPal's id of the capture."""
    return str(provider.charge(wallet_request(paypal.books.save_wallet("COMPLETED"))).reference)


def order(payment: str, amount: Money = HALF) -> RefundOrder:
    return RefundOrder(str(uuid.uuid4()), payment, amount)


def test_the_same_refund_asked_for_twice_is_one(
    provider: PayPalProvider, paypal: PayPalDouble, payment: str
) -> None:
    wanted = order(payment)
    made = provider.refund(wanted)
    assert (made.kind, made.amount) == (RefundOutcomeKind.SUCCEEDED, HALF)
    assert provider.refund(wanted) == made == provider.find_refund(wanted)
    assert [each["amount"]["value"] for each in paypal.books.refunds[payment]] == ["6.25"]
    assert paypal.asked(REFUND)[0].headers["paypal-request-id"] == wanted.refund_id


@pytest.mark.parametrize("fault", [Fault(REFUND, after=True), Fault(REFUND, after=True, status=500)])
def test_a_refund_whose_answer_was_lost_is_found(
    provider: PayPalProvider, paypal: PayPalDouble, payment: str, fault: Fault
) -> None:
    wanted = order(payment)
    paypal.faults.append(fault)
    assert provider.refund(wanted).kind is RefundOutcomeKind.UNKNOWN
    assert provider.find_refund(wanted).kind is RefundOutcomeKind.SUCCEEDED
    assert len(paypal.books.refunds[payment]) == 1


def test_looking_for_a_refund_that_was_never_made_does_not_make_it(
    provider: PayPalProvider, paypal: PayPalDouble, payment: str
) -> None:
    provider.refund(order(payment))
    assert provider.find_refund(order(payment)).kind is RefundOutcomeKind.NOT_FOUND
    assert len(paypal.books.refunds[payment]) == 1


def test_no_more_goes_back_than_came(provider: PayPalProvider, payment: str) -> None:
    provider.refund(order(payment))
    too_much = provider.refund(order(payment, Money(626, "EUR")))
    assert (too_much.kind, too_much.failure_code, too_much.retry) == (
        RefundOutcomeKind.FAILED,
        "REFUND_AMOUNT_EXCEEDED",
        False,
    )
    assert provider.refund(order(payment)).kind is RefundOutcomeKind.SUCCEEDED
    assert provider.refund(order(payment)).failure_code == "CAPTURE_FULLY_REFUNDED"


def test_a_full_refund_asked_for_again_after_the_keys_are_forgotten_is_still_that_refund(
    provider: PayPalProvider, payment: str, clock: ManualClock
) -> None:
    wanted = order(payment, Money(1250, "EUR"))
    made = provider.refund(wanted)
    clock.advance(days=46)
    assert provider.refund(wanted) == made


@pytest.mark.parametrize(
    ("status", "kind", "retry"),
    [
        ("PENDING", RefundOutcomeKind.PENDING, False),
        ("FAILED", RefundOutcomeKind.FAILED, True),
        ("CANCELLED", RefundOutcomeKind.FAILED, True),
        ("SOMETHING", RefundOutcomeKind.UNKNOWN, False),
    ],
)
def test_how_a_refund_stands(
    provider: PayPalProvider,
    paypal: PayPalDouble,
    payment: str,
    status: str,
    kind: RefundOutcomeKind,
    *,
    retry: bool,
) -> None:
    wanted = order(payment)
    provider.refund(wanted)
    paypal.books.refunds[payment][0]["status"] = status
    found = provider.find_refund(wanted)
    if status == "SOMETHING":
        paypal.complaints.clear()  # PayPal has no such status today
    assert (found.kind, found.retry) == (kind, retry)
    assert found.failure_code == (f"REFUND_{status}" if kind is RefundOutcomeKind.FAILED else None)


def test_a_refund_that_our_balance_does_not_cover_may_be_tried_again(
    provider: PayPalProvider, paypal: PayPalDouble, payment: str
) -> None:
    paypal.faults.append(Fault(REFUND, status=422, issue="REFUND_FAILED_INSUFFICIENT_FUNDS"))
    failed = provider.refund(order(payment))
    assert (failed.kind, failed.retry) == (RefundOutcomeKind.FAILED, True)


def test_a_refund_of_an_unknown_payment_is_not_found(provider: PayPalProvider) -> None:
    assert provider.refund(order("C404")).kind is RefundOutcomeKind.NOT_FOUND
    assert provider.find_refund(order("C404")).kind is RefundOutcomeKind.NOT_FOUND


def test_an_id_that_leads_to_another_path_is_never_asked_about(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    assert provider.find_refund(order("../../v1/anything")).kind is RefundOutcomeKind.UNKNOWN
    assert provider.find_dispute("..") is None
    assert provider.find_method("a/b?c") is None
    assert paypal.seen == []


def test_a_refund_in_roubles_is_refused_without_asking(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    assert provider.refund(order("C1", Money(1, "RUB"))).failure_code == "CURRENCY_UNSUPPORTED"
    assert paypal.seen == []


def test_money_that_went_back_had_come_all_the_same(provider: PayPalProvider, paypal: PayPalDouble) -> None:
    request = wallet_request(paypal.books.save_wallet("COMPLETED"))
    paid = provider.charge(request)
    for _ in range(2):
        provider.refund(order(str(paid.reference)))
        assert provider.find(request.attempt_id) == paid


def test_a_refund_is_told_by_its_name_whoever_made_it(
    provider: PayPalProvider, paypal: PayPalDouble, payment: str
) -> None:
    wanted = order(payment)
    ours = provider.refund(wanted)
    by_hand = paypal.books.refund_by_hand(payment, "1.25")

    told = provider.report_refund(str(ours.reference))
    assert told == RefundReport(str(ours.reference), ours, payment, wanted.refund_id)
    found = provider.report_refund(by_hand)
    assert found is not None
    assert (found.outcome.kind, found.outcome.amount) == (RefundOutcomeKind.SUCCEEDED, Money(125, "EUR"))
    assert found.payment_reference == payment
    assert found.mark == paypal.books.captures[payment]["custom_id"]


def test_a_refund_that_paypal_never_made_is_not_found_and_what_can_not_be_read_is_no_answer(
    provider: PayPalProvider, paypal: PayPalDouble, payment: str
) -> None:
    unknown = provider.report_refund("R404")
    assert unknown is not None
    assert unknown.outcome.kind is RefundOutcomeKind.NOT_FOUND
    by_hand = paypal.books.refund_by_hand(payment, "1.25")
    paypal.books.find_refund(by_hand)["links"] = []
    assert provider.report_refund(by_hand) is None
    paypal.faults.append(Fault("GET /v2/payments/refunds/*", status=500))
    assert provider.report_refund(by_hand) is None
    paypal.faults.append(Fault("GET /v2/payments/refunds/*", status=422))
    assert provider.report_refund(by_hand) is None
