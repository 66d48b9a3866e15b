"""What registers are told: bodies of ATOL Online, and the file that takes them.

The public schema of ATOL v4 (../shared/fns/receipts) is older than the rates of 5, 7 and 22 %: their tags are
added to it here. Where the schema is absent, that is said and the shape alone is compared.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft4Validator

from app.billing.fiscal import FiscalReceipt, FiscalReceiptRefused, FiscalRegisterUnreachable, VatTag
from app.billing.fiscal_rules import (
    FiscalTerms,
    ReturnedParts,
    payment_receipt,
    refund_receipt,
    service_receipt,
)
from app.fiscal.atol import atol_body
from app.fiscal.file_register import FileRegister
from tests.billing.test_fiscal_rules import NOTHING, RATES, TERMS, rub, service

SCHEMA = Path(__file__).parents[3] / "shared/fns/receipts/atol_data_api_schemas_v4-FFD-1.05_request_sell.json"
NAME = UUID("6f3c2f2e-8a43-4a1b-9a55-0f5a3a1f6f10")
AT = datetime(2026, 1, 31, 21, 30, 5, tzinfo=UTC)
PAID = payment_receipt(TERMS, [service(990_00)], rub(990_00), rub(10_00), rate=2200, postpaid=False)


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def schema() -> dict[str, Any]:
    """The public schema with the tags that it does not know yet."""
    loaded: dict[str, Any] = json.loads(SCHEMA.read_text("utf-8"))
    receipt = loaded["properties"]["receipt"]["properties"]
    tags = [
        receipt["items"]["items"]["properties"]["vat"]["properties"]["type"],
        receipt["vats"]["items"]["properties"]["type"],
    ]
    for tag in tags:
        assert VatTag.VAT_22 not in tag["enum"], "the public schema has caught up: use it as it is"
        tag["enum"] += [each.value for each in VatTag if each.value not in tag["enum"]]
    return loaded


def require_valid(body: dict[str, Any]) -> None:
    if SCHEMA.exists():
        Draft4Validator(schema()).validate(json.loads(json.dumps(body)))


def test_it_is_said_when_the_schema_is_absent(capfd: pytest.CaptureFixture[str]) -> None:
    if not SCHEMA.exists():
        with capfd.disabled():
            sys.stderr.write("\nNOT RUN: receipts against ATOL's schema, ../shared/fns/receipts is absent.\n")
    else:
        assert not Draft4Validator(schema()).is_valid({"external_id": 1})


def test_a_body_says_all_that_a_receipt_says() -> None:
    assert atol_body(PAID, NAME, AT) == {
        "external_id": str(NAME),
        "timestamp": "01.02.2026 00:30:05",
        "receipt": {
            "client": {"email": "ivan@example.test"},
            "company": {
                "email": "billing@bpm-centr.test",
                "sno": "osn",
                "inn": "7707083893",
                "payment_address": "https://bpm-centr.test",
            },
            "items": [
                {
                    "name": "Доступ",
                    "price": 990.0,
                    "quantity": 1,
                    "sum": 990.0,
                    "payment_method": "full_prepayment",
                    "payment_object": "service",
                    "vat": {"type": "vat122", "sum": 178.52},
                },
                {
                    "name": "Аванс за доступ к коннекторам",
                    "price": 10.0,
                    "quantity": 1,
                    "sum": 10.0,
                    "payment_method": "advance",
                    "payment_object": "service",
                    "vat": {"type": "vat122", "sum": 1.8},
                },
            ],
            "payments": [{"type": 1, "sum": 1000.0}],
            "vats": [{"type": "vat122", "sum": 180.32}],
            "total": 1000.0,
        },
    }


def test_an_offset_is_paid_with_the_prepayment() -> None:
    body = atol_body(service_receipt(TERMS, [service(122_00)]), NAME, AT)
    assert body["receipt"]["payments"] == [{"type": 2, "sum": 122.0}]
    assert body["receipt"]["items"][0]["vat"] == {"type": "vat22", "sum": 22.0}
    require_valid(body)


@given(st.lists(st.tuples(st.integers(1, 10**9), RATES, st.text(max_size=200)), min_size=1, max_size=4))
def test_every_body_is_what_the_register_takes(lines: list[tuple[int, int | None, str]]) -> None:
    services = [service(price, rate, name) for price, rate, name in lines]
    whole = rub(sum(price for price, _, _ in lines))
    receipts: list[FiscalReceipt] = [
        payment_receipt(TERMS, services, whole, rub(1), rate=2200, postpaid=False),
        payment_receipt(TERMS, services, whole, NOTHING, rate=2200, postpaid=True),
        service_receipt(TERMS, services),
        refund_receipt(
            TERMS, ReturnedParts(services[0], tuple(services[1:]), NOTHING, partly_prepaid=True), whole
        ),
    ]
    for receipt in receipts:
        body = atol_body(receipt, NAME, AT)
        require_valid(body)
        told = json.loads(json.dumps(body), parse_float=Decimal)["receipt"]
        assert told["total"] == receipt.total.decimal == sum(item["sum"] for item in told["items"])


def test_an_address_that_fits_on_no_receipt_is_refused() -> None:
    terms = FiscalTerms(TERMS.tax_system, "1", "a@b", "c", f"{'a' * 60}@b.test")
    receipt = service_receipt(terms, [service(1_00)])
    with pytest.raises(FiscalReceiptRefused) as refusal:
        atol_body(receipt, NAME, AT)
    assert refusal.value.code == "FISCAL_EMAIL_TOO_LONG"


def test_the_file_has_a_line_for_each_receipt(tmp_path: Path) -> None:
    path = tmp_path / "receipts" / "fiscal.jsonl"
    register = FileRegister(path)

    assert register.register(PAID, NAME, AT) == str(NAME)
    parts = ReturnedParts(service(5_00), (), NOTHING, partly_prepaid=False)
    register.register(refund_receipt(TERMS, parts, rub(5_00)), NAME, AT)

    assert [line["operation"] for line in read(path)] == ["sell", "sell_refund"]
    assert read(path)[0]["body"] == atol_body(PAID, NAME, AT)
    assert path.stat().st_mode & 0o077 == 0


def test_a_folder_that_is_away_is_tried_again_later(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FiscalRegisterUnreachable):
        FileRegister(tmp_path / "file" / "fiscal.jsonl").register(PAID, NAME, AT)
