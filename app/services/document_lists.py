"""Lists of documents: page by page, for their customer (J5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.billing.documents.listing import DocumentFilter
from app.billing.payment_history import Place
from app.repositories.document_lists import ListedDocument
from app.services.unit_of_work import Repositories

ROWS_OF_A_PAGE = 25


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """A page of the list, newest first, and where its neighbours begin; None where there is none."""

    documents: Sequence[ListedDocument]
    newer: Place | None
    older: Place | None


def document_page(
    repositories: Repositories, *, customer_id: int, wanted: DocumentFilter, place: Place
) -> DocumentPage:
    """A page of a customer's documents, in two queries."""
    found = repositories.document_lists.page(customer_id, wanted, place, ROWS_OF_A_PAGE + 1)
    there_is_more = len(found) > ROWS_OF_A_PAGE
    upwards = place.newer_than is not None
    if there_is_more:  # the row too many stands at the end that was gone to
        found = found[1:] if upwards else found[:-1]
    below = bool(found) and (there_is_more or upwards)
    above = bool(found) and (there_is_more if upwards else place.older_than is not None)
    return DocumentPage(
        found,
        newer=Place(newer_than=found[0].document.id) if above else None,
        older=Place(older_than=found[-1].document.id) if below else None,
    )


def periods_since(first: date | None, today: date) -> list[str]:
    """What a list may be narrowed by: each year and month, the latest first, years before their months."""
    if first is None:
        return []
    periods = []
    for year in range(today.year, first.year - 1, -1):
        periods.append(str(year))
        from_month = first.month if year == first.year else 1
        to_month = today.month if year == today.year else 12
        periods += [f"{year}-{month:02}" for month in range(to_month, from_month - 1, -1)]
    return periods
