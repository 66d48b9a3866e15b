"""The history of invoices and payments (H5)."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.portal.pages import Pages
from app.portal.states import invoice_state
from app.portal.visit import Visit

pages = Pages(private=True)


@pages.get("/payments")
def payments(visit: Visit) -> ResponseReturnValue:
    """Invoices with their state, and the money that came."""
    with visit.reading() as repositories:
        invoices = repositories.invoices.of_customer(visit.customer_id)
        received = repositories.invoices.payments(visit.customer_id)
    return render_template(
        "portal/payments.html", invoices=invoices, payments=received, invoice_state=invoice_state
    )
