"""Wallets that customers add, and that they take back (H6)."""

from __future__ import annotations

import uuid

import pytest

from app.billing.payment import OutcomeKind
from app.billing.provider import MethodReport, SetupOutcomeKind, SetupRequest
from app.payments.paypal.provider import PayPalProvider
from tests.payments.paypal.double.asking import wallet_request
from tests.payments.paypal.double.books import PAYER
from tests.payments.paypal.double.server import Fault, PayPalDouble

SETUP = "POST /v3/vault/setup-tokens"
EXCHANGE = "POST /v3/vault/payment-tokens"
DELETE = "DELETE /v3/vault/payment-tokens/*"


def request() -> SetupRequest:
    return SetupRequest(str(uuid.uuid4()), "7", "https://shop.test/methods", "EUR")


def approve(paypal: PayPalDouble) -> None:
    for setup in paypal.books.setups.values():
        setup["status"] = "APPROVED"


def test_a_wallet_is_added_without_paying_and_charged_later(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    wanted = request()
    opened = provider.open_setup(wanted)
    assert opened.kind is SetupOutcomeKind.AWAITING_CUSTOMER
    assert opened.redirect_url == f"https://pay.test/agree/{next(iter(paypal.books.setups))}"
    assert provider.find_setup(wanted.setup_id) == opened

    approve(paypal)
    saved = provider.find_setup(wanted.setup_id)

    assert saved.kind is SetupOutcomeKind.SAVED
    assert saved.method is not None
    assert (saved.method.brand, saved.method.last4, saved.method.fingerprint) == ("PayPal", PAYER[-4:], PAYER)
    assert "example.com" not in repr(saved)  # an e-mail address is no masked number
    assert provider.find_setup(wanted.setup_id) == saved
    assert len(paypal.books.wallets) == 1
    assert provider.charge(wallet_request(saved.method.token)).kind is OutcomeKind.SUCCEEDED


@pytest.mark.parametrize("fault", [Fault(EXCHANGE, after=True), Fault(EXCHANGE, after=True, status=500)])
def test_an_exchange_whose_answer_was_lost_saves_one_wallet(
    provider: PayPalProvider, paypal: PayPalDouble, fault: Fault
) -> None:
    wanted = request()
    provider.open_setup(wanted)
    approve(paypal)
    paypal.faults.append(fault)
    assert provider.find_setup(wanted.setup_id).kind is SetupOutcomeKind.UNKNOWN
    assert provider.find_setup(wanted.setup_id).kind is SetupOutcomeKind.SAVED
    assert len(paypal.books.wallets) == 1


def test_a_setup_whose_answer_was_lost_is_not_found_and_opened_again_the_same(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    wanted = request()
    paypal.faults.append(Fault(SETUP, after=True))
    assert provider.open_setup(wanted).kind is SetupOutcomeKind.UNKNOWN
    assert provider.find_setup(wanted.setup_id).kind is SetupOutcomeKind.NOT_FOUND
    assert provider.open_setup(wanted).kind is SetupOutcomeKind.AWAITING_CUSTOMER
    assert len(paypal.books.setups) == 1


def test_setups_that_come_to_nothing(provider: PayPalProvider, paypal: PayPalDouble) -> None:
    assert provider.find_setup(str(uuid.uuid4())).kind is SetupOutcomeKind.NOT_FOUND
    wanted = request()
    paypal.faults.append(Fault(SETUP, status=422, issue="INVALID_SOMETHING"))
    refused = provider.open_setup(wanted)
    assert (refused.kind, refused.failure_code) == (SetupOutcomeKind.FAILED, "INVALID_SOMETHING")
    provider.open_setup(wanted)
    (setup,) = paypal.books.setups.values()
    setup["status"] = "DECLINED"
    assert provider.find_setup(wanted.setup_id).failure_code == "SETUP_DECLINED"
    paypal.books.setups.clear()
    assert provider.find_setup(wanted.setup_id).kind is SetupOutcomeKind.NOT_FOUND


def test_a_wallet_is_read_as_it_stands_and_forgotten_twice(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    token = paypal.books.save_wallet("COMPLETED")
    report = provider.find_method(token)
    assert report is not None
    assert report.method is not None
    assert report.method.token == token

    assert provider.forget_method(token)
    assert provider.forget_method(token)

    assert provider.find_method(token) == MethodReport(token, None)
    charged = provider.charge(wallet_request(token))
    assert (charged.kind, charged.retry) == (OutcomeKind.FAILED, False)


def test_silence_about_a_wallet_is_neither_gone_nor_forgotten(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    token = paypal.books.save_wallet("COMPLETED")
    paypal.faults += [
        Fault("GET /v3/vault/payment-tokens/*", status=500),
        Fault(DELETE),
        Fault(DELETE, status=400),
    ]
    assert provider.find_method(token) is None
    assert not provider.forget_method(token)
    assert not provider.forget_method(token)
    assert token in paypal.books.wallets
