"""What the purpose of a bank transfer names: our invoices and our refunds (H4).

People type purposes by hand, so Latin letters that look like Cyrillic ones, blanks, several dashes and
several words for an invoice are all understood. Nothing is guessed: a number without a word for an invoice
before it, or without the form of our full number, names nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

LONGEST_NUMBER = 9
_LOOK_ALIKE = str.maketrans("ABCEHKMOPTXYЁ", "АВСЕНКМОРТХУЕ")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))

_SIGN = r"(?:№|#|NО?\.?|НОМЕР)"
_SIGNS = rf"(?:{_SIGN}\s*)"
_DAY = r"(?:\s*(?:Г\.?)?\s*ОТ\s*(?P<day>[0-3]?\d)[./-](?P<month>[01]?\d)[./-](?P<year>20\d\d|\d\d)(?!\d))?"
_FULL = re.compile(
    rf"(?<!\d)(?:С\s?[Ч4]\s*-?\s*)?(?P<of_year>20\d\d)\s*-\s*(?P<number>\d{{6,9}})(?!\d){_DAY}"
)
_HEAD = re.compile(
    r"(?<![А-Я])(?:СЧЕТ(?:(?P<many>АМ?)|У|ОМ|ОВ|Е)?|СЧ\.?|INVОIСЕS?|INV\.?|SСНЕТ)(?![А-ЯA-Z])"
    rf"(?!\s*-?\s*ФАКТУР)(?:\s+НА\s+ОПЛАТУ)?\s*(?:\(?ОФЕРТ[АЕЫ]\)?\s*)?(?P<signs>{_SIGNS}*)"
)
_ITEM = re.compile(rf"(?P<number>\d{{1,{LONGEST_NUMBER}}})(?![\d-]|[.,]\d){_DAY}")
_NEXT = re.compile(rf"\s*(?:[,;]|\bИ\b)\s*(?P<signs>{_SIGNS}*)")
_REFUND = re.compile(rf"(?:ВОЗВРАТ[А-Я]{{0,2}}|RЕFUND)\s*{_SIGNS}(?P<number>\d{{1,{LONGEST_NUMBER}}})(?!\d)")


@dataclass(frozen=True, slots=True)
class Mention:
    """An invoice as a purpose names it; what it does not tell is None."""

    number: int
    year: int | None = None
    issued_on: date | None = None


def mentioned_invoices(purpose: str) -> tuple[Mention, ...]:
    """The invoices that a purpose names, each once, in the order of their places in it.

    «СЧ-2026-000123» tells the year by itself, «счёт № 123 от 01.02.2026» by its date, «счёт 123» not at all.
    """
    text = _plain(purpose)
    found = [(match.start(), _full(match)) for match in _FULL.finditer(text)]
    rest = _FULL.sub(lambda match: " " * len(match[0]), text)
    found += list(_after_words(rest))
    return tuple(dict.fromkeys(mention for _place, mention in sorted(found, key=lambda each: each[0])))


def mentioned_refunds(purpose: str) -> tuple[int, ...]:
    """The numbers of refunds that a purpose names as our payment orders do: «Возврат № 45 …»."""
    return tuple(dict.fromkeys(int(match["number"]) for match in _REFUND.finditer(_plain(purpose))))


def refund_purpose(refund_id: int, invoice_number: str, issued_on: date) -> str:
    """The purpose of the payment order of a refund; `mentioned_refunds` finds its number again."""
    return f"Возврат № {refund_id} по счёту {invoice_number} от {issued_on:%d.%m.%Y}"


def _plain(purpose: str) -> str:
    return " ".join(purpose.upper().translate(_LOOK_ALIKE).translate(_DASHES).split())


def _full(match: re.Match[str]) -> Mention:
    return Mention(int(match["number"]), int(match["of_year"]), _date(match))


def _after_words(text: str) -> Iterator[tuple[int, Mention]]:
    """Numbers after a word for an invoice. A further number of a list needs a sign of its own, or a word
    or sign of many before the first: «2 шт.» after a comma is no invoice.
    """
    for head in _HEAD.finditer(text):
        is_list = bool(head["many"]) or head["signs"].count("№") > 1
        item = _ITEM.match(text, head.end())
        while item is not None:
            yield item.start(), _numbered(item)
            following = _NEXT.match(text, item.end())
            if following is None or not (is_list or following["signs"]):
                break
            item = _ITEM.match(text, following.end())


def _numbered(match: re.Match[str]) -> Mention:
    issued_on = _date(match)
    return Mention(int(match["number"]), issued_on.year if issued_on else None, issued_on)


def _date(match: re.Match[str]) -> date | None:
    if match["day"] is None:
        return None
    year = int(match["year"])
    try:
        return date(year if year > 99 else 2000 + year, int(match["month"]), int(match["day"]))
    except ValueError:
        return None
