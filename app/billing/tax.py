"""VAT: decided by the seller's regime, the date of supply and the buyer's country, inside the price (J2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from app.billing.errors import BillingError
from app.billing.money import Money

BASIS_POINTS = 10_000
"""Parts of a whole in which rates are stored: 22 % is 2200."""

SELLER_COUNTRY = "RU"

Value = TypeVar("Value")


class TaxRegime(StrEnum):
    """How the seller is taxed."""

    GENERAL = "general"
    """ОСНО."""
    SIMPLIFIED = "simplified"
    """УСН, freed from VAT."""
    SIMPLIFIED_5 = "simplified_5"
    """УСН with VAT of 5 %."""
    SIMPLIFIED_7 = "simplified_7"
    """УСН with VAT of 7 %."""
    EXEMPT = "exempt"
    """Software of the registry (пп. 26 п. 2 ст. 149 НК): «Без НДС»."""


class TaxGround(StrEnum):
    """Why a service has VAT or has none."""

    VAT = "vat"
    SIMPLIFIED = "simplified"
    ARTICLE_149 = "article_149"
    PLACE_OF_SUPPLY = "place_of_supply"


class NoTaxRate(BillingError):
    """Neither the seller's settings nor the law say which rate holds on this date."""

    code = "NO_TAX_RATE"


class DatedTaxRegime(NamedTuple):
    """The regime that the seller is under from a date on."""

    effective_from: date
    regime: TaxRegime


@dataclass(frozen=True, slots=True)
class TaxTreatment:
    """The rate in basis points and its ground; the rate is None, «Без НДС», on every ground but VAT."""

    rate: int | None
    ground: TaxGround


STATUTORY_RATES: Mapping[TaxRegime, tuple[tuple[date, int], ...]] = MappingProxyType(
    {
        # П. 3 ст. 164 НК: 20 % by 303-ФЗ of 03.08.2018, 22 % by 425-ФЗ of 28.11.2025.
        TaxRegime.GENERAL: ((date(2019, 1, 1), 2000), (date(2026, 1, 1), 2200)),
        # П. 8 ст. 164 НК, by 176-ФЗ of 12.07.2024.
        TaxRegime.SIMPLIFIED_5: ((date(2025, 1, 1), 500),),
        TaxRegime.SIMPLIFIED_7: ((date(2025, 1, 1), 700),),
    }
)
"""The rates in basis points of every regime with VAT, each by the date from which it holds."""

GROUNDS_OF_NO_VAT: Mapping[TaxRegime, TaxGround] = MappingProxyType(
    {TaxRegime.SIMPLIFIED: TaxGround.SIMPLIFIED, TaxRegime.EXEMPT: TaxGround.ARTICLE_149}
)


def tax_treatment(regimes: Sequence[DatedTaxRegime], supplied_on: date, buyer_country: str) -> TaxTreatment:
    """How a service supplied on this date to a buyer in this country (ISO 3166) is taxed.

    A service to a foreign buyer is supplied abroad (ст. 148 НК) and has no Russian VAT under any regime.
    Raises NoTaxRate when no regime, or no rate of the regime, holds yet: a document is not made by guess.
    """
    if buyer_country != SELLER_COUNTRY:
        return TaxTreatment(None, TaxGround.PLACE_OF_SUPPLY)
    regime = _in_force(regimes, supplied_on)
    if regime in GROUNDS_OF_NO_VAT:
        return TaxTreatment(None, GROUNDS_OF_NO_VAT[regime])
    return TaxTreatment(_in_force(STATUTORY_RATES[regime], supplied_on), TaxGround.VAT)


def regime_on(regimes: Sequence[DatedTaxRegime], on: date) -> TaxRegime:
    """The regime that the seller is under on a day. Raises NoTaxRate when none holds yet."""
    return _in_force(regimes, on)


def _in_force(dated: Iterable[tuple[date, Value]], on: date) -> Value:
    begun = [entry for entry in dated if entry[0] <= on]
    if not begun:
        raise NoTaxRate(f"no tax regime or no rate of it in force on {on}")
    return max(begun, key=lambda entry: entry[0])[1]


def included_vat(gross: Money, rate: int | None) -> Money:
    """The VAT contained in a sum with tax: gross × r/(100+r), half-up to the minor unit.

    The same formula takes the VAT out of a price at the rate of the date of supply and out of an advance
    at the rate of the date of the money: there r/(100+r) is the calculated rate (22/122, п. 4 ст. 164 НК).
    """
    if rate is None:
        return Money.zero(gross.currency)
    return gross.share(rate, BASIS_POINTS + rate)
