"""The cart and the order."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.billing.periods import BillingInterval
from app.billing.ways_to_pay import WayToPay
from app.models import PaymentMethod
from app.portal.forms.fields import IdentifierField, PortalForm, RadioField, Required, TextField, choices_of
from app.portal.offers import Offer
from app.portal.presentation import money

LONGEST_MAKE_ACCOUNT = 128
LONGEST_PROMO_CODE = 40
NEW_CARD = "new"


class AddToCartForm(PortalForm):
    """A period and, if it is known already, the Make account."""

    interval = RadioField(_l("Pay for"))
    make_account = TextField(_l("Make account"), LONGEST_MAKE_ACCOUNT, required=False)

    @classmethod
    def for_offer(cls, offer: Offer) -> AddToCartForm:
        """The form with the periods for which the connector is sold."""
        form = cls()
        form.interval.choices = choices_of(_periods(offer))
        if form.interval.data is None and form.interval.choices:
            form.interval.data = form.interval.choices[0].value
        return form


class PromoCodeForm(PortalForm):
    """A code that lowers the prices of the cart."""

    code = TextField(_l("Promo code"), LONGEST_PROMO_CODE)


class OrderForm(PortalForm):
    """What is bought and with which card."""

    cart_id = IdentifierField(validators=[Required()])
    method = RadioField(_l("Payment method"))

    @classmethod
    def offering(cls, cards: Sequence[PaymentMethod], ways: Sequence[WayToPay]) -> OrderForm:
        """The form with the saved methods and every way to pay by something else."""
        form = cls()
        names = {
            WayToPay.CARD: (NEW_CARD, _("Another card") if cards else _("Bank card")),
            WayToPay.PAYPAL: (WayToPay.PAYPAL.value, "PayPal"),
            WayToPay.BANK_TRANSFER: (WayToPay.BANK_TRANSFER.value, _("Bank transfer by invoice")),
        }
        methods = [(str(card.id), card.masked) for card in cards] + [names[way] for way in ways]
        form.method.choices = choices_of(methods)
        if form.method.data is None:
            form.method.data = form.method.choices[0].value
        return form

    @property
    def saved_card_id(self) -> int | None:
        """The chosen saved method; None for another way."""
        return int(self.method.data) if self.method.data.isdecimal() else None

    @property
    def way(self) -> WayToPay:
        """The chosen way, unless it is a saved method."""
        return WayToPay.CARD if self.method.data == NEW_CARD else WayToPay(self.method.data)


def _periods(offer: Offer) -> list[tuple[str, str]]:
    periods = []
    if offer.monthly is not None:
        periods.append((BillingInterval.MONTH.value, _("A month: %(price)s", price=money(offer.monthly))))
    if offer.yearly is not None:
        text = _("A year: %(price)s", price=money(offer.yearly))
        saved = f" (−{offer.saving_percent} %)" if offer.saving_percent else ""
        periods.append((BillingInterval.YEAR.value, text + saved.replace(" %", "\u00a0%")))
    return periods
