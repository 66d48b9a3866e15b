"""Files as the Bank of Russia writes them, made up."""

from __future__ import annotations

from datetime import date

NAMES = {"USD": "Доллар США", "EUR": "Евро", "JPY": "Иен", "XDR": "СДР (специальные права заимствования)"}
IDS = {"USD": "R01235", "EUR": "R01239", "JPY": "R01820", "XDR": "R01589"}
NUMBERS = {"USD": "840", "EUR": "978", "JPY": "392", "XDR": "960"}
VALUES = {"USD": "76,4513", "EUR": "90,1028", "JPY": "49,3317", "XDR": "104,9931"}
NOMINALS = {"JPY": "100"}


def daily(day: date, **values: str) -> bytes:
    """XML_daily.asp: all currencies of one day; a value "" leaves its currency out."""
    entries = "".join(
        f'<Valute ID="{IDS[code]}"><NumCode>{NUMBERS[code]}</NumCode><CharCode>{code}</CharCode>'
        f"<Nominal>{NOMINALS.get(code, '1')}</Nominal><Name>{NAMES[code]}</Name><Value>{value}</Value>"
        f"<VunitRate>{value}</VunitRate></Valute>"
        for code, value in (VALUES | values).items()
        if value
    )
    text = (
        '<?xml version="1.0" encoding="windows-1251"?>'
        f'<ValCurs Date="{day:%d.%m.%Y}" name="Foreign Currency Market">{entries}</ValCurs>'
    )
    return text.encode("windows-1251")


def history(currency: str, values: dict[date, str]) -> bytes:
    """XML_dynamic.asp: one currency over a stretch of days."""
    records = "".join(
        f'<Record Date="{day:%d.%m.%Y}" Id="{IDS[currency]}"><Nominal>1</Nominal><Value>{value}</Value>'
        f"<VunitRate>{value}</VunitRate></Record>"
        for day, value in values.items()
    )
    text = (
        '<?xml version="1.0" encoding="windows-1251"?>'
        f'<ValCurs ID="{IDS[currency]}" DateRange1="{min(values):%d.%m.%Y}" '
        f'DateRange2="{max(values):%d.%m.%Y}" name="Foreign Currency Market Dynamic">{records}</ValCurs>'
    )
    return text.encode("windows-1251")
