"""What every template may use: sums, dates and statuses in the reader's language."""

from __future__ import annotations

from datetime import date, datetime

from flask import Flask
from flask_babel import gettext as _

from app.billing.invoice import PaymentMethodKind
from app.billing.money import Money
from app.billing.periods import local_date
from app.billing.ways_to_pay import PAYPAL_NAME
from app.formatting.dates import format_date, format_instant, format_long_date
from app.formatting.money import format_money, format_rate
from app.models import BALANCE_PROVIDER, BANK_PROVIDER, Payment
from app.portal.visit import current_locale


def install(app: Flask) -> None:
    """Register the filters."""
    app.jinja_env.filters.update(
        money=money,
        rate=rate,
        day=day,
        long_day=long_day,
        moment=moment,
        long_day_of=long_day_of,
        paid_by=paid_by,
        way_to_pay=way_to_pay,
        month_of_card=month_of_card,
    )


def money(amount: Money) -> str:
    """A sum with its currency."""
    return format_money(amount, current_locale())


def rate(basis_points: int) -> str:
    """A VAT rate."""
    return format_rate(basis_points, current_locale())


def day(value: date) -> str:
    """A day for tables."""
    return format_date(value, current_locale())


def long_day(value: date) -> str:
    """A day in words."""
    return format_long_date(value, current_locale())


def moment(value: datetime) -> str:
    """An instant on the Moscow clock."""
    return format_instant(value, current_locale())


def long_day_of(value: datetime) -> str:
    """The Moscow day of an instant, in words."""
    return format_long_date(local_date(value), current_locale())


def paid_by(payment: Payment) -> str:
    """What a payment was made with."""
    own = {BANK_PROVIDER: _("Bank transfer"), BALANCE_PROVIDER: _("Your balance")}
    return str(own.get(payment.provider, payment.method_label))


def way_to_pay(method: PaymentMethodKind) -> str:
    """How an invoice is to be paid."""
    names = {
        PaymentMethodKind.CARD: _("Bank card"),
        PaymentMethodKind.BANK_TRANSFER: _("Bank transfer"),
        PaymentMethodKind.PAYPAL: PAYPAL_NAME,
    }
    return str(names[method])


def month_of_card(last_day: date) -> str:
    """Until when a card is valid, as on its face."""
    return f"{last_day:%m/%y}"
