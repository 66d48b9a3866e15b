"""Random documents that hold together: any can be issued, so any must be printed and written."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

from hypothesis import strategies as st

from app.billing.documents.parties import (
    BankDetails,
    Correction,
    DocumentReference,
    PartyKind,
    Signatory,
    TaxParty,
)
from app.billing.documents.tax_document import TaxDocument, TaxLine
from app.billing.money import Money, total
from app.billing.tax import included_vat

Form = Literal["advance_invoice", "vat_invoice", "transfer", "act"]

FORMS: tuple[Form, ...] = ("advance_invoice", "vat_invoice", "transfer", "act")
RATES = (None, 500, 700, 2000, 2200)
PIECES = (
    "ООО «Ромашка»", "Доступ к коннектору", "тариф «Месяц»", "990 ₽/мес", "😀", "Müller & Söhne",
    "<script>alert(1)</script>", "&amp;", "]]>", "<!ENTITY x SYSTEM 'file:///etc/passwd'>", "“quoted”",
    "\u202e", "\x00\x1b", "\n\t", "‑", "Ёлки-палки", "日本語", "и\u0306", "\ufffe",
    "x" * 90, "'", '"', "{{ 7*7 }}", "№ 5", "\xa0", "\u0301",
)  # fmt: skip
"""What people and attackers write, and what keyboards and clipboards make of it."""

LETTERS = st.sampled_from("АБВабвABCabc")
WORDS = st.sampled_from(PIECES) | st.text(max_size=12)


def texts(longest: int = 300) -> st.SearchStrategy[str]:
    """A text up to so many characters, with a letter at least."""
    rest = st.lists(WORDS, max_size=6).map(" ".join)
    short = st.builds(lambda letter, text: (letter + text)[:longest], LETTERS, rest)
    if longest <= 100:
        return short
    return short | st.builds(lambda word: ((word + " ") * longest)[:longest], st.sampled_from(PIECES[:5]))


def digits(count: int, first: str = "1") -> st.SearchStrategy[str]:
    """So many digits; these are shapes of requisites, not numbers that belong to anybody."""
    rest = st.text(alphabet="0123456789", min_size=count - len(first), max_size=count - len(first))
    return rest.map(lambda text: first + text)


def days() -> st.SearchStrategy[date]:
    return st.dates(date(2024, 1, 1), date(2030, 12, 31))


EXCHANGE_IDS = digits(10).map(lambda inn: f"2BM-{inn}-770501001-202601010101010101010")

BANKS = st.builds(
    BankDetails,
    bank_name=texts(),
    account=digits(20, "40702"),
    bic=digits(9, "04"),
    correspondent_account=st.none() | digits(20, "30101"),
)

NUMBERS = st.sampled_from(("1", "УПД-2026-000042", "А-77", "СФ/17", "б/н"))
CORRECTIONS = st.builds(Correction, st.integers(1, 999), days())
REFERENCES = st.builds(DocumentReference, texts(), NUMBERS, days(), st.none() | CORRECTIONS)
AUTHORITIES = st.sampled_from(
    (
        None,
        "",
        "по доверенности № 7 от 12.01.2026",
        "по доверенности № 7 от 31.02.2026",
        "МЧД 0f8fad5b-d9cb-469f-a165-70867728950e",
        "приказ № 3 от 01.02.2026",
    )
)
PERSONS = st.sampled_from(
    ("Иванов Иван Иванович", "Иванов И.И.", "И. И. Иванов", "Мамедов Али Гусейн оглы", "Мадонна")
)
SIGNATORIES = st.builds(Signatory, texts(100), PERSONS | texts(100), AUTHORITIES)


def parties(kind: PartyKind, exchange_ids: st.SearchStrategy[str | None]) -> st.SearchStrategy[TaxParty]:
    """A party of the kind, as complete as its kind must be."""
    foreign = kind is PartyKind.FOREIGN
    inns = {
        PartyKind.COMPANY: digits(10, "77"),
        PartyKind.SOLE_TRADER: digits(12, "77"),
        PartyKind.INDIVIDUAL: st.none() | digits(12, "77"),
        PartyKind.FOREIGN: st.none(),
    }
    return st.builds(
        TaxParty,
        kind=st.just(kind),
        name=texts(1000) | PERSONS,
        country=st.sampled_from(("DE", "KZ", "US", "CI")) if foreign else st.just("RU"),
        address=texts(1000),
        inn=inns[kind],
        kpp=st.none() | digits(9, "77") if kind is PartyKind.COMPANY else st.none(),
        ogrn=st.none() | digits(15, "3") if kind is PartyKind.SOLE_TRADER else st.none(),
        tax_id=st.none() | texts(20) if foreign else st.none(),
        email=st.none() | st.just("a@пример.рф"),
        phone=st.none() | st.just("+7 495 000-00-00"),
        bank=st.none() | BANKS,
        exchange_id=exchange_ids,
    )


@st.composite
def lines(draw: st.DrawFn, currency: str, rates: Sequence[int | None], *, advance: bool) -> TaxLine:
    """A line of an advance, or of a service with its measures."""
    rate = draw(st.sampled_from(rates))
    gross = Money(draw(st.integers(1, 10_000_000) | st.sampled_from((1, 2, 10**14))), currency)
    vat = included_vat(gross, rate)
    description = draw(texts(2500))
    if advance:
        return TaxLine(description, rate, vat, gross)
    first = draw(st.none() | days())
    coded = draw(st.booleans())
    return TaxLine(
        description,
        rate,
        vat,
        gross,
        net=gross - vat,
        quantity=draw(st.integers(1, 12) | st.sampled_from((7, 1_000_000_000_000))),
        unit="мес" if coded else draw(st.none() | texts(20)),
        unit_code="362" if coded else None,
        service_from=first,
        service_to=first and first + timedelta(days=draw(st.integers(0, 365))),
    )


@st.composite
def tax_documents(
    draw: st.DrawFn,
    form: Form | None = None,
    exchange_ids: st.SearchStrategy[str | None] = EXCHANGE_IDS,
    most_lines: int = 6,
) -> TaxDocument:
    """Any счёт-фактура, advance, УПД or акт that holds together."""
    chosen = form if form is not None else draw(st.sampled_from(FORMS))
    advance = chosen == "advance_invoice"
    status: Literal[1, 2] | None = draw(st.sampled_from((1, 2))) if chosen == "transfer" else None
    buyer_kind = draw(st.sampled_from(PartyKind))
    currency = draw(st.sampled_from(("RUB", "USD", "EUR") if buyer_kind is PartyKind.FOREIGN else ("RUB",)))
    rates = RATES[1:] if advance else RATES
    drawn = draw(st.lists(lines(currency, rates, advance=advance), min_size=1, max_size=most_lines))
    first = draw(days())
    return TaxDocument(
        form=chosen,
        status=status,
        number=draw(NUMBERS),
        issued_on=draw(days()),
        correction=draw(st.none() | CORRECTIONS),
        seller=draw(parties(draw(st.sampled_from((PartyKind.COMPANY, PartyKind.SOLE_TRADER))), exchange_ids)),
        buyer=draw(parties(buyer_kind, exchange_ids)),
        basis=draw(REFERENCES),
        payments=draw(st.lists(REFERENCES, max_size=3).map(tuple)),
        shipments=() if advance else draw(st.lists(REFERENCES, min_size=1, max_size=2).map(tuple)),
        advances=() if advance else draw(st.lists(REFERENCES, max_size=3).map(tuple)),
        lines=tuple(drawn),
        vat_total=total((line.vat for line in drawn), currency),
        total=total((line.gross for line in drawn), currency),
        transferred_on=None if advance else first,
        service_from=None if advance else first - timedelta(days=30),
        service_to=None if advance else first,
        signatories=tuple(draw(st.lists(SIGNATORIES, min_size=1, max_size=2))),
        vat_exemption=draw(st.none() | texts(100)),
        language="en" if buyer_kind is PartyKind.FOREIGN else "ru",
        exchange_uuid=str(uuid.UUID(int=draw(st.integers(0, 2**128 - 1)))),
    )
