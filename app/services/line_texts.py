"""What invoice lines say of what they sell, in the payer's language."""

from __future__ import annotations

from datetime import date

from app.billing.periods import BillingInterval, Period, last_day_of, local_date
from app.formatting.dates import format_month
from app.formatting.locale import Locale
from app.formatting.money import format_count
from app.formatting.plurals import plural_word

FROM_PAYMENT = {
    ("ru", BillingInterval.MONTH): "Доступ к коннектору «{name}», 1 месяц с даты оплаты",
    ("ru", BillingInterval.YEAR): "Доступ к коннектору «{name}», 12 месяцев с даты оплаты",
    ("en", BillingInterval.MONTH): "Access to the connector “{name}”, 1 month from the date of payment",
    ("en", BillingInterval.YEAR): "Access to the connector “{name}”, 12 months from the date of payment",
}
FOR_PERIOD = {
    "ru": "Доступ к коннектору «{name}» с {first:%d.%m.%Y} по {last:%d.%m.%Y}",
    "en": "Access to the connector “{name}” from {first:%d.%m.%Y} to {last:%d.%m.%Y}",
}
FOR_OPERATIONS: dict[Locale, str] = {
    "ru": "Коннектор «{name}»: {count} {word} за {month}",
    "en": "Connector “{name}”: {count} {word} in {month}",
}
OPERATIONS: dict[Locale, tuple[str, ...]] = {
    "ru": ("операция", "операции", "операций"),
    "en": ("operation", "operations"),
}
HOME_COUNTRY = "RU"


def document_language(country: str) -> Locale:
    """Documents are in Russian for Russian payers, else in English."""
    return "ru" if country == HOME_COUNTRY else "en"


def first_purchase_text(language: str, connector: str, interval: BillingInterval) -> str:
    """A period that begins with its payment."""
    return FROM_PAYMENT[language, interval].format(name=connector)


def period_text(language: str, connector: str, period: Period) -> str:
    """A known period, by its first and last day in the seller's zone."""
    first, last = local_date(period.start), last_day_of(period)
    return FOR_PERIOD[language].format(name=connector, first=first, last=last)


def operations_text(language: Locale, connector: str, operations: int, month: date) -> str:
    """Operations of a month, which is any day of it."""
    return FOR_OPERATIONS[language].format(
        name=connector,
        count=format_count(operations, language),
        word=plural_word(operations, OPERATIONS[language], language),
        month=format_month(month, language),
    )
