"""Currencies as Russian tax documents name them, by the ОКВ."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CURRENCIES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "RUB": ("643", "Российский рубль"),
        "USD": ("840", "Доллар США"),
        "EUR": ("978", "Евро"),
    }
)
"""Code and name of every currency that the product sells in."""


def currency_text(currency: str) -> str:
    """Line 7 of a счёт-фактура: «Российский рубль, 643»."""
    code, name = CURRENCIES[currency]
    return f"{name}, {code}"
