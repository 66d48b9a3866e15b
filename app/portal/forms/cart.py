"""The cart and the order."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.billing.periods import BillingInterval
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
    def with_cards(cls, cards: Sequence[PaymentMethod]) -> OrderForm:
        """The form with the saved cards and a new one."""
        form = cls()
        methods = [(str(card.id), card.masked) for card in cards]
        methods.append((NEW_CARD, _("Another card") if cards else _("Bank card")))
        form.method.choices = choices_of(methods)
        if form.method.data is None:
            form.method.data = form.method.choices[0].value
        return form

    @property
    def saved_card_id(self) -> int | None:
        """The chosen saved card; None for a new one."""
        return None if self.method.data == NEW_CARD else int(self.method.data)


def _periods(offer: Offer) -> list[tuple[str, str]]:
    periods = []
    if offer.monthly is not None:
        periods.append((BillingInterval.MONTH.value, _("A month: %(price)s", price=money(offer.monthly))))
    if offer.yearly is not None:
        text = _("A year: %(price)s", price=money(offer.yearly))
        saved = f" (−{offer.saving_percent} %)" if offer.saving_percent else ""
        periods.append((BillingInterval.YEAR.value, text + saved.replace(" %", "\u00a0%")))
    return periods
