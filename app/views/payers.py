"""Payers."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import joinedload

from app.models import Payer
from app.views import history
from app.views.base import READ_ONLY, labels, per_column
from app.views.customers import CUSTOMER_ADDRESS
from app.views.reconciliation_requests import ReconciliationRequests
from app.views.records import Records


class PayerView(ReconciliationRequests):
    """Payers: whose details stand on documents. Customers keep them in the portal."""

    datamodel = Records(Payer, loads=[joinedload(Payer.customer)], own_filters=CUSTOMER_ADDRESS)
    route_base = "/payers"
    base_permissions = (*READ_ONLY, "can_reconcile")
    list_title = _("Payers")
    show_title = _("Payer")
    list_columns = ("name", "kind", "inn", "country", "customer")
    show_columns = (
        "name", "kind", "country", "address", "inn", "kpp", "ogrn", "bank_bik", "bank_account",
        "exchange_id", "customer", "created_at",
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
        exchange_id=_("Exchange participant"),
        created_at=_("Added"),
    )

    def name_of(self, row: Payer) -> str:
        """The name on documents."""
        return row.name

    def history(self, row: Payer) -> list[dict[str, Any]]:
        """Who changed the details and when."""
        return history.of_object("payer", row.id)
