"""Money: integer minor units and a currency, one rounding rule (half-up, once per line)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

MINOR_UNITS_PER_MAJOR = {"RUB": 100, "USD": 100, "EUR": 100}
"""Currencies that the product sells in, with the number of minor units in a major one."""


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met in one operation."""


def round_half_up(value: Fraction) -> int:
    """Round to the nearest integer; a half goes away from zero (the accountant's rule)."""
    magnitude = (abs(value) * 2 + 1) // 2
    return int(magnitude) if value >= 0 else -int(magnitude)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (kopecks, cents) of an ISO 4217 currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse anything but an integer amount of a known currency: a float must never get in."""
        if type(self.minor) is not int:
            raise TypeError(f"money takes whole minor units, not {type(self.minor).__name__}")
        if self.currency not in MINOR_UNITS_PER_MAJOR:
            raise ValueError(f"unknown currency {self.currency!r}")

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in this currency."""
        return cls(0, currency)

    @classmethod
    def from_decimal(cls, amount: Decimal, currency: str) -> Money:
        """Take an amount in major units; it must have no more digits than the currency has."""
        minor = amount * MINOR_UNITS_PER_MAJOR[currency]
        if minor != minor.to_integral_value():
            raise ValueError(f"{amount} has parts of a minor unit of {currency}")
        return cls(int(minor), currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, with exactly the currency's number of decimal places."""
        return Decimal(self.minor).scaleb(-2)

    def __add__(self, other: Money) -> Money:
        """Add an amount of the same currency."""
        return Money(self.minor + self._minor_of(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        """Subtract an amount of the same currency."""
        return Money(self.minor - self._minor_of(other), self.currency)

    def __neg__(self) -> Money:
        """The opposite amount."""
        return Money(-self.minor, self.currency)

    def __mul__(self, quantity: int) -> Money:
        """Multiply by a whole quantity."""
        return Money(self.minor * quantity, self.currency)

    def __lt__(self, other: Money) -> bool:
        """Compare amounts of one currency."""
        return self.minor < self._minor_of(other)

    def __le__(self, other: Money) -> bool:
        """Compare amounts of one currency."""
        return self.minor <= self._minor_of(other)

    def __bool__(self) -> bool:
        """True when there is anything at all."""
        return self.minor != 0

    def share(self, numerator: int, denominator: int) -> Money:
        """The part numerator/denominator of the amount, rounded half-up to the minor unit."""
        return Money(round_half_up(Fraction(self.minor * numerator, denominator)), self.currency)

    def allocate(self, weights: Sequence[int]) -> list[Money]:
        """Split the amount by weights with the largest remainder; the parts add up to the whole.

        Among equal remainders the earlier part gets the minor unit. Weights are not negative and
        not all zero, else ValueError.
        """
        total = sum(weights)
        if total <= 0 or any(weight < 0 for weight in weights):
            raise ValueError("weights must be non-negative and not all zero")
        sign = -1 if self.minor < 0 else 1
        shares = [divmod(abs(self.minor) * weight, total) for weight in weights]
        parts = [quotient for quotient, _ in shares]
        by_remainder = sorted(range(len(shares)), key=lambda index: (-shares[index][1], index))
        for index in by_remainder[: abs(self.minor) - sum(parts)]:
            parts[index] += 1
        return [Money(sign * part, self.currency) for part in parts]

    def _minor_of(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} met {other.currency}")
        return other.minor


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of amounts of one currency; zero when there are none. Raises CurrencyMismatch."""
    minor = 0
    for amount in amounts:
        if amount.currency != currency:
            raise CurrencyMismatch(f"{currency} met {amount.currency}")
        minor += amount.minor
    return Money(minor, currency)
