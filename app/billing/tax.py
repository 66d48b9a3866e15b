"""VAT: the rate is decided by the date of supply and is contained in the price (J2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.billing.errors import BillingError
from app.billing.money import Money

BASIS_POINTS = 10_000
"""Parts of a whole in which rates are stored: 22 % is 2200."""


SELLER_COUNTRY = "RU"


class NoTaxRate(BillingError):
    """The seller's settings say nothing about this date."""

    code = "NO_TAX_RATE"


@dataclass(frozen=True, slots=True)
class DatedTaxRate:
    """A VAT rate in basis points that holds from a date on; None means «Без НДС»."""

    effective_from: date
    rate: int | None


def rate_on(rates: Sequence[DatedTaxRate], supplied_on: date) -> int | None:
    """The rate in basis points for a service supplied on this date; None is «Без НДС».

    Raises NoTaxRate when no rate holds yet: a document must not be made by guess.
    """
    in_force = [rate for rate in rates if rate.effective_from <= supplied_on]
    if not in_force:
        raise NoTaxRate(f"no VAT rate in force on {supplied_on}")
    return max(in_force, key=lambda rate: rate.effective_from).rate


def rate_for_buyer(rates: Sequence[DatedTaxRate], supplied_on: date, buyer_country: str) -> int | None:
    """The rate for a buyer in this country (ISO 3166): services to foreign buyers are supplied abroad,
    outside Russian VAT (ст. 148 НК), so there is none.
    """
    return rate_on(rates, supplied_on) if buyer_country == SELLER_COUNTRY else None


def included_vat(gross: Money, rate: int | None) -> Money:
    """The VAT contained in a price with tax: gross × r/(100+r), half-up to the minor unit."""
    if rate is None:
        return Money.zero(gross.currency)
    return gross.share(rate, BASIS_POINTS + rate)
