"""The form of a planned price change."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.price_campaign import Audience
from app.services.price_campaigns import CampaignDraft
from app.views.form_fields import (
    MoscowTimeField,
    currency_field,
    customers_by_address,
    kind_field,
    price_field,
)

FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
LONGEST_ANNOUNCEMENT = 2000
LONGEST_AUDIENCE = 20_000


class PriceCampaignForm(FlaskForm):
    """Which price changes to what, from when, for whom, and why."""

    name = StringField(
        _("Name"), description=_("For staff only."), validators=[DataRequired(), Length(max=200)]
    )
    connector = SelectField(_("Connector"), coerce=int, validators=[InputRequired()])
    interval = kind_field(_("Period"), BillingInterval)
    currency = currency_field()
    price = price_field(_("New price of a period"), _("VAT inside, such as 990.00"))
    valid_from = MoscowTimeField(
        _("New subscriptions pay it from (Moscow time)"),
        format=FORMATS,
        description=_("Renewals pay a higher price 30 days after their customer was told, or later."),
        validators=[InputRequired()],
    )
    announcement_ru = TextAreaField(
        _("Why, in Russian"), validators=[DataRequired(), Length(max=LONGEST_ANNOUNCEMENT)]
    )
    announcement_en = TextAreaField(
        _("Why, in English"), validators=[DataRequired(), Length(max=LONGEST_ANNOUNCEMENT)]
    )
    subscribed_before = MoscowTimeField(
        _("Only who subscribed before (Moscow time)"), format=FORMATS, validators=[Optional()]
    )
    customers = TextAreaField(
        _("Only these customers"),
        description=_("An e-mail on each line; empty: every subscriber."),
        validators=[Optional(), Length(max=LONGEST_AUDIENCE)],
    )

    def validate_customers(self, field: Any) -> None:
        """Only addresses of people whom we know."""
        known = customers_by_address(self._addresses())
        unknown = [address for address in self._addresses() if address not in known]
        if unknown:
            text = gettext("No customer has this address: %(address)s", address=", ".join(unknown[:5]))
            raise ValidationError(text)

    def draft(self) -> CampaignDraft:
        """What is planned, as the use case takes it."""
        valid_from = self.valid_from.data
        assert valid_from is not None, "the field requires it"
        ids = tuple(sorted(customers_by_address(self._addresses()).values()))
        return CampaignDraft(
            name=self.name.data,
            connector_id=self.connector.data,
            interval=self.interval.data,
            price=Money.from_decimal(self.price.data, self.currency.data),
            valid_from=valid_from,
            announcement_ru=self.announcement_ru.data,
            announcement_en=self.announcement_en.data,
            audience=Audience(self.subscribed_before.data, ids or None),
        )

    def _addresses(self) -> list[str]:
        lines = (line.strip().lower() for line in (self.customers.data or "").splitlines())
        return [line for line in lines if line]
