"""When a customer is told that the saved card runs out before its next charge (H6)."""

from __future__ import annotations

from datetime import date, timedelta

CARD_NOTICES = (timedelta(days=30), timedelta(days=7))
"""How long before a card's last day its owner is told, the earlier one first."""


def last_day_of_card(year: int, month: int) -> date:
    """The last day on which a card may be charged whose face says this month. Raises ValueError."""
    first = date(year, month, 1)
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def card_notice_due(valid_until: date, noticed_on: date | None, today: date) -> bool:
    """Whether the owner is to be told today: once in each of the stretches that the notices begin.

    Being late skips the earlier notice and not the later one. What has run out already nobody is told of:
    the charge fails, and dunning tells it.
    """
    if valid_until < today:
        return False
    begun = [valid_until - before for before in CARD_NOTICES if valid_until - before <= today]
    return bool(begun) and (noticed_on is None or noticed_on < begun[-1])
