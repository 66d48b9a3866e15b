"""КСФ and УКД: what a lowered price makes of the document that it was on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.documents.adjusting import Issue, Lowering, adjustment, reference_to
from app.billing.documents.adjustment import AdjustedLine, AdjustmentDocument, Difference, difference
from app.billing.documents.parties import Correction, DocumentReference, PartyKind, Signatory, TaxParty
from app.billing.documents.snapshot import from_snapshot, to_snapshot
from app.billing.documents.tax_document import TaxDocument, TaxLine
from app.billing.errors import InvalidInput
from app.billing.money import Money, total
from app.billing.tax import included_vat

SELLER = TaxParty(PartyKind.COMPANY, "ООО «Продавец»", "RU", "Москва", inn="7707083893", kpp="770701001")
BUYER = TaxParty(PartyKind.COMPANY, "ООО «Покупатель»", "RU", "Тверь", inn="7728168971", kpp="772801001")
OFFER = DocumentReference("Публичная оферта", "б/н", date(2025, 1, 1))
AGREED = DocumentReference("Соглашение", "7", date(2026, 2, 10))
ISSUE = Issue("КСФ-2026-000001", date(2026, 2, 10), (Signatory("Директор", "Иванов И. И."),), "uuid-of-new")
RATES = st.sampled_from([None, 500, 700, 2000, 2200])


def rub(minor: int) -> Money:
    return Money(minor, "RUB")


def line(gross: int, rate: int | None = 2200, **changes: object) -> TaxLine:
    vat = included_vat(rub(gross), rate)
    made = TaxLine("Доступ", rate, vat, rub(gross), rub(gross) - vat, 1, "мес", "362")
    return replace(made, **changes)  # type: ignore[arg-type]


def document(*lines: TaxLine, form: str = "transfer", status: int | None = 1) -> TaxDocument:
    return TaxDocument(
        form=form,  # type: ignore[arg-type]
        status=status,  # type: ignore[arg-type]
        number="УПД-2025-000042",
        issued_on=date(2025, 12, 31),
        correction=None,
        seller=SELLER,
        buyer=BUYER,
        basis=OFFER,
        payments=(),
        shipments=(),
        advances=(),
        lines=lines,
        vat_total=total((each.vat for each in lines), "RUB"),
        total=total((each.gross for each in lines), "RUB"),
        transferred_on=date(2025, 12, 31),
        service_from=date(2025, 12, 1),
        service_to=date(2025, 12, 31),
        signatories=(),
        vat_exemption=None,
        language="ru",
        exchange_uuid="uuid-of-original",
    )


def lowering(place: int, gross: int, vat: int) -> Lowering:
    return Lowering(place, rub(gross), rub(vat))


def adjusted(
    original: TaxDocument, *lowered: Lowering, earlier: tuple[Lowering, ...] = ()
) -> AdjustmentDocument:
    return adjustment(original, lowered, earlier, AGREED, ISSUE)


@pytest.mark.parametrize(
    ("form", "status", "becomes"),
    [
        ("transfer", 1, ("transfer_adjustment", 1)),
        ("transfer", 2, ("transfer_adjustment", 2)),
        ("vat_invoice", None, ("vat_adjustment", None)),
        ("act", None, ("transfer_adjustment", 2)),
    ],
)
def test_a_vat_invoice_gets_a_vat_adjustment_and_the_others_a_transfer_adjustment(
    form: str, status: int | None, becomes: tuple[str, int | None]
) -> None:
    made = adjusted(document(line(122_00), form=form, status=status), lowering(1, 61_00, 11_00))
    assert (made.form, made.status) == becomes


def test_only_the_lowered_lines_stand_on_it_with_what_they_cost_before_and_after() -> None:
    original = document(line(120_00, 2000), line(240_00, 2000, description="Другой доступ"))
    made = adjusted(original, lowering(2, 60_00, 10_00))

    (only,) = made.lines
    assert (only.place, only.description, only.vat_rate) == (2, "Другой доступ", 2000)
    assert (only.unit, only.unit_code, only.before.quantity, only.after.quantity) == ("мес", "362", 1, 1)
    assert (only.before.net, only.before.vat, only.before.gross) == (rub(200_00), rub(40_00), rub(240_00))
    assert (only.after.net, only.after.vat, only.after.gross) == (rub(150_00), rub(30_00), rub(180_00))
    assert made.decrease == Difference(rub(50_00), rub(10_00), rub(60_00))
    assert made.increase == Difference(rub(0), rub(0), rub(0))


def test_it_is_between_the_same_parties_and_names_its_original_and_its_ground() -> None:
    original = replace(document(line(122_00)), correction=Correction(1, date(2026, 1, 15)))
    made = adjusted(original, lowering(1, 61_00, 11_00))

    assert (made.seller, made.buyer, made.basis) == (SELLER, BUYER, AGREED)
    assert (made.number, made.issued_on, made.exchange_uuid) == (ISSUE.number, ISSUE.issued_on, "uuid-of-new")
    assert made.originals == (reference_to(original),)
    assert made.originals[0] == DocumentReference(
        "УПД", "УПД-2025-000042", date(2025, 12, 31), Correction(1, date(2026, 1, 15))
    )
    assert made.correction is None
    assert from_snapshot(to_snapshot(made)) == made


def test_a_second_one_starts_where_the_first_has_ended() -> None:
    original = document(line(120_00, 2000), line(120_00, 2000))
    first = (lowering(1, 60_00, 10_00), lowering(2, 12_00, 2_00))

    made = adjusted(original, lowering(1, 30_00, 5_00), earlier=first)

    assert made.lines[0].before == adjusted(original, *first).lines[0].after
    assert made.lines[0].after.gross == rub(30_00)


def test_a_line_without_a_unit_is_one_service() -> None:
    made = adjusted(
        document(line(122_00, quantity=None, unit=None, unit_code=None)), lowering(1, 122_00, 22_00)
    )
    assert (made.lines[0].unit, made.lines[0].unit_code) == ("усл.", "796")
    assert (made.lines[0].after.quantity, made.lines[0].after.gross) == (1, rub(0))


@pytest.mark.parametrize(
    ("original", "lowered", "earlier"),
    [
        (document(line(122_00), form="advance_invoice", status=None), (lowering(1, 1, 0),), ()),
        (document(line(122_00)), (), ()),
        (document(line(122_00)), (lowering(2, 1, 0),), ()),
        (document(line(122_00)), (lowering(0, 1, 0),), ()),
        (document(line(122_00)), (lowering(1, 122_01, 22_00),), ()),
        (document(line(122_00)), (lowering(1, 122_00, 22_01),), ()),
        (document(line(122_00)), (lowering(1, 1_00, 0),), (lowering(1, 122_00, 22_00),)),
        (document(line(122_00)), (lowering(1, 122_00, 1),), ()),
    ],
)
def test_what_does_not_agree_is_refused(
    original: TaxDocument, lowered: tuple[Lowering, ...], earlier: tuple[Lowering, ...]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        adjustment(original, lowered, earlier, AGREED, ISSUE)
    assert refusal.value.code == "DOCUMENT_INCONSISTENT"


@given(st.data())
def test_before_less_after_is_what_went_back_to_the_kopeck(data: st.DataObject) -> None:
    rates = data.draw(st.lists(RATES, min_size=1, max_size=5))
    prices = [data.draw(st.integers(1, 10**9)) for _ in rates]
    original = document(*(line(price, rate) for price, rate in zip(prices, rates, strict=True)))
    first, second = [], []
    for place, (price, rate) in enumerate(zip(prices, rates, strict=True), start=1):
        once = data.draw(st.integers(1, price))
        twice = data.draw(st.integers(0, price - once))
        first.append(_fallen(place, price, once, rate))
        second.append(_fallen(place, price - once, twice, rate))

    one = adjusted(original, *first)
    two = adjusted(original, *second, earlier=tuple(first))

    for made, lowered in ((one, first), (two, second)):
        assert made.decrease.gross == total((each.gross for each in lowered), "RUB")
        assert made.decrease.vat == total((each.vat for each in lowered), "RUB")
        assert made.decrease.net + made.decrease.vat == made.decrease.gross
        assert all(_only_one_row_is_filled(each) for each in made.lines)
    assert [each.before for each in two.lines] == [each.after for each in one.lines]


def _fallen(place: int, price: int, part: int, rate: int | None) -> Lowering:
    """As the ledger books it: the VAT of the price before less that of the price after."""
    vat = included_vat(rub(price), rate) - included_vat(rub(price - part), rate)
    return Lowering(place, rub(part), vat)


def _only_one_row_is_filled(each: AdjustedLine) -> bool:
    """В or Г, in every column; neither is below zero."""
    up, down = difference(each.before, each.after), difference(each.after, each.before)
    nothing = rub(0)
    pairs = [(up.net, down.net), (up.vat, down.vat), (up.gross, down.gross)]
    return all(a >= nothing and b >= nothing for a, b in pairs) and up == Difference(
        nothing, nothing, nothing
    )
