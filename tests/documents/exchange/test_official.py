"""Every file against the schema and the schematron of format 5.03, which stand beside the project.

They are no part of it (../shared/fns); when they are absent this is said aloud, and our own checks run alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from app.billing.documents.files import ExchangeFile
from app.billing.documents.parties import Correction, PartyKind
from app.billing.documents.tax_document import TaxDocument
from app.billing.money import Money
from app.documents.exchange.texts import clean
from tests.documents.exchange.cases import (
    ADVANCE,
    BUYERS,
    KINDS,
    document,
    prepayment,
    service,
    with_lines,
    write,
    writer,
)
from tests.documents.exchange.official import FOLDER, PRESENT, objections
from tests.documents.strategies import tax_documents

EXAMPLES, TORTURES = 300, 10_000

NAMES = {
    "quotes": "ООО \"Ромашка\" 'и' «партнёры» “again” <b>&amp;</b>",
    "rouble sign": "Тариф 990 ₽/мес",
    "emoji": "Кофе ☕ и 😀😀 сыновья",
    "thousand": ("Очень длинное наименование " * 40)[:1000],
    "thousand emoji": "А" + "😀" * 999,
    "thousand roubles": "₽" * 1000,
}


def amounts(root: Any, name: str) -> Decimal:
    return sum((Decimal(value) for value in root.xpath(f"//СведТов/@{name}")), Decimal())


def require_same_totals(file: ExchangeFile, of: TaxDocument) -> None:
    root = etree.fromstring(file.content)
    assert root.xpath("string(//@СтТовУчНалВсего)") == f"{of.total.decimal:.2f}"
    assert amounts(root, "СтТовУчНал") == of.total.decimal
    taxes = [Decimal(each.text or "0") for each in root.iterfind(".//СумНал/СумНал")]
    assert sum(taxes, Decimal()) == of.vat_total.decimal
    told = root.xpath("string(//СумНалВсего/СумНал)")
    assert told in (("", "0.00") if not of.vat_total else (f"{of.vat_total.decimal:.2f}",))
    if of.form != "advance_invoice":
        assert root.xpath("string(//@СтТовБезНДСВсего)") == f"{of.net_total.decimal:.2f}"
        assert amounts(root, "СтТовБезНДС") == of.net_total.decimal


def require_nothing_lost(file: ExchangeFile, of: TaxDocument) -> None:
    """Every text that stands on paper stands in the file, in its place or in notes; spaces don't count."""
    root: Any = etree.fromstring(file.content)
    values = [value for each in root.iter() for value in (*each.attrib.values(), each.text or "")]
    notes = root.xpath("//@Значен")
    told = "".join([*values, *notes]).replace(" ", "")
    texts = [line.description for line in of.lines]
    texts += [line.unit or "" for line in of.lines if line.net is not None]
    texts += [of.vat_exemption or "", of.basis.title, *(each.title for each in of.shipments)]
    texts += [text for each in of.signatories for text in (each.position, each.authority or "")]
    names = [each.name for each in of.signatories]
    for party in (of.seller, of.buyer):
        texts += [party.address or "", party.tax_id or "", party.email or "", party.phone or ""]
        texts += [party.bank.bank_name] if party.bank else []
        persons = party.kind in (PartyKind.SOLE_TRADER, PartyKind.INDIVIDUAL)
        (names if persons else texts).append(party.name)
    assert [text for text in texts if clean(text).replace(" ", "") not in told] == []
    words = [word for name in names for word in clean(name).replace(",", " ").split()]
    assert [word for word in words if word not in told] == []


def matrix() -> Iterator[tuple[str, int | None, str]]:
    for kind in KINDS:
        for rate in (2000, 2200, 500, 700, None):
            for buyer in BUYERS:
                yield kind, rate, buyer


def test_it_is_said_when_the_schemas_are_absent(capfd: pytest.CaptureFixture[str]) -> None:
    if not PRESENT:
        with capfd.disabled():
            sys.stderr.write("\nNOT RUN: files against the tax service's schema, ../shared/fns is absent.\n")
    assert FOLDER.is_dir() == PRESENT


@pytest.mark.parametrize(("kind", "rate", "buyer"), list(matrix()))
def test_every_kind_for_every_buyer_at_every_rate(kind: str, rate: int | None, buyer: str) -> None:
    of = document(kind, rate, BUYERS[buyer])
    file = write(of)
    assert objections(file) == []
    require_same_totals(file, of)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_whatever_people_are_called(kind: str, name: str) -> None:
    for buyer in BUYERS.values():
        of = document(kind, buyer=replace(buyer, name=NAMES[name]), description=NAMES[name])
        assert objections(write(of)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_hundred_lines_and_a_kopeck(kind: str) -> None:
    form = prepayment if kind == "advance" else service
    lines = [form(f"Услуга {place}", Money(place * 101, "RUB")) for place in range(1, 101)]
    kopeck = form("Копейка", Money(1, "RUB"))
    for of in (with_lines(document(kind), lines), with_lines(document(kind), [kopeck])):
        file = write(of)
        assert objections(file) == []
        require_same_totals(file, of)


@pytest.mark.parametrize("kind", KINDS)
def test_a_correction_with_several_advances(kind: str) -> None:
    corrected = replace(ADVANCE, correction=Correction(2, date(2026, 11, 5)))
    of = replace(document(kind), correction=Correction(1, date(2026, 12, 3)))
    if kind != "advance":
        of = replace(of, advances=(ADVANCE, corrected))
    assert objections(write(of)) == []


@pytest.mark.parametrize("times", [EXAMPLES, pytest.param(TORTURES, marks=pytest.mark.torture)])
def test_any_document_makes_a_valid_file_with_its_totals(times: int) -> None:
    written = 0

    @settings(max_examples=times, deadline=None, suppress_health_check=list(HealthCheck))
    @given(of=tax_documents())
    def check(of: TaxDocument) -> None:
        nonlocal written
        file = write(of)
        assert file == writer().write(of), "the same document, other bytes"
        assert objections(file) == []
        require_same_totals(file, of)
        require_nothing_lost(file, of)
        written += 1

    check()
    assert written >= times


def test_the_judges_do_object() -> None:
    """A positive control: a judge that finds nothing in a broken file proves nothing."""
    file = write(document())
    content = file.content
    broken = {
        "name": ExchangeFile(f"x{file.name}", content),
        "schema": ExchangeFile(file.name, content.replace(b'"22%"', b'"23%"')),
        "condition": ExchangeFile(file.name, content.replace("ЦенаТов".encode("cp1251"), b"X", 1)),
    }
    found = {name: bool(objections(each)) for name, each in broken.items()}
    assert found == {"name": True, "schema": PRESENT, "condition": PRESENT}
