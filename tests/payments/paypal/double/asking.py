"""What the tests ask of PayPal."""

from __future__ import annotations

import uuid

from app.billing.money import Money
from app.billing.payment import ChargeRequest
from tests.payments.paypal.double.order_book import MemoryBook

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
