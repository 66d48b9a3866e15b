"""Stored receipts come back as they were, damaged ones do not."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.fiscal_rules import payment_receipt
from app.billing.fiscal_snapshot import FiscalSnapshotUnreadable, receipt_from_snapshot, receipt_snapshot
from tests.billing.test_fiscal_rules import NOTHING, RATES, TERMS, rub, service

RECEIPT = payment_receipt(TERMS, [service(990_00)], rub(990_00), rub(10_00), rate=2200, postpaid=False)


@given(st.lists(st.tuples(st.integers(1, 10**9), RATES, st.text(max_size=200)), min_size=1, max_size=4))
def test_nothing_is_lost_on_the_way_through_json(lines: list[tuple[int, int | None, str]]) -> None:
    services = [service(price, rate, name) for price, rate, name in lines]
    whole = rub(sum(price for price, _, _ in lines))
    receipt = payment_receipt(TERMS, services, whole, NOTHING, rate=2200, postpaid=False)
    assert receipt_from_snapshot(json.loads(json.dumps(receipt_snapshot(receipt)))) == receipt


def damaged(path: str, value: Any) -> dict[str, Any]:
    snapshot = deepcopy(receipt_snapshot(RECEIPT))
    if path == "items":
        snapshot["items"][0]["amount"] = value
    else:
        snapshot[path] = value
    return snapshot


@pytest.mark.parametrize(
    "snapshot",
    [
        {},
        damaged("version", 2),
        damaged("settlement", "buy"),
        damaged("payments", []),
        damaged("payments", None),
        damaged("items", 1.5),
        damaged("items", 1),
    ],
)
def test_a_damaged_one_is_refused(snapshot: dict[str, Any]) -> None:
    with pytest.raises(FiscalSnapshotUnreadable):
        receipt_from_snapshot(snapshot)
