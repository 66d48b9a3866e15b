"""PayPal's OpenAPI descriptions: what is checked against them, and that the check can fail."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from app.payments.paypal.errors import CHARGE_ISSUES, CLOSED_TO_CAPTURE, REFUND_AGAIN, REFUND_MAY_BE_OURS
from tests.payments.paypal.double import conformity
from tests.payments.paypal.double.conformity import complaints_of_answer, complaints_of_request

ONLY_IN_THE_DOCUMENTATION = {
    "CURRENCY_NOT_SUPPORTED",
    "INVALID_RESOURCE_ID",
    "PREVIOUS_REQUEST_IN_PROGRESS",
    "PAYEE_ACCOUNT_LOCKED_OR_CLOSED",
}
"""Issues that PayPal's pages of errors name and its descriptions may not."""
HEADERS = {"paypal-request-id": "1"}
ORDERS = "/v2/checkout/orders"
ORDER: dict[str, Any] = {
    "intent": "CAPTURE",
    "purchase_units": [{"amount": {"currency_code": "EUR", "value": "1.00"}}],
}


def wrong_requests() -> list[tuple[str, str, dict[str, str], dict[str, Any] | None]]:
    return [
        ("POST", ORDERS, HEADERS, {}),
        ("POST", ORDERS, HEADERS, {**ORDER, "intent": "STEAL"}),
        ("POST", ORDERS, HEADERS, {**ORDER, "payment_sorce": {}}),
        ("POST", ORDERS, {"paypal-request-id": "1" * 109}, ORDER),
        ("POST", "/v3/vault/setup-tokens", {}, {"payment_source": {}}),
        ("POST", "/v2/checkout/order", HEADERS, ORDER),
        ("GET", "/v3/vault/payment-tokens/t1", {}, {"a": 1}),
    ]


def test_it_is_said_when_the_descriptions_are_absent(capfd: pytest.CaptureFixture[str]) -> None:
    if not conformity.present():
        with capfd.disabled():
            sys.stderr.write("\nNOT RUN: the checks against PayPal's OpenAPI, ../shared/paypal is absent.\n")
    assert conformity.present() is conformity.FOLDER.is_dir()


def test_the_check_refuses_what_paypal_would_refuse() -> None:
    complaints = [complaints_of_request(*each[:3], {}, each[3]) for each in wrong_requests()]
    assert all(complaints) is conformity.present()
    assert complaints_of_request("POST", ORDERS, HEADERS, {}, ORDER) == []


def test_the_check_refuses_answers_that_paypal_would_not_give() -> None:
    wrong = [
        complaints_of_answer("GET", f"{ORDERS}/O1", 200, {"status": "PAID"}),
        complaints_of_answer("GET", f"{ORDERS}/O1", 200, {"links": [{}]}),
        complaints_of_answer("DELETE", "/v3/vault/payment-tokens/t1", 418, {}),
    ]
    assert all(wrong) is conformity.present()
    assert complaints_of_answer("GET", f"{ORDERS}/O1", 200, {"status": "COMPLETED"}) == []


def test_the_issues_in_our_tables_are_paypals_own() -> None:
    ours = {*CHARGE_ISSUES, *CLOSED_TO_CAPTURE, *REFUND_AGAIN, *REFUND_MAY_BE_OURS}
    if conformity.present():
        files = [conformity.FOLDER / f"{name}.json" for name in conformity.DESCRIPTIONS]
        described = " ".join(json.dumps(json.loads(file.read_bytes())) for file in files)
        assert {issue for issue in ours if f'"{issue}"' not in described} <= ONLY_IN_THE_DOCUMENTATION
    assert ours >= ONLY_IN_THE_DOCUMENTATION
