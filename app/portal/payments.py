"""The payment history: list, details, table for downloading (H5)."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.billing.payment_history import HistoryRequest, Place
from app.formatting.csv_file import csv_lines
from app.formatting.money import format_rate
from app.portal.forms.history import HistoryForm
from app.portal.pages import IDENTIFIER, Pages, see
from app.portal.payment_events import payment_events
from app.portal.presentation import day, paid_by, way_to_pay
from app.portal.states import history_state
from app.portal.visit import Visit
from app.services.payment_history import (
    HistoryEntry,
    exported_history,
    payment_details,
    payment_history,
)

pages = Pages(private=True)


@pages.get("/payments")
def payments(visit: Visit) -> ResponseReturnValue:
    """A page of the history. What it is narrowed by stands in the address."""
    asked = HistoryRequest.read(request.args)
    found = payment_history(
        visit.container.transactions, customer_id=visit.customer_id, wanted=asked.wanted, place=asked.place
    )
    return render_template(
        "portal/payments.html",
        page=found,
        form=HistoryForm.showing(asked),
        narrowed=bool(asked.typed),
        newer_url=_address(asked, found.newer),
        older_url=_address(asked, found.older),
        export_url=url_for("portal.payments_table", **asked.typed),
        history_state=history_state,
        paid_with=paid_with,
    )


@pages.get(f"/payments/<{IDENTIFIER}:invoice_id>")
def payment(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """One payment: services, taxes, how it was paid, and everything that became of it."""
    details = payment_details(
        visit.container.transactions, customer_id=visit.customer_id, invoice_id=invoice_id
    )
    return render_template(
        "portal/payment.html",
        entry=details.entry,
        invoice=details.entry.invoice,
        state=history_state(details.entry),
        events=payment_events(details.status_changes),
        paid_with=paid_with,
    )


@pages.get("/payments/table.csv")
def payments_table(visit: Visit) -> ResponseReturnValue:
    """What the list shows, as a file. An address that can't be understood leads to the list, which says so.

    Raises Conflict EXPORT_TOO_LONG.
    """
    asked = HistoryRequest.read(request.args)
    if asked.refused:
        return see("payments", **asked.typed)
    entries = exported_history(
        visit.container.transactions, customer_id=visit.customer_id, wanted=asked.wanted
    )
    response = Response(b"".join(csv_lines(_rows(entries))), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"payments-{visit.today}.csv")
    response.headers["Cache-Control"] = "no-store"
    return response


def paid_with(entry: HistoryEntry) -> str:
    """What paid the invoice, or how it is to be paid."""
    ways = [paid_by(payment) for payment in entry.payments]
    return ", ".join(dict.fromkeys(ways)) or way_to_pay(entry.invoice.method)


def _address(asked: HistoryRequest, place: Place | None) -> str | None:
    if place is None:
        return None
    return url_for("portal.payments", **asked.typed, older_than=place.older_than, newer_than=place.newer_than)


def _rows(entries: Iterator[HistoryEntry]) -> Iterator[list[str]]:
    yield [
        _("Number of the invoice"), _("Issued"), _("Services"), _("Payment method"), _("VAT rate"), _("VAT"),
        _("Sum"), _("Currency"), _("Status"), _("Refunded"),
    ]  # fmt: skip
    for entry in entries:
        yield _row(entry)


def _row(entry: HistoryEntry) -> list[str]:
    """Sums without signs and spaces, so that a spreadsheet can add them."""
    invoice = entry.invoice
    rates = dict.fromkeys(
        _("not charged") if line.vat_rate is None else format_rate(line.vat_rate, "ru")
        for line in invoice.lines
    )
    return [
        invoice.full_number,
        day(invoice.issued_on),
        ", ".join(line.description for line in invoice.lines),
        paid_with(entry),
        ", ".join(rates),
        _plain(str(invoice.vat.decimal)),
        _plain(str(invoice.total.decimal)),
        invoice.currency,
        history_state(entry).label,
        _plain(str(entry.refunded.decimal)),
    ]


def _plain(amount: str) -> str:
    return amount.replace(".", ",")
