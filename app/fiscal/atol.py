"""A fiscal receipt as the JSON body of ATOL Online v4, which other registers take or resemble."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from app.billing.fiscal import FiscalItem, FiscalReceipt, FiscalReceiptRefused, Tender, VatTag
from app.billing.money import Money
from app.billing.periods import SELLER_ZONE

LONGEST_EMAIL = 64
PAYMENT_TYPES = {Tender.CASHLESS: 1, Tender.PREPAYMENT: 2}


def atol_body(receipt: FiscalReceipt, receipt_id: UUID, made_at: datetime) -> dict[str, Any]:
    """The body of POST /{group}/sell or /{group}/sell_refund, amounts in roubles.

    Raises FiscalReceiptRefused (FISCAL_EMAIL_TOO_LONG) for a buyer's address of more than 64 characters.
    """
    if len(receipt.buyer_email) > LONGEST_EMAIL:
        raise FiscalReceiptRefused(str(receipt_id), code="FISCAL_EMAIL_TOO_LONG")
    return {
        "external_id": str(receipt_id),
        "timestamp": f"{made_at.astimezone(SELLER_ZONE):%d.%m.%Y %H:%M:%S}",
        "receipt": {
            "client": {"email": receipt.buyer_email},
            "company": {
                "email": receipt.seller_email,
                "sno": receipt.tax_system.value,
                "inn": receipt.seller_inn,
                "payment_address": receipt.site,
            },
            "items": [_item(item) for item in receipt.items],
            "payments": [
                {"type": PAYMENT_TYPES[payment.tender], "sum": _roubles(payment.amount)}
                for payment in receipt.payments
            ],
            "vats": _vats(receipt),
            "total": _roubles(receipt.total),
        },
    }


def _item(item: FiscalItem) -> dict[str, Any]:
    return {
        "name": item.name,
        "price": _roubles(item.amount),
        "quantity": 1,
        "sum": _roubles(item.amount),
        "payment_method": item.mode.value,
        "payment_object": "service",
        "vat": {"type": item.vat_tag.value, "sum": _roubles(item.vat)},
    }


def _vats(receipt: FiscalReceipt) -> list[dict[str, Any]]:
    sums: dict[VatTag, int] = defaultdict(int)
    for item in receipt.items:
        sums[item.vat_tag] += item.vat.minor
    return [{"type": tag.value, "sum": _roubles(Money(minor, "RUB"))} for tag, minor in sums.items()]


def _roubles(amount: Money) -> float:
    """A number of JSON: of all that are written with two decimals the nearest double is told apart."""
    return float(amount.decimal)
