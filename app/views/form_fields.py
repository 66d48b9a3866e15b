"""Form fields of reference data: enumerations by name, Moscow time, requisites."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Context, Decimal
from enum import StrEnum
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from wtforms import DateTimeLocalField, DecimalField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional, Regexp, ValidationError

from app.billing.money import MINOR_UNITS_PER_MAJOR
from app.formatting.dates import MOSCOW
from app.models import Connector, ConnectorPricing, Customer
from app.views.base import choices
from app.views.context import session

HIGHEST_PRICE = 100_000_000
CENT = Decimal("0.01")
WIDE = Context(prec=60)
EARLIEST_YEAR, LATEST_YEAR = 2000, 2100
SHAPE_OF_ADDRESS = Regexp(r"[^@\s]+@[^@\s]+\.[^@\s.]+\Z", message=_("This is not an e-mail address."))


def kind_field(label: Any, kind: type[StrEnum], description: Any = "") -> SelectField:
    """A select box of an enumeration, by the names that people read."""
    return SelectField(
        label, choices=choices(kind), coerce=kind, description=description, validators=[InputRequired()]
    )


def connector_choices(pricing: ConnectorPricing | None = None) -> list[SelectChoice]:
    """Every connector by its name; only those that are paid for so when that is given."""
    query = select(Connector.id, Connector.name).order_by(Connector.name)
    connectors = session().execute(query if pricing is None else query.where(Connector.pricing == pricing))
    return [SelectChoice(identity, name) for identity, name in connectors]


def customers_by_address(addresses: Sequence[str]) -> dict[str, int]:
    """The ids of the customers with these addresses, by the address in small letters."""
    wanted = [address.strip().lower() for address in addresses]
    address = func.lower(Customer.email)
    rows = session().execute(select(address, Customer.id).where(address.in_(wanted)))
    return {row[0]: row[1] for row in rows}


class MoscowTimeField(DateTimeLocalField):
    """An instant, typed on the Moscow clock and stored in UTC."""

    def process_data(self, value: datetime | None) -> None:
        """Show the instant on the Moscow clock."""
        self.data = value.astimezone(MOSCOW) if value else None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was typed as Moscow time."""
        super().process_formdata(valuelist)
        if self.data is not None:
            if not EARLIEST_YEAR <= self.data.year <= LATEST_YEAR:
                self.data = None
                raise ValueError(gettext("This date can't be right."))
            self.data = self.data.replace(tzinfo=MOSCOW).astimezone(UTC)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data.astimezone(MOSCOW):%Y-%m-%dT%H:%M}" if self.data else ""


def currency_field() -> SelectField:
    """A select box of the currencies that the product sells in."""
    codes = [SelectChoice(code) for code in sorted(MINOR_UNITS_PER_MAJOR)]
    return SelectField(_("Currency"), choices=codes, default="RUB")


def price_field(label: Any, description: Any, *, required: bool = True) -> DecimalField:
    """A price with VAT inside."""
    rules = [NumberRange(min=0.01, max=HIGHEST_PRICE), at_most_two_places]
    first = InputRequired() if required else Optional()
    return DecimalField(label, description=description, validators=[first, *rules])


def holds_from_field(description: Any = "") -> MoscowTimeField:
    """From when a price holds."""
    return MoscowTimeField(
        _("Holds from (Moscow time)"),
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        description=description,
        validators=[InputRequired()],
    )


def checked(is_right: Callable[[str, Any], bool]) -> Callable[[Any, Any], None]:
    """A validator that asks a rule about requisites with the value and the form.

    An empty field is another rule's matter.
    """

    def check(form: Any, field: Any) -> None:
        if field.data and not is_right(field.data, form):
            raise ValidationError(gettext("The control digits do not fit: there is a typing error."))

    return check


def at_most_two_places(_form: Any, field: Any) -> None:
    """Refuse parts of a kopeck."""
    number = field.data
    if number is not None and not (number.is_finite() and number == number.quantize(CENT, ROUND_DOWN, WIDE)):
        raise ValidationError(gettext("At most two decimal places."))
