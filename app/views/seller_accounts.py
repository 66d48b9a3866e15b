"""Further bank accounts of the seller: their statements are taken in beside those of the one on documents."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import exists, select
from stdnum import iban
from wtforms import BooleanField, SelectField
from wtforms.validators import ValidationError

from app.billing.money import MINOR_UNITS_PER_MAJOR
from app.billing.requisites import is_bic, is_settlement_account
from app.models import Seller, SellerBankAccount
from app.views import history
from app.views.base import READ_ONLY, RecordView, labels, per_column
from app.views.context import session
from app.views.form_fields import checked
from app.views.records import Records
from app.views.sellers import seller_choices, seller_link

ROUBLE = "RUB"
CURRENCY_DIGITS = {ROUBLE: "810", "USD": "840", "EUR": "978"}
"""Digits 6 to 8 of an account in a Russian bank."""


def _is_account(value: str, form: Any) -> bool:
    """Twenty digits that fit the БИК and the currency; abroad an IBAN."""
    bik, currency = form.bank_bik.data or "", form.currency.data
    if currency == ROUBLE or is_bic(bik):
        return is_settlement_account(value, bik) and value[5:8] == CURRENCY_DIGITS.get(currency)
    return value.isalnum() and bool(iban.is_valid(value))


def _is_bank(value: str, form: Any) -> bool:
    """A БИК, or the SWIFT code of a bank abroad."""
    is_swift = value.isascii() and value.isalnum() and value.isupper() and len(value) in {8, 11}
    return is_bic(value) or (is_swift and form.currency.data != ROUBLE)


def _is_no_other(_form: Any, field: Any) -> None:
    """Refuse the account that stands on documents already."""
    if session().scalar(select(exists().where(Seller.bank_account == field.data))):
        raise ValidationError(gettext("This is the main account that stands in the seller's details."))


def _is_only_main(form: Any, field: Any) -> None:
    """Refuse a second main account, and one in roubles: that stands in the seller's details."""
    if not field.data:
        return
    if form.currency.data == ROUBLE:
        raise ValidationError(gettext("The main account in roubles stands in the seller's details."))
    other = exists().where(
        SellerBankAccount.seller_id == form.seller_id.data,
        SellerBankAccount.currency == form.currency.data,
        SellerBankAccount.account != form.account.data,
        SellerBankAccount.is_main,
    )
    if session().scalar(select(other)):
        raise ValidationError(gettext("There is a main account in this currency already."))


class SellerBankAccountView(RecordView):
    """Accounts beside the main one in roubles. They are never deleted: their lines name them."""

    datamodel = Records(SellerBankAccount)
    route_base = "/seller-accounts"
    base_permissions = (*READ_ONLY, "can_add", "can_edit")
    list_title = _("Further bank accounts")
    show_title = _("Bank account")
    add_title = _("New bank account")
    edit_title = _("Change a bank account")
    list_columns = ("account", "currency", "bank_name", "is_main", "seller_id")
    show_columns = ("account", "currency", "bank_name", "bank_bik", "is_main", "seller_id")
    add_columns = ("seller_id", "currency", "account", "bank_name", "bank_bik", "is_main")
    edit_columns = add_columns
    search_columns = ("account", "currency", "bank_name")
    add_form_extra_fields = per_column(
        seller_id=SelectField(_("Seller"), coerce=int, choices=seller_choices),
        currency=SelectField(_("Currency"), choices=sorted(MINOR_UNITS_PER_MAJOR)),
        is_main=BooleanField(
            _("Main one in its currency"),
            description=_("Where customers are asked to pay in it. In roubles it is the seller's own."),
            validators=[_is_only_main],
        ),
    )
    edit_form_extra_fields = add_form_extra_fields
    validators_columns = per_column(
        account=[checked(_is_account), _is_no_other], bank_bik=[checked(_is_bank)]
    )
    label_columns = labels(
        account=_("Account"),
        currency=_("Currency"),
        bank_name=_("Bank"),
        bank_bik=_("БИК or SWIFT"),
        is_main=_("Main one in its currency"),
        seller_id=_("Seller"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {"seller_id": seller_link}
        super()._init_properties()

    def history(self, row: SellerBankAccount) -> list[dict[str, Any]]:
        """Who changed what."""
        return history.of_object("seller_bank_account", row.id)
