"""What the seller's people did for the demo's customers, by the same use cases as in the back-office."""

from __future__ import annotations

from app.billing.actors import Actor
from app.billing.api_key import ApiKeyKind
from app.billing.compensation import CompensationFacts
from app.billing.money import Money
from app.demo.seed.person import Person
from app.models import CustomerStatus
from app.services.api_keys import deactivate_key
from app.services.bank_transfers import Transfer, receive_transfer
from app.services.compensation import CompensationRequest, approve_compensation, request_compensation
from app.services.refunds import approve_refund, mark_refund_sent

ADMIN, SUPPORT, FINANCE = (Actor.staff(username) for username in ("admin", "support", "finance"))


def books_transfer(person: Person, invoice_id: int, overpaid_minor: int = 0) -> None:
    """Finance books the bank transfer for an invoice; what is paid too much is the customer's balance."""
    with person.stage.transactions.reading() as repositories:
        invoice = repositories.invoices.get(invoice_id)
        money = invoice.due + Money(overpaid_minor, invoice.currency)
    reference = f"{person.now:%Y%m%d}-{invoice_id:05d}"
    receive_transfer(
        person.stage.transactions,
        actor=FINANCE,
        transfer=Transfer(invoice_id, money, reference),
        now=person.now,
    )


def returns_money(person: Person, refund_id: int) -> None:
    """Finance approves a refund: access ends, the money is on its way."""
    approve_refund(
        person.stage.transactions,
        actor=FINANCE,
        refund_id=refund_id,
        reason="По правилам возврата: первые семь дней",
        now=person.now,
    )


def has_sent_money(person: Person, refund_id: int) -> None:
    """Finance writes down that the money of a refund has left."""
    mark_refund_sent(
        person.stage.transactions,
        actor=FINANCE,
        refund_id=refund_id,
        reference=f"rf-{refund_id:06d}",
        now=person.now,
    )


def asks_to_compensate(person: Person, facts: CompensationFacts, slug: str | None = None) -> int:
    """Support asks for a compensation; its id. Days and discounts are of the subscription to a connector."""
    subscription_id = None if slug is None else person.subscription(slug).id
    return request_compensation(
        person.stage.transactions,
        actor=SUPPORT,
        request=CompensationRequest(person.customer_id, facts, subscription_id),
        now=person.now,
    )


def compensates(person: Person, compensation_id: int) -> None:
    """Finance approves a compensation, which gives it at once."""
    approve_compensation(
        person.stage.transactions,
        actor=FINANCE,
        compensation_id=compensation_id,
        reason="Сбой подтверждён",
        now=person.now,
    )


def switches_key_off(person: Person, kind: ApiKeyKind, reason: str) -> None:
    """Support deactivates a customer's newest key of a kind."""
    deactivate_key(
        person.stage.transactions,
        actor=SUPPORT,
        customer_id=person.customer_id,
        api_key_id=person.api_keys(kind)[0].id,
        reason=reason,
        now=person.now,
    )


def blocks(person: Person, reason: str) -> None:
    """An administrator blocks a customer; there is no screen for it yet, the status counts all the same."""
    with person.stage.transactions.begin(ADMIN) as work:
        customer = work.customers.get(person.customer_id, lock=True)
        work.record_status(
            "customer", customer.id, customer.status, CustomerStatus.BLOCKED, reason, person.now
        )
        customer.status = CustomerStatus.BLOCKED
        work.audit(
            "customer.block",
            "customer",
            customer.id,
            customer_id=customer.id,
            reason=reason,
            now=person.now,
        )
