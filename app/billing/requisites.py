"""Checks of Russian requisites: ИНН, КПП, ОГРН, БИК, bank accounts, ids of exchange (requirements H4, J1).

python-stdnum knows ИНН and ОГРН but not КПП, БИК or accounts, and this layer uses the standard
library only; the rules are therefore written out here and the tests compare them with stdnum.

Every check takes the value exactly as it would be printed (ASCII digits, no spaces) and answers
yes or no; anything else than a well-formed value is a plain "no", never an error. A "yes" means
that the value is possible, not that the organisation or the account exists.
"""

import re
from collections.abc import Sequence
from typing import Literal

_INN = re.compile(r"(?!00)[0-9]{10}(?:[0-9]{2})?")
_KPP = re.compile(r"(?!00)[0-9]{4}[0-9A-Z]{2}[0-9]{3}")
_OGRN = re.compile(r"[15][0-9]{12}")
_OGRNIP = re.compile(r"3[0-9]{14}")
_BIC = re.compile(r"0[0124][0-9]{7}")
_ACCOUNT = re.compile(r"[0-9]{20}")
_EXCHANGE_ID = re.compile(r"[0-9A-Za-z]{3}[0-9A-Za-z@.-]{1,43}")
_CORRESPONDENT_ACCOUNT = re.compile(r"(?:301[0-9]{2}|40102)[0-9]{15}")

_INN_10_WEIGHTS = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_12_FIRST_WEIGHTS = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_12_SECOND_WEIGHTS = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_ACCOUNT_WEIGHTS = (7, 1, 3)

_CENTRAL_BANK_UNITS = frozenset({"000", "001", "002"})
"""Last digits of the БИК of a Bank of Russia unit; accounts there are checked by its region digits."""


def is_inn(value: str, length: Literal[10, 12]) -> bool:
    """Whether this is an ИНН of an organisation (10 digits) or of a person or ИП (12 digits)."""
    if len(value) != length or not _INN.fullmatch(value):
        return False
    if length == 10:
        return _inn_digit(value, _INN_10_WEIGHTS) == value[9]
    return (
        _inn_digit(value, _INN_12_FIRST_WEIGHTS) == value[10]
        and _inn_digit(value, _INN_12_SECOND_WEIGHTS) == value[11]
    )


def is_kpp(value: str) -> bool:
    """Whether this has the shape of a КПП: 4 digits, 2 digits or Latin capitals, 3 digits."""
    return _KPP.fullmatch(value) is not None


def is_ogrn(value: str) -> bool:
    """Whether this is an ОГРН of an organisation (13 digits, main records start with 1 or 5)."""
    return _OGRN.fullmatch(value) is not None and str(int(value[:12]) % 11 % 10) == value[12]


def is_ogrnip(value: str) -> bool:
    """Whether this is an ОГРНИП of a sole trader (15 digits starting with 3)."""
    return _OGRNIP.fullmatch(value) is not None and str(int(value[:14]) % 13 % 10) == value[14]


def is_bic(value: str) -> bool:
    """Whether this has the shape of a БИК (9 digits with a Russian prefix); it has no control digit."""
    return _BIC.fullmatch(value) is not None


def is_settlement_account(account: str, bic: str) -> bool:
    """Whether a client account of 20 digits has the control digit that goes with this БИК."""
    if not is_bic(bic) or not _ACCOUNT.fullmatch(account):
        return False
    in_central_bank = bic[6:] in _CENTRAL_BANK_UNITS
    return _has_account_digit(_region_prefix(bic) if in_central_bank else bic[6:], account)


def is_correspondent_account(account: str, bic: str) -> bool:
    """Whether a bank's (301…) or the Treasury's (40102…) account at the Bank of Russia goes with this БИК."""
    if not is_bic(bic) or not _CORRESPONDENT_ACCOUNT.fullmatch(account):
        return False
    return _has_account_digit(_region_prefix(bic), account)


def is_exchange_id(value: str) -> bool:
    """Whether this can be a participant's id in electronic document exchange: «2BM-…», up to 46 characters.

    Three characters name the operator, the rest is the operator's; the id stands in names of files.
    """
    return _EXCHANGE_ID.fullmatch(value) is not None


def _inn_digit(value: str, weights: Sequence[int]) -> str:
    weighted = sum(int(digit) * weight for digit, weight in zip(value, weights, strict=False))
    return str(weighted % 11 % 10)


def _region_prefix(bic: str) -> str:
    return "0" + bic[4:6]


def _has_account_digit(prefix: str, account: str) -> bool:
    digits = prefix + account
    return sum(int(digit) * _ACCOUNT_WEIGHTS[place % 3] for place, digit in enumerate(digits)) % 10 == 0
