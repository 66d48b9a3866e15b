"""Which way money goes back (H7): by our refunds, and by those that were made at the provider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.billing.money import Money, total


def back_to_method(
    amount: Money, earlier: Money, captured: Money, lines: Sequence[Money], place: int
) -> Money:
    """How much of a refund of one line returns to the payment that a provider captured.

    An invoice may be paid by a provider and by the customer's balance together. `captured`, what the
    provider's payment paid of the invoice, is split over the `lines` that it paid by their prices, exactly,
    so each line has its share. Refunds of the line take that share first, `earlier` ones before this one;
    what is above it was paid by the balance and returns there.
    """
    share = captured.allocate([line.minor for line in lines])[place]
    left = share - min(share, earlier)
    return min(amount, left)


@dataclass(frozen=True, slots=True)
class SentBack:
    """What a refund that was made at the provider is of."""

    lines: tuple[Money, ...]
    """Its part of each line that the payment paid, in their order."""
    balance: Money
    """What the customer's balance gives: it was money that had paid nothing."""
    loss: Money
    """What nothing is left of: its customer has used it already."""

    @property
    def loose(self) -> Money:
        """The part that is of no line."""
        return self.balance + self.loss


def sent_back(amount: Money, unallocated: Money, balance: Money, lines: Sequence[Money]) -> SentBack:
    """What so much money, that a provider sent back of a payment by itself, is of.

    First of what the payment had left over (`unallocated`, less what went back of it before), which stands
    on the customer's `balance` unless it was used since; then of the lines, each in the measure of what is
    left of it. The parts add up to `amount`, and none is above what it is taken from.
    """
    loose = min(amount, unallocated)
    of_lines = min(amount - loose, total(lines, amount.currency))
    parts = of_lines.allocate([line.minor for line in lines]) if of_lines else [of_lines for _ in lines]
    loose = amount - of_lines
    of_balance = min(loose, unallocated, balance)
    return SentBack(tuple(parts), of_balance, loose - of_balance)
