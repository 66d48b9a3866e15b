"""Disputes as PayPal has them now (H3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.billing.money import Money
from app.billing.provider import DisputeReport, DisputeState
from app.payments.paypal.provider import PayPalProvider
from tests.payments.paypal.double.server import Fault, PayPalDouble


def dispute(**fields: Any) -> dict[str, Any]:
    return {
        "dispute_id": "PP-D-27803",
        "disputed_transactions": [{"seller_transaction_id": "C1"}],
        "reason": "UNAUTHORISED",
        "status": "WAITING_FOR_SELLER_RESPONSE",
        "dispute_amount": {"currency_code": "USD", "value": "19.99"},
        "seller_response_due_date": "2026-03-12T10:00:00.000Z",
        **fields,
    }


def test_an_open_dispute_says_until_when_it_is_to_be_answered(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    paypal.books.disputes["PP-D-27803"] = dispute()
    assert provider.find_dispute("PP-D-27803") == DisputeReport(
        "PP-D-27803",
        "C1",
        Money(1999, "USD"),
        DisputeState.OPEN,
        "UNAUTHORISED",
        datetime(2026, 3, 12, 10, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("RESOLVED_SELLER_FAVOUR", DisputeState.WON),
        ("CANCELED_BY_BUYER", DisputeState.WON),
        ("RESOLVED_WITH_PAYOUT", DisputeState.WON),
        ("RESOLVED_BUYER_FAVOUR", DisputeState.LOST),
        ("ACCEPTED", DisputeState.LOST),
        (None, DisputeState.LOST),
    ],
)
def test_how_a_dispute_ended(
    provider: PayPalProvider, paypal: PayPalDouble, outcome: str | None, state: DisputeState
) -> None:
    paypal.books.disputes["PP-D-1"] = dispute(status="RESOLVED", dispute_outcome={"outcome_code": outcome})
    report = provider.find_dispute("PP-D-1")
    assert report is not None
    assert report.state is state


@pytest.mark.parametrize(
    "broken", [{"disputed_transactions": []}, {"dispute_amount": {}}, {"disputed_transactions": None}]
)
def test_a_dispute_that_can_not_be_understood_is_no_report(
    provider: PayPalProvider, paypal: PayPalDouble, broken: dict[str, Any]
) -> None:
    paypal.books.disputes["PP-D-1"] = dispute(**broken)
    assert provider.find_dispute("PP-D-1") is None


def test_silence_and_an_unknown_dispute_are_no_report(provider: PayPalProvider, paypal: PayPalDouble) -> None:
    assert provider.find_dispute("PP-D-404") is None
    paypal.books.disputes["PP-D-1"] = dispute()
    paypal.faults.append(Fault("GET /v1/customer/disputes/*", status=500))
    assert provider.find_dispute("PP-D-1") is None
