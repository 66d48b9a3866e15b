"""The test tokens and how each behaves, like the test cards of a real provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class TestCard:
    """A token that stands for a card. Declines carry a code and whether another try may succeed."""

    __test__ = False  # a card, not a test class

    token: str
    brand: str
    last4: str
    decline_code: str | None = None
    retry: bool = False
    declines_later: bool = False
    """Pays on the page and is declined afterwards, when it is charged without the customer."""
    risk: str = "normal"
    """What the acquirer thinks of a payment with it."""
    valid_until: date = date(2035, 12, 31)


CARDS = {
    card.token: card
    for card in (
        TestCard("tok_visa", "Visa", "4242"),
        TestCard("tok_mastercard", "MasterCard", "4444"),
        TestCard("tok_insufficient_funds", "Visa", "9995", decline_code="insufficient_funds", retry=True),
        TestCard("tok_stolen", "Visa", "9979", decline_code="stolen_card"),
        TestCard(
            "tok_declined_later",
            "Visa",
            "0341",
            decline_code="card_declined",
            retry=True,
            declines_later=True,
        ),
    )
}
