"""Made-up Russian requisites that pass every control digit."""

from __future__ import annotations

from collections.abc import Callable

from app.billing.requisites import is_inn, is_ogrn, is_ogrnip, is_settlement_account

BIK = "044525974"
"""A made-up bank's БИК: the right shape, and nobody's."""


def completed(stem: str, digits: int, check: Callable[[str], bool]) -> str:
    """The stem with the control digits at its end that satisfy the check."""
    return next(text for n in range(10**digits) if check(text := f"{stem}{n:0{digits}d}"))


def company_inn(number: int) -> str:
    """The ИНН of the company with this number."""
    return completed(f"97{number:07d}", 1, lambda text: is_inn(text, 10))


def personal_inn(number: int) -> str:
    """The ИНН of the person with this number."""
    return completed(f"77{number:08d}", 2, lambda text: is_inn(text, 12))


def company_ogrn(number: int) -> str:
    """The ОГРН of the company with this number."""
    return completed(f"11877{number:07d}", 1, is_ogrn)


def sole_trader_ogrnip(number: int) -> str:
    """The ОГРНИП of the sole trader with this number."""
    return completed(f"318774{number:08d}", 1, is_ogrnip)


def bank_account(number: int) -> str:
    """A settlement account in the made-up bank; its control digit stands in the middle."""
    return next(
        account
        for digit in range(10)
        if is_settlement_account(account := f"40702810{digit}{number:011d}", BIK)
    )


def exchange_id(inn: str, kpp: str) -> str:
    """The id of this company with a made-up operator of electronic document exchange."""
    return f"2BM-{inn}-{kpp}"
