"""Cards of customers, as the simulated provider knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.billing.payment import SavedMethod
from app.simulation.dice import Dice

BRANDS = ("Visa", "MasterCard", "МИР")


@dataclass(slots=True)
class Card:
    """One card: when it is good for money, and since when its owner does not want it charged."""

    number: int
    owner: int
    brand: str
    stolen_at: datetime | None = None
    empty: tuple[tuple[datetime, datetime], ...] = ()
    """Stretches of time in which there is no money on it."""
    deleted_at: datetime | None = None
    """When its owner deleted it in the portal."""

    @property
    def token(self) -> str:
        """The provider's name for the saved card."""
        return f"card-{self.owner}-{self.number}"

    def saved(self) -> SavedMethod:
        """What the provider tells about the card after a payment with it."""
        last4 = f"{(self.owner * 7 + self.number) % 10_000:04}"
        return SavedMethod(token=self.token, brand=self.brand, last4=last4, fingerprint=self.token)

    def refusal(self, now: datetime) -> tuple[str, bool] | None:
        """Why a charge is refused now, and whether another try may succeed; None: it has the money."""
        if self.stolen_at is not None and now >= self.stolen_at:
            return "stolen_card", False
        if any(start <= now < end for start, end in self.empty):
            return "insufficient_funds", True
        return None


def new_card(dice: Dice, owner: int, number: int, now: datetime) -> Card:
    """A card with a fate: one in seven gets stolen within a year, four in ten are empty for a while."""
    stolen_at = now + dice.span(timedelta(days=5), timedelta(days=360)) if dice.chance(0.14) else None
    empty = []
    if dice.chance(0.4):
        for _ in range(dice.whole(1, 3)):
            start = now + dice.span(timedelta(days=10), timedelta(days=300))
            empty.append((start, start + dice.span(timedelta(hours=12), timedelta(days=14))))
    return Card(number, owner, dice.pick(BRANDS), stolen_at, tuple(empty))
