"""Snapshots of documents: nothing is lost on the way through JSON, nothing damaged is accepted."""

import json
from copy import deepcopy
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.billing.documents.invoice import InvoiceDocument, PrintedLine
from app.billing.documents.parties import BankDetails, Party, Signatory
from app.billing.documents.snapshot import SnapshotUnreadable, from_snapshot, to_snapshot
from app.billing.errors import InvalidInput
from app.billing.money import Money, total

TEXTS = st.text(max_size=20)
OPTIONAL_TEXTS = st.none() | TEXTS
DAYS = st.dates()
CURRENCIES = st.sampled_from(["RUB", "USD", "EUR"])

PARTIES = st.builds(
    Party, TEXTS, OPTIONAL_TEXTS, OPTIONAL_TEXTS, OPTIONAL_TEXTS, OPTIONAL_TEXTS, OPTIONAL_TEXTS
)
BANKS = st.builds(BankDetails, TEXTS, TEXTS, TEXTS, OPTIONAL_TEXTS, OPTIONAL_TEXTS)
SIGNATORIES = st.builds(Signatory, TEXTS, TEXTS, OPTIONAL_TEXTS)


def lines(currency: str) -> st.SearchStrategy[PrintedLine]:
    sums = st.builds(Money, st.integers(-(10**12), 10**12), st.just(currency))
    rates = st.none() | st.integers(0, 3000)
    days = st.none() | DAYS
    return st.builds(PrintedLine, TEXTS, st.integers(1, 1000), TEXTS, sums, sums, rates, sums, days, days)


@st.composite
def documents(draw: st.DrawFn) -> InvoiceDocument:
    currency = draw(CURRENCIES)
    document_lines = draw(st.lists(lines(currency), min_size=1, max_size=4))
    return InvoiceDocument(
        number=draw(TEXTS),
        issued_on=draw(DAYS),
        due_on=draw(DAYS),
        seller=draw(PARTIES),
        bank=draw(BANKS),
        payer=draw(PARTIES),
        lines=tuple(document_lines),
        total=total((line.total for line in document_lines), currency),
        vat_total=total((line.vat for line in document_lines), currency),
        payment_method=draw(st.sampled_from(["card", "bank_transfer", "paypal"])),
        purpose=draw(TEXTS),
        basis=draw(TEXTS),
        signatories=tuple(draw(st.lists(SIGNATORIES, max_size=3))),
        language=draw(st.sampled_from(["ru", "en"])),
        vat_exemption=draw(OPTIONAL_TEXTS),
    )


def a_document() -> InvoiceDocument:
    price = Money(122000, "RUB")
    vat = Money(22000, "RUB")
    line = PrintedLine("Доступ", 1, "мес", price, price, 2200, vat, date(2026, 11, 21), date(2026, 12, 20))
    return InvoiceDocument(
        number="СЧ-2026-000042",
        issued_on=date(2026, 11, 21),
        due_on=date(2026, 11, 28),
        seller=Party("ООО «Продавец»", "Москва", inn="7707083893"),
        bank=BankDetails("Банк", "40702810138250123017", "044525225", "30101810400000000225"),
        payer=Party("ООО «Покупатель»", None),
        lines=(line,),
        total=price,
        vat_total=vat,
        payment_method="card",
        purpose="Оплата",
        basis="Оферта",
        signatories=(Signatory("Директор", "Иванов И. И."),),
        language="ru",
    )


@settings(max_examples=20)
@given(documents())
def test_a_document_survives_the_way_through_json(document: InvoiceDocument) -> None:
    assert from_snapshot(json.loads(json.dumps(to_snapshot(document)))) == document


def test_a_snapshot_tells_its_kind_and_version() -> None:
    snapshot = to_snapshot(a_document())
    assert (snapshot["kind"], snapshot["version"]) == ("invoice", 1)
    assert snapshot["document"]["lines"][0]["total"] == {"minor": 122000, "currency": "RUB"}
    assert snapshot["document"]["issued_on"] == "2026-11-21"


@pytest.mark.parametrize(
    ("key", "value"), [("kind", "letter"), ("version", 2), ("kind", None), ("version", "1")]
)
def test_an_unknown_kind_or_version_is_refused(key: str, value: object) -> None:
    with pytest.raises(SnapshotUnreadable, match="unknown snapshot") as refusal:
        from_snapshot(to_snapshot(a_document()) | {key: value})
    assert refusal.value.code == "SNAPSHOT_UNREADABLE"


def test_a_snapshot_without_its_document_is_refused() -> None:
    with pytest.raises(SnapshotUnreadable, match="document"):
        from_snapshot({"kind": "invoice", "version": 1})


def test_a_value_that_came_later_may_be_missing_from_an_old_snapshot() -> None:
    snapshot = to_snapshot(replace(a_document(), stamp="5" * 64))
    del snapshot["document"]["stamp"], snapshot["document"]["logo"]
    assert from_snapshot(snapshot) == a_document()


def damaged(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    snapshot = deepcopy(to_snapshot(a_document()))
    place: Any = snapshot["document"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return snapshot


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("number",), 42, "document.number"),
        (("number",), None, "document.number"),
        (("issued_on",), "21.11.2026", "document.issued_on"),
        (("issued_on",), 20261121, "document.issued_on"),
        (("lines",), {}, "document.lines"),
        (("lines", 0, "quantity"), True, "document.lines\\[0\\].quantity"),
        (("lines", 0, "quantity"), 1.0, "document.lines\\[0\\].quantity"),
        (("lines", 0, "total", "minor"), "122000", "document.lines\\[0\\].total.minor"),
        (("lines", 0, "total", "currency"), "XXX", "document.lines\\[0\\].total"),
        (("seller",), {"name": "ООО"}, "document.seller"),
        (("seller", "surprise"), "x", "document.seller"),
        (("payment_method",), "barter", "document.payment_method"),
        (("language",), "de", "document.language"),
        (("payer", "inn"), 7707083893, "document.payer.inn"),
    ],
)
def test_a_damaged_snapshot_is_refused_with_the_place_of_the_damage(
    path: tuple[str | int, ...], value: object, named: str
) -> None:
    with pytest.raises(SnapshotUnreadable, match=named):
        from_snapshot(damaged(path, value))


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": ()},
        {"total": Money(121999, "RUB")},
        {"vat_total": Money(0, "RUB")},
        {"total": Money(122000, "USD")},
    ],
)
def test_a_document_that_contradicts_itself_can_not_be_made(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        replace(a_document(), **changes)
    assert refusal.value.code == "DOCUMENT_INCONSISTENT"


def test_a_price_in_another_currency_is_a_contradiction() -> None:
    document = a_document()
    line = replace(document.lines[0], price=Money(1, "USD"))
    with pytest.raises(InvalidInput):
        replace(document, lines=(line,))


def test_a_snapshot_with_changed_sums_is_refused() -> None:
    with pytest.raises(InvalidInput):
        from_snapshot(damaged(("total", "minor"), 1))
