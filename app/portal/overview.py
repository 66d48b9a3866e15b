"""The overview: what to do next, what runs, what is to be paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import render_template
from flask.typing import ResponseReturnValue

from app.billing.api_key import ApiKeyStatus
from app.billing.entitlement import effective_status
from app.billing.invoice import InvoiceStatus
from app.billing.subscription import LIVE, SubscriptionStatus
from app.models import ApiKey, Subscription
from app.portal.next_charge import next_charge
from app.portal.pages import Pages
from app.portal.states import document_state, invoice_state, subscription_state, time_left
from app.portal.visit import Visit

LATEST = 3

pages = Pages(private=True)


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """How far a newcomer has come; `current` counts from 1 and is 5 when all is done."""

    current: int
    waiting_key_id: int | None


@pages.get("/overview")
def overview(visit: Visit) -> ResponseReturnValue:
    """The page after login."""
    with visit.reading() as repositories:
        held = repositories.subscriptions.of_customer(visit.customer_id)
        keys = repositories.api_keys.of_customer(visit.customer_id)
        invoices = repositories.invoices.of_customer(visit.customer_id)
        received = repositories.invoices.payments(visit.customer_id)
        documents = repositories.documents.of_customer(visit.customer_id)
        charge = next_charge(repositories, held, visit.now)
    running = [row for row in held if effective_status(row.facts(), visit.now) in LIVE]
    return render_template(
        "portal/overview.html",
        steps=_first_steps(held, keys),
        trial_ends_at=_trial_end(running),
        time_left=lambda until: time_left(until, visit.now),
        next_charge=charge,
        rows=[(row, subscription_state(row, visit.now)) for row in running],
        unpaid=[invoice for invoice in invoices if invoice.status is InvoiceStatus.OPEN],
        payments=received[:LATEST],
        documents=documents[:LATEST],
        invoice_state=invoice_state,
        document_state=document_state,
    )


def _trial_end(running: list[Subscription]) -> datetime | None:
    ends = [
        row.trial_ends_at
        for row in running
        if row.status is SubscriptionStatus.TRIAL and row.trial_ends_at is not None
    ]
    return max(ends, default=None)


def _first_steps(held: Sequence[Subscription], keys: Sequence[ApiKey]) -> FirstSteps:
    """The account is confirmed; then come the trial (or a purchase), the key, the first use in Make."""
    waiting = [key.id for key in keys if key.status is ApiKeyStatus.UNCLAIMED]
    if any(key.last_used_at for key in keys):
        current = 5
    elif any(key.claimed_at for key in keys):
        current = 4
    elif any(row.status is not SubscriptionStatus.PENDING for row in held):
        current = 3
    else:
        current = 2
    return FirstSteps(current, waiting[0] if waiting else None)
