"""Fiscal receipts as JSON and back, without loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.billing.errors import BillingError, InvalidInput
from app.billing.fiscal import (
    FiscalItem,
    FiscalPayment,
    FiscalReceipt,
    Settlement,
    SettlementMode,
    TaxSystem,
    Tender,
    VatTag,
)
from app.billing.money import Money

VERSION = 1
_TEXTS = ("seller_inn", "seller_email", "site", "buyer_email")


class FiscalSnapshotUnreadable(BillingError):
    """A stored receipt is of a version that this program does not know, or it is damaged."""

    code = "SNAPSHOT_UNREADABLE"


def receipt_snapshot(receipt: FiscalReceipt) -> dict[str, Any]:
    """The receipt as JSON values; sums are kopecks."""
    return {
        "version": VERSION,
        "settlement": receipt.settlement.value,
        "tax_system": receipt.tax_system.value,
        **{name: getattr(receipt, name) for name in _TEXTS},
        "items": [
            {
                "name": item.name,
                "amount": item.amount.minor,
                "mode": item.mode.value,
                "vat_tag": item.vat_tag.value,
                "vat": item.vat.minor,
            }
            for item in receipt.items
        ],
        "payments": [{"tender": each.tender.value, "amount": each.amount.minor} for each in receipt.payments],
    }


def receipt_from_snapshot(snapshot: Mapping[str, Any]) -> FiscalReceipt:
    """The receipt that `receipt_snapshot` was given. Raises FiscalSnapshotUnreadable."""
    try:
        if snapshot["version"] != VERSION:
            raise FiscalSnapshotUnreadable(f"version {snapshot['version']!r}")
        return FiscalReceipt(
            settlement=Settlement(snapshot["settlement"]),
            tax_system=TaxSystem(snapshot["tax_system"]),
            **{name: snapshot[name] for name in _TEXTS},
            items=tuple(_item(each) for each in snapshot["items"]),
            payments=tuple(
                FiscalPayment(Tender(each["tender"]), _roubles(each["amount"]))
                for each in snapshot["payments"]
            ),
        )
    except (KeyError, TypeError, ValueError, InvalidInput) as error:
        raise FiscalSnapshotUnreadable(type(error).__name__) from error


def _item(values: Mapping[str, Any]) -> FiscalItem:
    return FiscalItem(
        values["name"],
        _roubles(values["amount"]),
        SettlementMode(values["mode"]),
        VatTag(values["vat_tag"]),
        _roubles(values["vat"]),
    )


def _roubles(minor: int) -> Money:
    return Money(minor, "RUB")
