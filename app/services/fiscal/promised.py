"""A receipt that is promised: its row, and the job that tells the register of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

from app.billing.fiscal import FiscalReceipt, FiscalRegister, TaxSystem
from app.billing.fiscal_rules import FiscalTerms, tax_system
from app.billing.fiscal_snapshot import receipt_snapshot
from app.billing.tax import regime_on
from app.models import FiscalReceiptKind, FiscalReceiptRow, FiscalReceiptState, Payer
from app.services.unit_of_work import Transactions, UnitOfWork


@dataclass(frozen=True, slots=True)
class Fiscalisation:
    """What making receipts needs."""

    transactions: Transactions
    register: FiscalRegister
    site: str
    """Where settlements are made: the address of the shop."""
    simplified: TaxSystem
    """Which of the simplified systems the seller is under, when under one."""
    since: date
    """The first day whose settlements get receipts from this register."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a receipt is of."""

    kind: FiscalReceiptKind
    seller_id: int
    payer: Payer
    settled_on: date
    due_on: date
    payment_id: int | None = None
    refund_id: int | None = None


def write_receipt(work: UnitOfWork, of: Occasion, receipt: FiscalReceipt, now: datetime) -> int:
    """Write down that this receipt is due and promise that the register is told of it; its id."""
    (receipt_id,) = work.take_ids(FiscalReceiptRow, 1)
    work.write(
        FiscalReceiptRow,
        id=receipt_id,
        external_id=uuid4(),
        seller_id=of.seller_id,
        customer_id=of.payer.customer_id,
        payer_id=of.payer.id,
        kind=of.kind,
        payment_id=of.payment_id,
        refund_id=of.refund_id,
        currency=receipt.total.currency,
        total_minor=receipt.total.minor,
        settled_on=of.settled_on,
        due_on=of.due_on,
        snapshot=receipt_snapshot(receipt),
        state=FiscalReceiptState.PROMISED,
        created_at=now,
    )
    work.record_status("fiscal_receipt", receipt_id, None, FiscalReceiptState.PROMISED, "receipt due", now)
    promise_registering(work, receipt_id, of.payer.customer_id)
    return receipt_id


def promise_registering(work: UnitOfWork, receipt_id: int, customer_id: int) -> None:
    """Promise that a worker tells the register of a receipt."""
    work.promise_job("fiscal.register", customer_id=customer_id, receipt_id=receipt_id)


def terms_of(fiscal: Fiscalisation, work: UnitOfWork, seller_id: int, payer: Payer, day: date) -> FiscalTerms:
    """Who settles with whom on a day."""
    seller = work.sellers.get(seller_id)
    return FiscalTerms(
        tax_system=tax_system(regime_on(seller.dated_tax_regimes(), day), fiscal.simplified),
        seller_inn=seller.inn,
        seller_email=seller.email,
        site=fiscal.site,
        buyer_email=work.customers.get(payer.customer_id).email,
    )
