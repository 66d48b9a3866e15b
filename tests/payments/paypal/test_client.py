"""Credentials, tokens and logs of the client, and the settings it is made of."""

from __future__ import annotations

import base64
import logging
import threading

import pytest
from structlog.testing import capture_logs

from app.billing.payment import OutcomeKind
from app.payments.paypal.provider import PayPalProvider
from app.payments.paypal.settings import PayPalEnvironment, PayPalSettings
from tests.clock import ManualClock
from tests.payments.paypal.double.asking import CREATE, page_request, wallet_request
from tests.payments.paypal.double.order_book import MemoryBook
from tests.payments.paypal.double.server import CLIENT, TOKEN_LASTS, WEBHOOK_ID, Fault, PayPalDouble

TOKEN = "POST /v1/oauth2/token"


def test_one_token_serves_many_calls_until_its_last_minute(
    provider: PayPalProvider, paypal: PayPalDouble, clock: ManualClock
) -> None:
    provider.open_checkout(page_request())
    clock.advance(seconds=TOKEN_LASTS - 61)
    provider.open_checkout(page_request())
    assert paypal.tokens_given == 1
    clock.advance(seconds=1)
    provider.open_checkout(page_request())
    assert paypal.tokens_given == 2


def test_a_token_revoked_before_its_time_is_renewed_once_under_the_same_key(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    provider.open_checkout(page_request())
    paypal.forget_tokens()
    request = wallet_request(paypal.books.save_wallet("COMPLETED"))
    assert provider.charge(request).kind is OutcomeKind.SUCCEEDED
    keys = [each.headers["paypal-request-id"] for each in paypal.asked(CREATE)[1:]]
    assert keys == [request.attempt_id] * 2


def test_credentials_that_are_refused_leave_the_charge_unknown(
    paypal: PayPalDouble, clock: ManualClock
) -> None:
    wrong = PayPalSettings("client-1", "wrong", WEBHOOK_ID, base_url=paypal.url)
    provider = PayPalProvider(wrong, clock, MemoryBook())
    assert provider.open_checkout(page_request()).kind is OutcomeKind.UNKNOWN
    assert paypal.asked(CREATE) == []


def test_many_threads_share_one_token(provider: PayPalProvider, paypal: PayPalDouble) -> None:
    token = paypal.books.save_wallet("COMPLETED")
    start = threading.Barrier(8)
    outcomes = []

    def charge() -> None:
        start.wait()
        outcomes.append(provider.charge(wallet_request(token)).kind)

    threads = [threading.Thread(target=charge) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [OutcomeKind.SUCCEEDED] * 8
    assert paypal.tokens_given == 1


def test_eight_threads_with_one_attempt_take_its_money_once(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    request = wallet_request(paypal.books.save_wallet("COMPLETED"))
    threads = [threading.Thread(target=provider.charge, args=(request,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert paypal.books.taken() == [(request.attempt_id, "12.50")]


def test_the_log_holds_debug_ids_and_no_secrets(
    provider: PayPalProvider,
    settings: PayPalSettings,
    paypal: PayPalDouble,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wallet = paypal.books.save_wallet("INSTRUMENT_DECLINED")
    monkeypatch.setattr("app.payments.paypal.client.TIMEOUTS", (0.5, 0.5))
    with capture_logs() as lines, caplog.at_level(logging.DEBUG):
        provider.charge(wallet_request(wallet))
        provider.find_method(wallet)
        paypal.faults += [Fault(CREATE), Fault(CREATE, status=500), Fault(CREATE, delay=0.7)]
        for _ in range(3):
            provider.open_checkout(page_request())
        nobody = PayPalSettings(*CLIENT, WEBHOOK_ID, base_url="http://127.0.0.1:9")
        PayPalProvider(nobody, ManualClock(), MemoryBook()).open_checkout(page_request())
    ours = [record for record in caplog.records if record.name != "werkzeug"]  # the double's own log
    written = f"{lines} {[record.getMessage() for record in ours]} {settings!r}"

    assert "debug-1" in written
    assert "INSTRUMENT_DECLINED" in written
    basic = base64.b64encode(":".join(CLIENT).encode()).decode()
    for secret in (CLIENT[1], basic, "access-token-canary", "payer@example.com"):
        assert secret not in written
    assert wallet not in f"{lines}"


def test_the_two_worlds_have_their_own_addresses() -> None:
    sandbox, live = (PayPalSettings(*CLIENT, WEBHOOK_ID, each) for each in PayPalEnvironment)
    assert (sandbox.api_url, live.api_url) == ("https://api-m.sandbox.paypal.com", "https://api-m.paypal.com")
    assert "sandbox" in sandbox.ipn_url
    assert "sandbox" not in live.ipn_url
