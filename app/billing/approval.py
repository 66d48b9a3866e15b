"""Four eyes: above a limit the one who asks and the one who approves are two people (H7)."""

from __future__ import annotations

from collections.abc import Iterable

from app.billing.errors import NotPermitted
from app.billing.money import Money


class SecondPersonRequired(NotPermitted):
    """Who asked for this may not approve it."""

    code = "SECOND_PERSON_REQUIRED"


def limit_in(limits: Iterable[Money], currency: str) -> Money:
    """The limit of this currency; zero when none is set, so that a forgotten one allows nothing."""
    return next((limit for limit in limits if limit.currency == currency), Money.zero(currency))


def require_another_person(requested_by: str, approver: str) -> None:
    """Raise SecondPersonRequired when the two names, written in the same way, are one."""
    if approver == requested_by:
        raise SecondPersonRequired(f"asked for and approved by {approver}")
