"""How a lowered price makes a КСФ or a УКД out of the document whose price it was (п. 3 ст. 168 НК).

A refund of service given lowers its price by agreement, at the rate of the day of service, whatever the rate
is now. A счёт-фактура is changed by a КСФ. A УПД is changed by a УКД of its own status. An
акт is changed by a УКД of status 2, also beside a счёт-фактура: п. 10 ст. 172 НК asks for a primary document
on which the КСФ rests. The quantity stays: it is the price that falls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal, TypeAlias

from app.billing.documents.adjustment import AdjustedLine, AdjustmentDocument, LineAmounts
from app.billing.documents.kinds import DocumentKind
from app.billing.documents.parties import DocumentReference, Signatory
from app.billing.documents.tax_document import TaxDocument, TaxLine, refuse_unless
from app.billing.documents.titles import TITLES
from app.billing.money import Money, total

AdjustmentForm: TypeAlias = Literal["vat_adjustment", "transfer_adjustment"]

ADJUSTMENT_OF: Mapping[DocumentKind, AdjustmentForm] = MappingProxyType(
    {
        DocumentKind.VAT_INVOICE: "vat_adjustment",
        DocumentKind.TRANSFER: "transfer_adjustment",
        DocumentKind.ACT: "transfer_adjustment",
    }
)
"""What changes a document of service. An advance has none: the price of nothing given changes."""
ONLY_PRIMARY: Literal[2] = 2
"""The status of a УКД that is no счёт-фактура."""
PIECE, PIECE_CODE = {"ru": "усл.", "en": "pcs"}, "796"
"""The unit of a line that names none; ОКЕИ."""


@dataclass(frozen=True, slots=True)
class Lowering:
    """By how much one line of a document costs less; `vat` is the part of it that is VAT."""

    place: int
    """The line's place in the document, from 1."""
    gross: Money
    vat: Money


@dataclass(frozen=True, slots=True)
class Issue:
    """What a document gets when it is issued and does not take over from another one."""

    number: str
    issued_on: date
    signatories: tuple[Signatory, ...]
    exchange_uuid: str
    stamp: str | None = None


def adjustment(
    original: TaxDocument,
    lowered: Sequence[Lowering],
    earlier: Sequence[Lowering],
    basis: DocumentReference,
    issue: Issue,
) -> AdjustmentDocument:
    """The КСФ or УКД that lowers `original` by `lowered`, from the state that `earlier` ones left.

    It holds the lowered lines only, and for each: before − after = the lowering, in VAT and in sum. Raises
    InvalidInput (DOCUMENT_INCONSISTENT) for an advance, for nothing lowered, for a line that the original
    does not have, and when more is taken than a line still holds.
    """
    kind = DocumentKind(original.form)
    refuse_unless(kind in ADJUSTMENT_OF, "the price of an advance is not adjusted")
    form = ADJUSTMENT_OF[kind]
    status = (original.status or ONLY_PRIMARY) if form == "transfer_adjustment" else None
    places = sorted({each.place for each in lowered})
    refuse_unless(all(1 <= place <= len(original.lines) for place in places), "no such line")
    return AdjustmentDocument(
        form=form,
        status=status,
        number=issue.number,
        issued_on=issue.issued_on,
        correction=None,
        originals=(reference_to(original),),
        seller=original.seller,
        buyer=original.buyer,
        basis=basis,
        lines=tuple(_adjusted(original, place, lowered, earlier) for place in places),
        signatories=issue.signatories,
        vat_exemption=original.vat_exemption,
        language=original.language,
        exchange_uuid=issue.exchange_uuid,
        stamp=issue.stamp,
    )


def reference_to(document: TaxDocument) -> DocumentReference:
    """The document as others name it, with its исправление if it has one (line 1б)."""
    title = TITLES[document.language][DocumentKind(document.form)]
    return DocumentReference(title, document.number, document.issued_on, document.correction)


def _adjusted(
    original: TaxDocument, place: int, lowered: Iterable[Lowering], earlier: Iterable[Lowering]
) -> AdjustedLine:
    line = original.lines[place - 1]
    before = _less(_amounts(line), place, earlier)
    return AdjustedLine(
        place=place,
        description=line.description,
        unit=line.unit or PIECE[original.language],
        unit_code=line.unit_code or PIECE_CODE,
        vat_rate=line.vat_rate,
        before=before,
        after=_less(before, place, lowered),
        service_from=line.service_from,
        service_to=line.service_to,
    )


def _amounts(line: TaxLine) -> LineAmounts:
    return LineAmounts(line.quantity or 1, line.gross - line.vat, line.vat, line.gross)


def _less(state: LineAmounts, place: int, lowerings: Iterable[Lowering]) -> LineAmounts:
    here = [each for each in lowerings if each.place == place]
    currency = state.gross.currency
    vat = state.vat - total((each.vat for each in here), currency)
    gross = state.gross - total((each.gross for each in here), currency)
    nothing = Money.zero(currency)
    refuse_unless(nothing <= vat <= gross, "more is taken than the line still holds")
    return LineAmounts(state.quantity, gross - vat, vat, gross)
