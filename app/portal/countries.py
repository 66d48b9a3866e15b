"""Countries to choose from."""

from __future__ import annotations

from functools import cache

from babel import Locale as BabelLocale

from app.formatting.locale import Locale

NOT_COUNTRIES = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)
"""Codes of CLDR that ISO 3166 does not give to a country."""


@cache
def country_choices(locale: Locale) -> list[tuple[str, str]]:
    """ISO 3166 codes with names, Russia first, then by name."""
    names = country_names(locale)
    others = sorted(
        ((code, name) for code, name in names.items() if code != "RU"),
        key=lambda country: country[1].casefold().replace("ё", "е"),
    )
    return [("RU", names["RU"]), *others]


@cache
def country_names(locale: Locale) -> dict[str, str]:
    """Names of countries by their ISO 3166 code."""
    territories = BabelLocale.parse(locale).territories
    return {
        code: name
        for code, name in territories.items()
        if len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES
    }
