"""Money that came by bank transfer (H4): entered by finance by hand until statements are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.billing.actors import Actor
from app.billing.errors import Conflict, InvalidInput
from app.billing.money import Money
from app.models import BANK_PROVIDER
from app.services.receipts import Receipt, receive
from app.services.resumption import resume_from_balance
from app.services.unit_of_work import Transactions


@dataclass(frozen=True, slots=True)
class Transfer:
    """A line of the bank's statement. `reference` is the bank's own id of it, unique for ever."""

    invoice_id: int
    money: Money
    reference: str


def receive_transfer(transactions: Transactions, *, actor: Actor, transfer: Transfer, now: datetime) -> bool:
    """Book a transfer for an invoice; False when this line of the statement is booked already.

    Enough pays the invoice, what is over goes to the customer's balance. Money for an invoice that is
    paid or void is the balance's as a whole. Raises NotFound, InvalidInput (TRANSFER_AMOUNT), and Conflict
    (UNDERPAID, CHARGE_IN_PROGRESS) when a person has to decide first.
    """
    if transfer.money.minor <= 0 or not transfer.reference.strip():
        raise InvalidInput("a transfer has a positive amount and a reference", code="TRANSFER_AMOUNT")
    with transactions.begin(actor) as work:
        owner = work.invoices.get(transfer.invoice_id).customer_id
        work.customers.get(owner, lock=True)
        (invoice,) = work.invoices.locked_all([transfer.invoice_id])
        if work.payments.is_known(BANK_PROVIDER, transfer.reference):
            return False
        if invoice.currency != transfer.money.currency:
            raise InvalidInput("the invoice is in another currency", code="TRANSFER_AMOUNT")
        if invoice.voided_at is None and invoice.paid_at is None:
            if transfer.money < invoice.due:
                raise Conflict(f"{invoice.full_number} asks for more", code="UNDERPAID")
            if work.attempts.unsettled(invoice.id) is not None:
                raise Conflict(f"{invoice.full_number} is being paid by card", code="CHARGE_IN_PROGRESS")
        receipt = Receipt(invoice, transfer.money, BANK_PROVIDER, transfer.reference, BANK_PROVIDER)
        late = receive(work, [receipt], now)
        resume_from_balance(work, late, now)
        work.audit(
            "payment.transfer",
            "invoice",
            invoice.id,
            customer_id=owner,
            now=now,
            details={"reference": transfer.reference, "minor": transfer.money.minor},
        )
        return True
