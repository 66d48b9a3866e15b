"""Customers and payers."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.models import ApiKey, Customer, Payer
from app.views import history
from app.views.base import RecordView, Section, labels, per_column
from app.views.customer_sections import sections_of_customer
from app.views.filters import Filled, RecordFilter
from app.views.records import Records


class PayerTaxNumber(RecordFilter):
    """Customers with a payer whose ИНН begins so."""

    name = _("Starts with")

    def condition(self, value: str) -> Any:
        """A customer has several payers at most, so a subquery is enough."""
        return Customer.id.in_(select(Payer.customer_id).where(Payer.inn.startswith(value, autoescape=True)))


class KeyEnd(RecordFilter):
    """Customers with an API key that ends so: the four characters that people see."""

    name = _("Ends with")

    def condition(self, value: str) -> Any:
        """The last four characters of what was typed, so that a whole key may be pasted."""
        return Customer.id.in_(select(ApiKey.customer_id).where(ApiKey.last4 == value[-4:]))


class CustomerAddress(RecordFilter):
    """Rows of customers whose e-mail holds the text."""

    name = _("Contains")

    def condition(self, value: str) -> Any:
        """For every table with a `customer_id`."""
        matching = select(Customer.id).where(Customer.email.icontains(value, autoescape=True))
        return self.model.customer_id.in_(matching)


CUSTOMER_ADDRESS = {"customer_email": (CustomerAddress,)}
"""The filter by the customer's address, for views of what belongs to customers."""


class CustomerView(RecordView):
    """Customers, found by address, ИНН or the end of a key; the page tells everything about one."""

    datamodel = Records(
        Customer,
        own_filters={"payer_inn": (PayerTaxNumber,), "key_end": (KeyEnd,), "trial_started_at": (Filled,)},
    )
    route_base = "/customers"
    list_title = _("Customers")
    show_title = _("Customer")
    list_columns = ("email", "name", "status", "country", "created_at", "trial_started_at")
    show_columns = (
        "email", "name", "phone", "status", "country", "currency", "language",
        "created_at", "activated_at", "trial_started_at",
    )  # fmt: skip
    search_columns = ("email", "name", "payer_inn", "key_end", "status", "country", "created_at")
    search_labels = per_column(
        payer_inn=_("Payer's tax number (ИНН)"), key_end=_("API key (last 4 characters)")
    )
    label_columns = labels(
        email=_("E-mail"),
        name=_("Customer's name"),
        phone=_("Phone"),
        country=_("Country"),
        currency=_("Currency"),
        language=_("Language of mails"),
        created_at=_("Registered"),
        activated_at=_("E-mail confirmed"),
        trial_started_at=_("Trial started"),
    )

    def name_of(self, row: Customer) -> str:
        """The address."""
        return row.email

    def sections(self, row: Customer) -> list[Section]:
        """What the customer has, each table only for those who may see its list."""
        return sections_of_customer(row.id)

    def history(self, row: Customer) -> list[dict[str, Any]]:
        """Everything that happened, on one line of time."""
        return history.of_customer(row.id)


class PayerView(RecordView):
    """Payers: whose details stand on documents. Customers keep them in the portal."""

    datamodel = Records(Payer, loads=[joinedload(Payer.customer)], own_filters=CUSTOMER_ADDRESS)
    route_base = "/payers"
    list_title = _("Payers")
    show_title = _("Payer")
    list_columns = ("name", "kind", "inn", "country", "customer")
    show_columns = (
        "name", "kind", "country", "address", "inn", "kpp", "ogrn", "bank_bik", "bank_account", "customer",
        "created_at",
    )  # fmt: skip
    search_columns = ("name", "inn", "kind", "country", "customer_email", "customer_id")
    search_labels = per_column(customer_email=_("Customer's e-mail"))
    label_columns = labels(
        name=_("Name"),
        kind=_("Kind of payer"),
        country=_("Country"),
        address=_("Address"),
        inn=_("ИНН"),
        kpp=_("КПП"),
        ogrn=_("ОГРН"),
        bank_bik=_("БИК"),
        bank_account=_("Account"),
        created_at=_("Added"),
    )

    def name_of(self, row: Payer) -> str:
        """The name on documents."""
        return row.name

    def history(self, row: Payer) -> list[dict[str, Any]]:
        """Who changed the details and when."""
        return history.of_object("payer", row.id)
