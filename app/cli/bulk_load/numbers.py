"""Numbers of the loaded invoices: without gaps, and never a higher one on an earlier day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.cli.bulk_load.moments import Moment

SERIES = "НГ{load}"
"""Every load numbers its invoices in a series of its own: they are older than the newest ones there are."""


@dataclass(frozen=True, slots=True)
class Numbering:
    """The invoices of a moment's n-th period have neighbouring numbers in the order of customers."""

    before: dict[tuple[int, int], int]
    """By moment and period: the number before that of its first customer."""
    last_numbers: dict[int, int]
    """The last number of each year."""


def numbered(moments: Sequence[Moment], customers: int) -> Numbering:
    """Number the invoices by their instants; each year begins with 1."""
    last_numbers: Counter[int] = Counter()
    before = {}
    paid = {(place, paid.ordinal): paid for place, moment in enumerate(moments) for paid in moment.periods}
    for place, ordinal in sorted(paid, key=lambda key: (paid[key].paid_at, key)):
        year = paid[place, ordinal].issued_on.year
        before[place, ordinal] = last_numbers[year]
        last_numbers[year] += buyers(place, len(moments), customers)
    return Numbering(before, {year: last for year, last in last_numbers.items() if last})


def buyers(moment: int, moments: int, customers: int) -> int:
    """How many customers bought at the moment: they are dealt out in turn."""
    return customers // moments + (moment < customers % moments)
