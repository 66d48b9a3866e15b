"""The seller's details and tax regimes: copied into documents at issue, so changes touch new ones only."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, ValidationError

from app.billing.documents.parties import PartyKind
from app.billing.requisites import (
    is_bic,
    is_correspondent_account,
    is_exchange_id,
    is_inn,
    is_kpp,
    is_ogrn,
    is_ogrnip,
    is_settlement_account,
)
from app.billing.tax import TaxRegime
from app.models import Seller, SellerBankAccount, SellerTaxRegime, ServicePaper
from app.views import history
from app.views.base import READ_ONLY, RecordView, Section, labels, per_column
from app.views.context import session
from app.views.form_fields import SHAPE_OF_ADDRESS, checked, kind_field
from app.views.presentation import named_link
from app.views.records import Records
from app.views.seller_commands import SellerCommands

DETAILS = (
    "name", "kind", "inn", "kpp", "ogrn", "address", "bank_name", "bank_bik", "bank_account",
    "bank_corr_account", "director_position", "director", "accountant", "email", "phone", "offer_title",
    "offer_number", "offer_date", "service_paper", "exchange_id",
)  # fmt: skip


def _exchange_id(_form: Any, field: Any) -> None:
    if field.data and not is_exchange_id(field.data):
        raise ValidationError(gettext("This is no id of an exchange participant, such as 2BM-…"))


def _is_ogrn(value: str, _form: Any) -> bool:
    return is_ogrn(value) or is_ogrnip(value)


class SellerView(SellerCommands):
    """Who sells: what stands on documents."""

    datamodel = Records(Seller)
    route_base = "/sellers"
    base_permissions = (*READ_ONLY, "can_add", "can_edit", "can_picture", "can_series", "can_choose")
    list_title = _("Seller's details")
    show_title = _("Seller")
    add_title = _("New seller")
    edit_title = _("Change the seller's details")
    list_columns = ("name", "inn", "bank_name", "email", "sells")
    show_columns = (*DETAILS, "sells")
    add_columns = DETAILS
    edit_columns = DETAILS
    search_columns = ("name", "inn")
    validators_columns = per_column(
        inn=[checked(lambda value, _form: is_inn(value, 12 if len(value) == 12 else 10))],
        kpp=[checked(lambda value, _form: is_kpp(value))],
        ogrn=[checked(_is_ogrn)],
        bank_bik=[checked(lambda value, _form: is_bic(value))],
        bank_account=[checked(lambda value, form: is_settlement_account(value, form.bank_bik.data or ""))],
        bank_corr_account=[
            checked(lambda value, form: is_correspondent_account(value, form.bank_bik.data or ""))
        ],
        email=[SHAPE_OF_ADDRESS],
        exchange_id=[Optional(), _exchange_id],
    )
    add_form_extra_fields = edit_form_extra_fields = per_column(
        kind=kind_field(_("Kind"), PartyKind),
        service_paper=kind_field(
            _("For a service month"), ServicePaper, _("What a Russian business gets of us.")
        ),
    )
    description_columns = per_column(
        director_position=_("As it stands before the signature, such as «Генеральный директор»."),
        offer_title=_("The contract that documents name as their basis."),
        exchange_id=_("Of electronic document exchange, such as 2BM-…; stands in the files' names."),
    )
    label_columns = labels(
        name=_("Name"),
        inn=_("ИНН"),
        kpp=_("КПП"),
        ogrn=_("ОГРН"),
        address=_("Address"),
        bank_name=_("Bank"),
        bank_bik=_("БИК"),
        bank_account=_("Account"),
        bank_corr_account=_("Correspondent account"),
        director=_("Director"),
        accountant=_("Chief accountant"),
        email=_("E-mail"),
        phone=_("Phone"),
        kind=_("Kind"),
        director_position=_("Director's position"),
        offer_title=_("Contract or offer"),
        offer_number=_("Number of the contract"),
        offer_date=_("Date of the contract"),
        service_paper=_("For a service month"),
        exchange_id=_("Exchange participant"),
        sells=_("Sells now"),
    )

    def name_of(self, row: Seller) -> str:
        """The name on documents."""
        return row.name

    def sections(self, row: Seller) -> list[Section]:
        """The tax regimes, the number series, the pictures, the bank accounts beside the one above."""
        accounts = session().scalars(
            select(SellerBankAccount)
            .where(SellerBankAccount.seller_id == row.id)
            .order_by(SellerBankAccount.currency, SellerBankAccount.account)
        )
        regimes = session().scalars(
            select(SellerTaxRegime)
            .where(SellerTaxRegime.seller_id == row.id)
            .order_by(SellerTaxRegime.effective_from.desc())
        )
        return [
            Section(
                _("Tax regimes"),
                (_("From"), _("Regime")),
                [(line.effective_from, line.regime) for line in regimes],
            ),
            self.series_section(row),
            self.picture_section(row),
            Section(
                _("Further bank accounts"),
                (_("Account"), _("Currency"), _("Bank"), _("Main one in its currency")),
                [(line.account, line.currency, line.bank_name, line.is_main) for line in accounts],
            ),
        ]

    def history(self, row: Seller) -> list[dict[str, Any]]:
        """Who changed what."""
        return history.of_object("seller", row.id)


def seller_choices() -> list[SelectChoice]:
    """Every seller by name."""
    return [
        SelectChoice(identity, name) for identity, name in session().execute(select(Seller.id, Seller.name))
    ]


def seller_link(seller_id: int) -> Any:
    """The page of a seller."""
    return named_link("seller", seller_id)


class SellerTaxRegimeView(RecordView):
    """Tax regimes by the date from which they hold; the rates of a regime are law (J2)."""

    datamodel = Records(SellerTaxRegime)
    route_base = "/tax-regimes"
    base_permissions = (*READ_ONLY, "can_add", "can_edit")
    base_order = ("effective_from", "desc")
    list_title = _("Tax regimes")
    show_title = _("Tax regime")
    add_title = _("New tax regime")
    edit_title = _("Change a tax regime")
    list_columns = ("effective_from", "regime", "seller_id")
    show_columns = list_columns
    add_columns = ("seller_id", "effective_from", "regime")
    edit_columns = ("effective_from", "regime")
    search_columns = ("effective_from",)
    edit_form_extra_fields = per_column(regime=kind_field(_("Regime"), TaxRegime))
    add_form_extra_fields = per_column(
        seller_id=SelectField(_("Seller"), coerce=int, choices=seller_choices), **edit_form_extra_fields
    )
    label_columns = labels(effective_from=_("From"), regime=_("Regime"), seller_id=_("Seller"))

    def _init_properties(self) -> None:
        self.formatters_columns = {"seller_id": seller_link}
        super()._init_properties()

    def history(self, row: SellerTaxRegime) -> list[dict[str, Any]]:
        """Who changed what."""
        return history.of_object("seller_tax_regime", row.id)
