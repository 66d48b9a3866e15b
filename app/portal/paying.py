"""Off to the payment: a saved card is charged by a worker, a new one on the provider's page."""

from __future__ import annotations

from flask import Response, flash

from app.billing.errors import BillingError
from app.billing.ways_to_pay import WayToPay
from app.portal.messages import sentence_for
from app.portal.pages import see, see_address
from app.portal.visit import Visit
from app.services.charging import ChargeInProgress, open_checkout, request_charge

NOBODY = "none"
"""The provider of a way that is not set up: charging answers that it is unavailable."""
QUIET = frozenset({"CHARGE_IN_PROGRESS", "INVOICE_NOT_OPEN"})
"""Refusals that the invoice's page shows by its own state: a repeated click is no mistake."""


def lead_to_payment(
    visit: Visit, invoice_id: int, saved_card_id: int | None, way: WayToPay = WayToPay.CARD
) -> Response:
    """Start the payment of an invoice; whatever can't be done is told on the invoice's page.

    Raises NotFound for another customer's invoice or card.
    """
    try:
        if saved_card_id is None:
            return see_address(_provider_page(visit, invoice_id, way))
        request_charge(
            visit.container.charging,
            customer_id=visit.customer_id,
            invoice_id=invoice_id,
            method_id=saved_card_id,
            now=visit.now,
        )
    except BillingError as error:
        if error.code == "NOT_FOUND":
            raise
        if error.code not in QUIET:
            flash(sentence_for(error.code), "error")
    return see("invoice", invoice_id=invoice_id)


def _provider_page(visit: Visit, invoice_id: int, way: WayToPay) -> str:
    """The address of the provider's page. Of two clicks at once the later one takes the page that the
    earlier one has opened.
    """
    try:
        return _open(visit, invoice_id, way)
    except ChargeInProgress:
        return _open(visit, invoice_id, way)


def _open(visit: Visit, invoice_id: int, way: WayToPay) -> str:
    return open_checkout(
        visit.container.charging,
        customer_id=visit.customer_id,
        invoice_id=invoice_id,
        now=visit.now,
        real_now=visit.real_now,
        provider=visit.container.providers_in_use.provider(way) or NOBODY,
    )
