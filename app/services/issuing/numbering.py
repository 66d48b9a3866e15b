"""Numbers of documents: without gaps, in the order of dates, a block in one UPDATE (design §3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from app.billing.documents.series import document_number, series_of
from app.services.issuing.drafts import Draft, Place
from app.services.unit_of_work import UnitOfWork


def take_places(work: UnitOfWork, drafts: Sequence[Draft]) -> dict[Draft, Place]:
    """The next numbers for these drafts, to be called last: the series stay locked until the commit.

    A document has the date of its legal day, or that of the last one of its series and year where that is
    later: a higher number never has an earlier date. Series are locked in one order, so that two machines
    never wait for each other.
    """
    own = work.documents.own_series({draft.seller.id for draft in drafts})
    blocks: dict[tuple[int, str, int], list[Draft]] = defaultdict(list)
    for draft in drafts:
        series = series_of(draft.kind, draft.status, own.get(draft.seller.id, {}))
        blocks[draft.seller.id, series, draft.legal_day.year].append(draft)
    places: dict[Draft, Place] = {}
    for key in sorted(blocks):
        places |= _places(work, *key, blocks[key])
    return places


def _places(
    work: UnitOfWork, seller_id: int, series: str, year: int, block: Sequence[Draft]
) -> dict[Draft, Place]:
    numbers = work.invoices.take_numbers(seller_id, series, year, len(block))
    issued_on = work.documents.last_issued_on(seller_id, series, year)
    places = {}
    for ordinal, draft in zip(numbers, sorted(block, key=lambda each: each.legal_day), strict=True):
        issued_on = max(draft.legal_day, issued_on or draft.legal_day)
        number = document_number(series, year, ordinal)
        places[draft] = Place(series, year, ordinal, number, issued_on)
    return places
