"""An invoice: what it holds, how it stands, how it is paid (J1, H1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.billing.api_key import ApiKeyKind, ApiKeyStatus
from app.billing.invoice import InvoiceStatus
from app.billing.payment import IN_DOUBT, AttemptState
from app.billing.ways_to_pay import WayToPay
from app.models import Invoice, PaymentAttempt
from app.portal.document_names import document_name
from app.portal.forms.fields import PortalForm
from app.portal.messages import decline_reason
from app.portal.pages import IDENTIFIER, Pages, see, see_address
from app.portal.paying import lead_to_payment
from app.portal.payments import paid_with
from app.portal.states import document_state, invoice_state
from app.portal.visit import Visit
from app.services.charging import charge_is_promised, confirmation_page, refresh_attempt
from app.services.payment_history import HistoryEntry
from app.services.unit_of_work import Repositories
from app.web.security_headers import let_forms_lead_to

pages = Pages(private=True)
MOST_DOCUMENTS = 50
"""Of one invoice; more than any has."""


@dataclass(frozen=True, slots=True)
class PaymentProgress:
    """How far the payment of an open invoice has come."""

    processing: bool = False
    page_open: bool = False
    """The provider's page is open and waits for the customer."""
    failure: str | None = None


@pages.get(f"/invoices/<{IDENTIFIER}:invoice_id>")
def invoice(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """The invoice with the ways to pay it."""
    with visit.reading() as repositories:
        found = repositories.invoices.one_of_customer(visit.customer_id, invoice_id)
        values: dict[str, Any] = {
            "progress": _progress(repositories, found),
            "documents": [
                listed.document
                for listed in repositories.document_lists.of_invoice(
                    visit.customer_id, invoice_id, MOST_DOCUMENTS
                )
            ],
            "way": paid_with(
                HistoryEntry(found, repositories.payment_history.payments([invoice_id])[invoice_id])
            ),
            "cards": repositories.payment_methods.of_customer(visit.customer_id),
            "waiting_key": _waiting_key(repositories, visit.customer_id),
        }
    let_forms_lead_to(visit.container.payment_hosts)
    ways = visit.container.providers_in_use.saving_ways(visit.member.currency)
    values |= {"takes_cards": WayToPay.CARD in ways, "takes_paypal": WayToPay.PAYPAL in ways}
    values |= {"document_name": document_name, "document_state": document_state}
    state = invoice_state(found)
    return render_template("portal/invoice.html", invoice=found, state=state, form=PortalForm(), **values)


@pages.get(f"/invoices/<{IDENTIFIER}:invoice_id>/progress")
def invoice_progress(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """What the page asks while a charge is processed; once it has ended the page reads itself anew."""
    with visit.reading() as repositories:
        found = repositories.invoices.one_of_customer(visit.customer_id, invoice_id)
        progress = _progress(repositories, found)
    if not progress.processing:
        return Response(status=204, headers={"HX-Refresh": "true"})
    return render_template("portal/invoice_progress.html", invoice=found)


@pages.post(f"/invoices/<{IDENTIFIER}:invoice_id>/pay/new")
def pay_by_new_card(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """Off to the provider's page."""
    return lead_to_payment(visit, invoice_id, None)


@pages.post(f"/invoices/<{IDENTIFIER}:invoice_id>/pay/<{IDENTIFIER}:card_id>")
def pay_by_saved_card(visit: Visit, invoice_id: int, card_id: int) -> ResponseReturnValue:
    """Have a worker charge this card."""
    return lead_to_payment(visit, invoice_id, card_id)


@pages.post(f"/invoices/<{IDENTIFIER}:invoice_id>/pay/paypal")
def pay_by_paypal(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """Off to PayPal."""
    return lead_to_payment(visit, invoice_id, None, WayToPay.PAYPAL)


@pages.post(f"/invoices/<{IDENTIFIER}:invoice_id>/pay/continue")
def continue_payment(visit: Visit, invoice_id: int) -> ResponseReturnValue:
    """Back to the page of the provider that waits for the customer."""
    with visit.reading() as repositories:
        repositories.invoices.one_of_customer(visit.customer_id, invoice_id)
        waiting = repositories.attempts.unsettled(invoice_id)
    if waiting is None:
        return see("invoice", invoice_id=invoice_id)
    return _lead_to_confirmation(visit, waiting.id)


@pages.get("/checkout/confirm/<uuid:attempt_id>")
def payment_confirmation(visit: Visit, attempt_id: UUID) -> ResponseReturnValue:
    """The link of a mail: straight to where the bank asks its customer, or to the invoice afterwards."""
    return _lead_to_confirmation(visit, attempt_id)


@pages.get("/checkout/confirmed")
def confirmed(visit: Visit) -> ResponseReturnValue:
    """Back from a page that does not name its payment: ask about whatever waits for the customer."""
    with visit.reading() as repositories:
        waiting = repositories.attempts.awaiting(visit.customer_id)
    for attempt in waiting:
        refresh_attempt(visit.container.charging, attempt_id=attempt.id, now=visit.now)
    return see("invoice", invoice_id=waiting[0].invoice_id) if waiting else see("payments")


def _lead_to_confirmation(visit: Visit, attempt_id: UUID) -> Response:
    invoice_id, address = confirmation_page(
        visit.container.charging, customer_id=visit.customer_id, attempt_id=attempt_id, now=visit.now
    )
    return see("invoice", invoice_id=invoice_id) if address is None else see_address(address)


@pages.get("/checkout/return/<uuid:attempt_id>")
def payment_return(visit: Visit, attempt_id: UUID) -> ResponseReturnValue:
    """Back from the provider: ask it how the attempt ended, which is the same however often it is asked."""
    with visit.reading() as repositories:
        invoice_id = repositories.attempts.of_customer(visit.customer_id, attempt_id).invoice_id
    refresh_attempt(visit.container.charging, attempt_id=attempt_id, now=visit.now)
    with visit.reading() as repositories:
        found = repositories.invoices.one_of_customer(visit.customer_id, invoice_id)
        key_id = _waiting_key(repositories, visit.customer_id)
    if found.status is not InvoiceStatus.PAID:
        return see("invoice", invoice_id=invoice_id)
    flash(_("Thank you, invoice %(number)s is paid.", number=found.full_number), "success")
    if key_id is not None:
        return see("reveal_key", api_key_id=key_id)
    return see("invoice", invoice_id=invoice_id)


def _waiting_key(repositories: Repositories, customer_id: int) -> int | None:
    """The permanent key that its owner has not looked at yet."""
    for key in repositories.api_keys.of_customer(customer_id):
        if key.kind is ApiKeyKind.PRODUCTION and key.status is ApiKeyStatus.UNCLAIMED:
            return key.id
    return None


def _progress(repositories: Repositories, found: Invoice) -> PaymentProgress:
    if found.status is not InvoiceStatus.OPEN:
        return PaymentProgress()
    attempts = repositories.attempts.of_invoice(found.id)
    latest = attempts[-1] if attempts else None
    if charge_is_promised(repositories, found.id) or (latest and latest.state in IN_DOUBT):
        return PaymentProgress(processing=True)
    return PaymentProgress(
        page_open=latest is not None and latest.state is AttemptState.AWAITING_CUSTOMER,
        failure=_failure(latest),
    )


def _failure(latest: PaymentAttempt | None) -> str | None:
    if latest is None or latest.state is not AttemptState.FAILED:
        return None
    return decline_reason(latest.failure_code)
