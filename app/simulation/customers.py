"""The customers of a story: who they are, and what they want of their subscriptions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.billing.api_key import ApiKeyKind
from app.billing.invoice import PaymentMethodKind
from app.billing.requisites import is_inn
from app.models import PayerKind
from app.services.profile import PayerDetails
from app.simulation.cards import Card, new_card
from app.simulation.dice import Dice


@dataclass(slots=True)
class Wish:
    """What a customer wants of one subscription, remembered by themselves."""

    leaving_since: datetime | None = None
    """It is not to be renewed: cancelled, or auto-renewal switched off."""
    closed_since: datetime | None = None
    """It was given up at once: only money that comes later opens it."""
    metered_since: datetime | None = None
    """Pay-as-you-go was started: nothing is paid ahead."""


@dataclass
class SimulatedCustomer:
    """One customer. `index` is who they are in the story, whatever ids the product gives."""

    index: int
    dice: Dice
    kind: PayerKind
    country: str
    id: int = 0
    cards: list[Card] = field(default_factory=list)
    keys: dict[ApiKeyKind, str] = field(default_factory=dict)
    wishes: dict[int, Wish] = field(default_factory=dict)
    changes: Counter[int] = field(default_factory=Counter)
    """How often the customer changed what a notice had told, by subscription."""
    used: Counter[int] = field(default_factory=Counter)
    """Operations that were allowed, by subscription."""
    operations: set[str] = field(default_factory=set)
    """The connectors' names of operations that were allowed."""
    perhaps_used: Counter[int] = field(default_factory=Counter)
    """Operations whose answer never came."""
    visits_planned: int = 0

    @property
    def email(self) -> str:
        """Their address."""
        return f"customer{self.index}@example.com"

    @property
    def language(self) -> str:
        """The language of their mails."""
        return "ru" if self.country == "RU" else "en"

    @property
    def method(self) -> PaymentMethodKind:
        """How they pay: companies by bank transfer."""
        by_transfer = self.kind is PayerKind.COMPANY
        return PaymentMethodKind.BANK_TRANSFER if by_transfer else PaymentMethodKind.CARD

    def account(self, number: int = 1) -> str:
        """The id of one of their Make accounts."""
        return f"make-{self.index}-{number}"

    def new_card(self, now: datetime) -> Card:
        """Another card in their purse."""
        card = new_card(self.dice, self.index, len(self.cards) + 1, now)
        self.cards.append(card)
        return card

    def card_for(self, now: datetime) -> Card:
        """The card that they would pay with now."""
        usable = [card for card in self.cards if card.deleted_at is None and card.refusal(now) is None]
        if usable and not self.dice.chance(0.1):
            return usable[-1]
        return self.new_card(now)

    def wish(self, subscription_id: int) -> Wish:
        """What they want of this subscription."""
        return self.wishes.setdefault(subscription_id, Wish())

    def payer(self) -> PayerDetails:
        """Who stands on their documents."""
        russian = self.country == "RU"
        company = self.kind is PayerKind.COMPANY
        return PayerDetails(
            kind=self.kind,
            name=f"Плательщик {self.index}" if russian else f"Payer {self.index}",
            country=self.country,
            address="190000, г. Санкт-Петербург, Невский пр., д. 1" if russian else "1 Main Street",
            inn=company_inn(self.index) if company else None,
            kpp="770101001" if company else None,
        )


def company_inn(number: int) -> str:
    """A made-up ИНН of a company with right control digits."""
    stem = f"77{number:07}"
    return next(inn for digit in range(10) if is_inn(inn := f"{stem}{digit}", 10))


def new_customer(index: int, dice: Dice) -> SimulatedCustomer:
    """Somebody by chance: people, companies that pay by transfer, customers abroad."""
    kind = dice.weighted(
        {
            PayerKind.INDIVIDUAL: 5,
            PayerKind.COMPANY: 2.5,
            PayerKind.FOREIGN_INDIVIDUAL: 1.5,
            PayerKind.FOREIGN_COMPANY: 1,
        }
    )
    abroad = kind in {PayerKind.FOREIGN_COMPANY, PayerKind.FOREIGN_INDIVIDUAL}
    return SimulatedCustomer(index, dice, kind, "DE" if abroad else "RU")


def arrival(index: int, count: int, length: timedelta, dice: Dice) -> timedelta:
    """When a customer comes: spread over the first half of the story."""
    share = length / 2 / count
    return share * index + dice.span(timedelta(0), share)
