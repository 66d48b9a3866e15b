"""The form of a new promo code."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, DecimalField, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from app.billing.money import MINOR_UNITS_PER_MAJOR, Money
from app.billing.promotions import PromoDuration, PromoKind
from app.services.promotions import NewPromoCode
from app.views.form_fields import MoscowTimeField, at_most_two_places, customers_by_address, kind_field

FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
MOST_USES = 1_000_000
LARGEST_DISCOUNT = 10_000_000


class PromoCodeForm(FlaskForm):
    """What a code gives, when, how often and to whom."""

    code = StringField(
        _("Code"),
        description=_("3 to 32 Latin letters, digits and hyphens; the case does not matter."),
        validators=[InputRequired(), Length(max=40)],
    )
    kind = kind_field(_("Kind"), PromoKind)
    value = DecimalField(
        _("Discount"),
        description=_("Percent, or a sum such as 500.00."),
        validators=[InputRequired(), NumberRange(min=0.01, max=LARGEST_DISCOUNT), at_most_two_places],
    )
    currency = SelectField(
        _("Currency of a sum"),
        choices=[SelectChoice(code) for code in sorted(MINOR_UNITS_PER_MAJOR)],
        default="RUB",
    )
    duration = kind_field(_("Lowers"), PromoDuration)
    valid_from = MoscowTimeField(_("Valid from (Moscow time)"), format=FORMATS, validators=[InputRequired()])
    valid_until = MoscowTimeField(
        _("Valid until (Moscow time)"), format=FORMATS, description=_("Empty: without end"),
        validators=[Optional()],
    )  # fmt: skip
    max_redemptions = IntegerField(
        _("May be used in all"), description=_("Empty: any number of times"),
        validators=[Optional(), NumberRange(1, MOST_USES)],
    )  # fmt: skip
    max_per_customer = IntegerField(
        _("May be used by one customer"), description=_("Empty: any number of times"), default=1,
        validators=[Optional(), NumberRange(1, MOST_USES)],
    )  # fmt: skip
    first_order_only = BooleanField(_("Only for a first order"))
    customer = StringField(
        _("Only for the customer"), description=_("The e-mail; empty: for everyone"),
        validators=[Optional(), Length(max=254)],
    )  # fmt: skip
    connectors = SelectMultipleField(
        _("Only for the connectors"), coerce=int, description=_("None chosen: for all")
    )

    def validate_customer(self, field: Any) -> None:
        """Somebody whom we know."""
        if field.data and not customers_by_address([field.data]):
            raise ValidationError(gettext("No customer has this address: %(address)s", address=field.data))

    def new_code(self) -> NewPromoCode:
        """What is to be made, as the use case takes it."""
        value, is_percent = Decimal(self.value.data), self.kind.data is PromoKind.PERCENT
        valid_from = self.valid_from.data
        assert valid_from is not None, "the field requires it"
        customer = customers_by_address([self.customer.data]) if self.customer.data else {}
        return NewPromoCode(
            code=self.code.data,
            percent=int(value * 100) if is_percent else None,
            amount=None if is_percent else Money.from_decimal(value, self.currency.data),
            duration=self.duration.data,
            valid_from=valid_from,
            valid_until=self.valid_until.data,
            max_redemptions=self.max_redemptions.data,
            max_per_customer=self.max_per_customer.data,
            customer_id=next(iter(customer.values()), None),
            first_order_only=self.first_order_only.data,
            connector_ids=frozenset(self.connectors.data or ()),
        )
