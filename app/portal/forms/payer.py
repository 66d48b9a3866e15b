"""The payer: which details are asked for depends on who pays (A2)."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.models import Customer, Payer, PayerKind
from app.portal.countries import country_choices
from app.portal.forms.fields import PortalForm, RadioField, SelectField, TextField, choices_of, without_spaces
from app.portal.visit import current_locale
from app.services.profile import PayerDetails, payer_problems

HOME = "RU"
KINDS = (
    (PayerKind.COMPANY.value, _l("Russian company")),
    (PayerKind.SOLE_TRADER.value, _l("Russian sole trader")),
    (PayerKind.INDIVIDUAL.value, _l("Person in Russia")),
    (PayerKind.FOREIGN_COMPANY.value, _l("Company outside Russia")),
    (PayerKind.FOREIGN_INDIVIDUAL.value, _l("Person outside Russia")),
)
BUSINESS = frozenset({PayerKind.COMPANY, PayerKind.SOLE_TRADER})
RUSSIAN = BUSINESS | {PayerKind.INDIVIDUAL}
ASKED_OF = {
    "inn": RUSSIAN,
    "kpp": frozenset({PayerKind.COMPANY}),
    "ogrn": BUSINESS,
    "bank_bik": BUSINESS,
    "bank_account": BUSINESS,
    "exchange_id": BUSINESS,
}
"""Fields that only some payers have; of others they are not read, whatever the browser sends."""


class PayerForm(PortalForm):
    """Who stands as the buyer on documents."""

    kind = RadioField(_l("Who pays?"), choices=choices_of(KINDS))
    name = TextField(_l("Full name"), 300)
    inn = TextField(_l("INN"), 20, required=False, shown_as_required=True, clean=without_spaces)
    kpp = TextField(_l("KPP"), 20, required=False, shown_as_required=True, clean=without_spaces)
    ogrn = TextField(_l("OGRN or OGRNIP"), 24, required=False, clean=without_spaces)
    country = SelectField(_l("Country"))
    address = TextField(_l("Address"), 500, required=False)
    bank_bik = TextField(_l("BIK of the bank"), 20, required=False, clean=without_spaces)
    bank_account = TextField(_l("Account number"), 32, required=False, clean=without_spaces)
    exchange_id = TextField(_l("Exchange participant's id"), 46, required=False, clean=without_spaces)

    @classmethod
    def of(cls, payer: Payer | None, customer: Customer) -> PayerForm:
        """The form with what is known: the stored payer, else what fits the customer."""
        if payer is None:
            kind = PayerKind.COMPANY if customer.country == HOME else PayerKind.FOREIGN_COMPANY
            form = cls(data={"kind": kind.value, "country": customer.country})
        else:
            form = cls(obj=payer)
        form.country.choices = choices_of(country_choices(current_locale()))
        return form

    def details(self) -> PayerDetails:
        """What the use case takes."""
        kind = PayerKind(self.kind.data)
        asked = {field: self[field].data if kind in kinds else None for field, kinds in ASKED_OF.items()}
        return PayerDetails(
            kind=kind,
            name=self.name.data or "",
            country=HOME if kind in RUSSIAN else self.country.data,
            address=self.address.data,
            **asked,
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the shapes and the numbers at once, so that nobody is sent back twice."""
        super().validate(extra_validators)
        if not self.kind.errors:
            for field, code in payer_problems(self.details()).items():
                if not self[field].errors:
                    self.refuse(field, code)
        return not self.errors
