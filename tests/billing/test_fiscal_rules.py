"""Fiscal receipts: when they are due and what stands on them (54-ФЗ)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.errors import InvalidInput
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
from app.billing.fiscal_rules import (
    FiscalTerms,
    PricedService,
    ReturnedParts,
    due_after_money,
    due_after_service,
    offsets_from,
    payment_receipt,
    refund_receipt,
    service_receipt,
    tax_system,
    vat_tag,
)
from app.billing.money import Money, total
from app.billing.tax import TaxRegime

TERMS = FiscalTerms(
    TaxSystem.GENERAL, "7707083893", "billing@bpm-centr.test", "https://bpm-centr.test", "ivan@example.test"
)
NOTHING = Money(0, "RUB")
RATES = st.sampled_from([None, 500, 700, 2000, 2200])


def rub(minor: int) -> Money:
    return Money(minor, "RUB")


def service(price: int, rate: int | None = 2200, name: str = "Доступ") -> PricedService:
    return PricedService(name, rub(price), rate)


@pytest.mark.parametrize(
    ("regime", "expected"),
    [
        (TaxRegime.GENERAL, TaxSystem.GENERAL),
        (TaxRegime.EXEMPT, TaxSystem.GENERAL),
        (TaxRegime.SIMPLIFIED, TaxSystem.SIMPLIFIED_INCOME),
        (TaxRegime.SIMPLIFIED_5, TaxSystem.SIMPLIFIED_INCOME),
        (TaxRegime.SIMPLIFIED_7, TaxSystem.SIMPLIFIED_INCOME),
    ],
)
def test_the_tax_system_follows_from_the_regime(regime: TaxRegime, expected: TaxSystem) -> None:
    assert tax_system(regime, TaxSystem.SIMPLIFIED_INCOME) is expected


@pytest.mark.parametrize(
    ("rate", "before", "with_it"),
    [
        (None, VatTag.NONE, VatTag.NONE),
        (500, VatTag.VAT_5_105, VatTag.VAT_5),
        (700, VatTag.VAT_7_107, VatTag.VAT_7),
        (2000, VatTag.VAT_20_120, VatTag.VAT_20),
        (2200, VatTag.VAT_22_122, VatTag.VAT_22),
    ],
)
def test_before_the_service_the_rate_is_the_calculated_one(
    rate: int | None, before: VatTag, with_it: VatTag
) -> None:
    assert vat_tag(rate, SettlementMode.FULL_PREPAYMENT) is before
    assert vat_tag(rate, SettlementMode.PREPAYMENT) is before
    assert vat_tag(rate, SettlementMode.ADVANCE) is before
    assert vat_tag(rate, SettlementMode.FULL_PAYMENT) is with_it


def test_a_rate_that_no_receipt_knows_is_refused() -> None:
    with pytest.raises(InvalidInput) as refusal:
        vat_tag(1800, SettlementMode.FULL_PAYMENT)
    assert refusal.value.code == "FISCAL_RATE_UNKNOWN"


def test_a_payment_of_all_is_a_full_prepayment_at_the_calculated_rate() -> None:
    made = payment_receipt(TERMS, [service(990_00)], rub(990_00), NOTHING, rate=2200, postpaid=False)
    assert made == FiscalReceipt(
        Settlement.SELL,
        TaxSystem.GENERAL,
        TERMS.seller_inn,
        TERMS.seller_email,
        TERMS.site,
        TERMS.buyer_email,
        (FiscalItem("Доступ", rub(990_00), SettlementMode.FULL_PREPAYMENT, VatTag.VAT_22_122, rub(178_52)),),
        (FiscalPayment(Tender.CASHLESS, rub(990_00)),),
    )
    assert made.total == rub(990_00)


def test_what_the_balance_paid_already_makes_it_a_part() -> None:
    made = payment_receipt(
        TERMS,
        [service(600_00), service(300_00, name="Другое")],
        rub(300_00),
        NOTHING,
        rate=2200,
        postpaid=False,
    )
    assert [(item.name, item.amount.minor, item.mode) for item in made.items] == [
        ("Доступ", 200_00, SettlementMode.PREPAYMENT),
        ("Другое", 100_00, SettlementMode.PREPAYMENT),
    ]


def test_what_pays_nothing_yet_is_an_advance() -> None:
    made = payment_receipt(TERMS, [service(990_00)], rub(990_00), rub(10_00), rate=2200, postpaid=False)
    assert [(item.amount.minor, item.mode, item.vat_tag) for item in made.items] == [
        (990_00, SettlementMode.FULL_PREPAYMENT, VatTag.VAT_22_122),
        (10_00, SettlementMode.ADVANCE, VatTag.VAT_22_122),
    ]
    alone = payment_receipt(TERMS, [], NOTHING, rub(10_00), rate=None, postpaid=False)
    assert [(item.amount.minor, item.mode, item.vat_tag) for item in alone.items] == [
        (10_00, SettlementMode.ADVANCE, VatTag.NONE)
    ]


def test_operations_that_were_used_are_paid_in_full_at_their_rate() -> None:
    made = payment_receipt(TERMS, [service(122_00)], rub(122_00), NOTHING, rate=2200, postpaid=True)
    (item,) = made.items
    assert (item.mode, item.vat_tag, item.vat) == (SettlementMode.FULL_PAYMENT, VatTag.VAT_22, rub(22_00))


def test_service_given_offsets_its_prepayment_at_its_own_rate() -> None:
    made = service_receipt(TERMS, [service(120_00, 2000), service(0), service(122_00)])
    assert [(item.amount.minor, item.mode, item.vat_tag) for item in made.items] == [
        (120_00, SettlementMode.FULL_PAYMENT, VatTag.VAT_20),
        (122_00, SettlementMode.FULL_PAYMENT, VatTag.VAT_22),
    ]
    assert made.payments == (FiscalPayment(Tender.PREPAYMENT, rub(242_00)),)
    assert made.settlement is Settlement.SELL


def test_money_goes_back_in_the_mode_that_it_came_in() -> None:
    parts = ReturnedParts(service(800_00, 2000), (service(100_00),), NOTHING, partly_prepaid=False)
    made = refund_receipt(TERMS, parts, rub(450_00))
    assert [(item.amount.minor, item.mode, item.vat_tag) for item in made.items] == [
        (400_00, SettlementMode.FULL_PREPAYMENT, VatTag.VAT_20_120),
        (50_00, SettlementMode.FULL_PAYMENT, VatTag.VAT_22),
    ]
    assert made.settlement is Settlement.SELL_REFUND
    assert made.payments == (FiscalPayment(Tender.CASHLESS, rub(450_00)),)


def test_of_a_part_a_part_goes_back() -> None:
    parts = ReturnedParts(service(800_00), (), NOTHING, partly_prepaid=True)
    made = refund_receipt(TERMS, parts, rub(800_00))
    assert [item.mode for item in made.items] == [SettlementMode.PREPAYMENT]


def test_what_had_paid_nothing_goes_back_as_the_advance_that_it_was() -> None:
    parts = ReturnedParts(service(0), (), rub(10_00), partly_prepaid=False)
    made = refund_receipt(TERMS, parts, rub(10_00))
    assert [(item.name, item.amount.minor, item.mode, item.vat_tag) for item in made.items] == [
        ("Аванс за доступ к коннекторам", 10_00, SettlementMode.ADVANCE, VatTag.VAT_22_122)
    ]


def test_long_and_empty_names_fit() -> None:
    made = service_receipt(TERMS, [service(1_00, name="я" * 200), service(1_00, name="  ")])
    assert [item.name for item in made.items] == ["я" * 128, "-"]


def item(amount: Money, name: str = "Доступ") -> FiscalItem:
    return FiscalItem(name, amount, SettlementMode.ADVANCE, VatTag.NONE, NOTHING)


@pytest.mark.parametrize(
    ("items", "paid"),
    [
        ((), rub(0)),
        ((item(rub(0)),), rub(0)),
        ((item(rub(2)),), rub(1)),
        ((item(rub(2), ""),), rub(2)),
        ((item(rub(2), "я" * 129),), rub(2)),
        ((item(Money(2, "USD")),), Money(2, "USD")),
    ],
)
def test_what_no_register_takes_is_refused(items: tuple[FiscalItem, ...], paid: Money) -> None:
    with pytest.raises(InvalidInput) as refusal:
        FiscalReceipt(
            Settlement.SELL,
            TaxSystem.GENERAL,
            "1",
            "a@b",
            "c",
            "d@e",
            items,
            (FiscalPayment(Tender.CASHLESS, paid),),
        )
    assert refusal.value.code == "FISCAL_RECEIPT_INCONSISTENT"


@pytest.mark.parametrize(
    ("given_on", "from_day", "until"),
    [
        (date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 10)),
        (date(2026, 2, 1), date(2026, 3, 1), date(2026, 3, 10)),
        (date(2026, 12, 15), date(2027, 1, 1), date(2027, 1, 10)),
    ],
)
def test_the_offsets_of_a_month_have_ten_days(given_on: date, from_day: date, until: date) -> None:
    assert offsets_from(given_on) == from_day
    assert due_after_service(given_on) == until
    assert due_after_money(date(2026, 1, 31)) == date(2026, 2, 1)


@given(st.lists(st.tuples(st.integers(1, 10**9), RATES), min_size=1, max_size=5), st.data())
def test_a_receipt_is_over_what_moved_to_the_kopeck(
    lines: list[tuple[int, int | None]], data: st.DataObject
) -> None:
    services = [service(price, rate) for price, rate in lines]
    whole = sum(price for price, _ in lines)
    used = rub(data.draw(st.integers(1, whole)))
    over = rub(data.draw(st.integers(0, 10**6)))

    assert payment_receipt(TERMS, services, used, over, rate=2200, postpaid=False).total == used + over
    assert service_receipt(TERMS, services).total == rub(whole)
    unused, *rest = services
    back = refund_receipt(TERMS, ReturnedParts(unused, tuple(rest), over, partly_prepaid=False), used)
    assert back.total == used == total((each.amount for each in back.payments), "RUB")
