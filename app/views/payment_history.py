"""The payment history of all customers: narrowed, paged, taken out as a table (H5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import wtforms
from flask import Response, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms.fields.choices import SelectChoice

from app.billing.errors import BillingError
from app.billing.payment_history import HistoryRequest, HistoryStatus, Place
from app.billing.periods import local_date
from app.formatting.csv_file import csv_lines
from app.formatting.dates import format_date
from app.services.payment_history import (
    HistoryEntry,
    exported_history,
    note_export,
    payment_history,
)
from app.views.base import Command, Section
from app.views.context import actor, container, may
from app.views.labels import Label, label_of
from app.views.ledger_names import provider_name
from app.views.presentation import badge, language, object_link, rate
from app.views.sentences import SENTENCES, sentence_of

STATUSES: dict[HistoryStatus, Label] = {
    HistoryStatus.WAITING: (_("Waits for payment"), "warning"),
    HistoryStatus.OVERDUE: (_("Not paid in time"), "danger"),
    HistoryStatus.PAID: (_("Paid"), "success"),
    HistoryStatus.REFUNDED: (_("Refunded or in part"), "info"),
    HistoryStatus.VOID: (_("Void"), "muted"),
}


class HistoryForm(wtforms.Form):
    """What the address asks for; it changes nothing."""

    number = wtforms.StringField(_("Number of the invoice"))
    first = wtforms.StringField(_("From"), render_kw={"type": "date"})
    last = wtforms.StringField(_("To"), render_kw={"type": "date"})
    status = wtforms.SelectField(
        _("Status"),
        choices=[
            SelectChoice("", _("Any")),
            *(SelectChoice(key, name) for key, (name, _tone) in STATUSES.items()),
        ],
    )
    least = wtforms.StringField(_("Sum from"), render_kw={"inputmode": "decimal"})
    most = wtforms.StringField(_("Sum to"), render_kw={"inputmode": "decimal"})


class PaymentHistoryView(BaseView):
    """The same list that customers have, over all of them."""

    route_base = "/payment-history"
    default_view = "index"
    list_title = _("Payment history")
    base_permissions = ("can_index", "can_export")

    @expose("/", methods=["GET"])
    @has_access
    def index(self) -> Any:
        """A page of the list; what it is narrowed by stands in the address."""
        asked = HistoryRequest.read(request.args)
        page = payment_history(
            container().transactions, customer_id=None, wanted=asked.wanted, place=asked.place
        )
        return self.render_template(
            "back_office/payment_history.html",
            title=self.list_title,
            form=_form(asked),
            sections=[Section(_("Payments"), _headings(), [_shown(entry) for entry in page.entries])],
            commands=_commands(asked),
            everything=url_for("PaymentHistoryView.index") if asked.typed else None,
            newer=_address(asked, page.newer),
            older=_address(asked, page.older),
        )

    @expose("/export", methods=["GET"])
    @has_access
    def export(self) -> Any:
        """What the list is narrowed to, as a file; who took it stands in the audit."""
        asked = HistoryRequest.read(request.args)
        if asked.refused:
            return redirect(url_for("PaymentHistoryView.index", **asked.typed))
        transactions, now = container().transactions, container().clock.now()
        try:
            entries = exported_history(transactions, customer_id=None, wanted=asked.wanted)
        except BillingError as refusal:
            flash(sentence_of(refusal), "danger")
            return redirect(url_for("PaymentHistoryView.index", **asked.typed))
        note_export(transactions, actor=actor(), arguments=dict(asked.typed), now=now)
        response = Response(b"".join(csv_lines(_table(entries))), mimetype="text/csv")
        name = f"payments-{local_date(now)}.csv"
        response.headers.set("Content-Disposition", "attachment", filename=name)
        response.headers["Cache-Control"] = "no-store"
        return response


def _form(asked: HistoryRequest) -> HistoryForm:
    values: dict[str, Any] = dict(asked.typed)
    for name in ("first", "last"):
        day = getattr(asked.wanted, name)
        if day is not None:
            values[name] = day.isoformat()
    form = HistoryForm(formdata=MultiDict(values))
    for name, code in asked.refused.items():
        form[name].errors = [str(SENTENCES[code])]
    return form


def _commands(asked: HistoryRequest) -> list[Command]:
    if not may("can_export", PaymentHistoryView.__name__):
        return []
    return [
        Command(_("Download as a table"), url_for("PaymentHistoryView.export", **asked.typed), "download")
    ]


def _address(asked: HistoryRequest, place: Place | None) -> str | None:
    if place is None:
        return None
    return url_for(
        "PaymentHistoryView.index",
        **asked.typed,
        older_than=place.older_than,
        newer_than=place.newer_than,
    )


def _headings() -> tuple[Any, ...]:
    return (
        _("Number"), _("Issued"), _("Customer"), _("Services"), _("Method"), _("Status"), _("VAT"), _("Sum"),
        _("Given back"),
    )  # fmt: skip


def _shown(entry: HistoryEntry) -> tuple[Any, ...]:
    invoice = entry.invoice
    return (
        object_link("invoice", invoice.id, invoice.full_number),
        invoice.issued_on,
        invoice.customer,
        Markup("<br>").join(line.description for line in invoice.lines),
        _method(entry),
        badge(STATUSES[entry.status]),
        invoice.vat,
        invoice.total,
        entry.refunded or None,
    )


def _method(entry: HistoryEntry) -> str:
    """What paid it, or how it is to be paid."""
    ways = [str(provider_name(payment.method_label)) for payment in entry.payments]
    return ", ".join(dict.fromkeys(ways)) or str(label_of(entry.invoice.method)[0])


def _table(entries: Iterator[HistoryEntry]) -> Iterator[list[str]]:
    yield [
        gettext("Number"), gettext("Issued"), gettext("Customer"), gettext("Payer"), gettext("ИНН"),
        gettext("Services"), gettext("Method"), gettext("Status"), gettext("VAT rate"), gettext("VAT"),
        gettext("Sum"), gettext("Given back"), gettext("Currency"),
    ]  # fmt: skip
    for entry in entries:
        yield _line(entry)


def _line(entry: HistoryEntry) -> list[str]:
    """Sums without signs and spaces, so that a spreadsheet can add them."""
    invoice = entry.invoice
    sums = (invoice.vat, invoice.total, entry.refunded)
    return [
        invoice.full_number,
        format_date(invoice.issued_on, language()),
        invoice.customer.email,
        invoice.payer.name,
        invoice.payer.inn or "",
        ", ".join(line.description for line in invoice.lines),
        _method(entry),
        str(STATUSES[entry.status][0]),
        ", ".join(dict.fromkeys(rate(line.vat_rate) for line in invoice.lines)),
        *(str(amount.decimal).replace(".", ",") for amount in sums),
        invoice.currency,
    ]
