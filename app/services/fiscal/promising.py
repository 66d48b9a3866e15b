"""Fiscal receipts are promised for every settlement that needs one (54-ФЗ).

They are found by what is missing, not where money moves: being off for days or running twice loses and
doubles nothing, and a register that is away holds up no payment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from app.billing.actors import Actor
from app.billing.fiscal_rules import (
    TO_BALANCE,
    PricedService,
    ReturnedParts,
    due_after_money,
    due_after_service,
    payment_receipt,
    refund_receipt,
    service_receipt,
)
from app.billing.invoice import InvoicePurpose
from app.billing.money import Money
from app.billing.periods import local_date, start_of_local_day
from app.billing.tax import tax_treatment
from app.models import (
    FiscalReceiptKind,
    FiscalReceiptMonth,
    Invoice,
    InvoiceLine,
    Payer,
    Payment,
    Refund,
    ServiceMonth,
)
from app.services.bulk import BulkResult, in_chunks
from app.services.fiscal.promised import Fiscalisation, Occasion, terms_of, write_receipt
from app.services.unit_of_work import UnitOfWork

ACTOR = Actor.system("fiscal")
LOOK_BACK = timedelta(days=92)
"""Settlements older than this get no receipt any more: the law gave them a day, or ten after a month."""
PAYMENT, SERVICE, REFUND = FiscalReceiptKind


def promise_receipts(fiscal: Fiscalisation, *, now: datetime) -> BulkResult:
    """Promise a receipt for all money of individuals that came or went back and has none yet.

    What can't have one (`fiscal:…`) goes to staff and is looked at again the next time.
    """
    since = start_of_local_day(max(fiscal.since, local_date(now) - LOOK_BACK))
    with fiscal.transactions.reading() as repositories:
        payments = repositories.fiscal_receipts.payments_without(since)
        refunds = repositories.fiscal_receipts.refunds_without(since)
    came = _promise(fiscal, payments, _promise_payments, "payment", now)
    went = _promise(fiscal, refunds, _promise_refunds, "refund", now)
    return BulkResult(came.handled + went.handled, [*came.parked, *went.parked])


def promise_offsets(fiscal: Fiscalisation, *, now: datetime) -> BulkResult:
    """Promise a receipt of the prepaid service that was given in the calendar months before this one, one
    for each payer and month. `handled` are payers.
    """
    since, before = _days_of_offsets(fiscal, now)
    with fiscal.transactions.reading() as repositories:
        payers = repositories.fiscal_receipts.payers_with_offsets(since, before)
    return _promise(fiscal, payers, _promise_offsets, "payer", now)


def _promise(
    fiscal: Fiscalisation,
    identities: Sequence[int],
    promise: Callable[[Fiscalisation, UnitOfWork, Sequence[int], datetime], None],
    kind: str,
    now: datetime,
) -> BulkResult:
    def handle(chunk: Sequence[int]) -> None:
        with fiscal.transactions.begin(ACTOR) as work:
            work.fiscal_receipts.lock_promising()
            promise(fiscal, work, chunk, now)

    def park(identity: int, code: str) -> None:
        with fiscal.transactions.begin(ACTOR) as work:
            work.ask_staff(f"fiscal:{code}"[:64], kind, identity, None, now)

    return in_chunks(identities, handle, park)


def _promise_payments(fiscal: Fiscalisation, work: UnitOfWork, ids: Sequence[int], now: datetime) -> None:
    rows = work.fiscal_receipts.payments(ids)
    lines = _lines_by_invoice(work, [invoice.id for _, invoice, _ in rows])
    for payment, invoice, payer in rows:
        day = local_date(payment.received_at)
        rate, postpaid = _rate(work, invoice.seller_id, payer, day), invoice.purpose is InvoicePurpose.USAGE
        receipt = payment_receipt(
            terms_of(fiscal, work, invoice.seller_id, payer, day),
            [_priced(line, line.vat_rate if postpaid else rate) for line in lines.get(invoice.id, ())],
            payment.amount - payment.unallocated,
            payment.unallocated,
            rate=rate,
            postpaid=postpaid,
        )
        of = Occasion(PAYMENT, invoice.seller_id, payer, day, due_after_money(day), payment.id)
        write_receipt(work, of, receipt, now)


def _promise_refunds(fiscal: Fiscalisation, work: UnitOfWork, ids: Sequence[int], now: datetime) -> None:
    for refund, payment, invoice, payer in work.fiscal_receipts.refunds(ids):
        assert refund.sent_at is not None, "only what was sent is asked for"
        day = local_date(refund.sent_at)
        parts = _given_back(work, refund, payment, invoice, payer)
        receipt = refund_receipt(
            terms_of(fiscal, work, refund.seller_id, payer, day), parts, refund.to_method
        )
        of = Occasion(REFUND, refund.seller_id, payer, day, due_after_money(day), payment.id, refund.id)
        write_receipt(work, of, receipt, now)


def _given_back(
    work: UnitOfWork, refund: Refund, payment: Payment, invoice: Invoice, payer: Payer
) -> ReturnedParts:
    """The prepayment, at the rate of the day of the money, and the given months, each at its own."""
    names = {line.id: line.description for line in work.fiscal_receipts.lines([payment.invoice_id])}
    name = names.get(refund.invoice_line_id or 0, TO_BALANCE)
    rate = _rate(work, refund.seller_id, payer, local_date(payment.received_at))
    given = [
        PricedService(name, Money(amount, refund.currency), month.vat_rate)
        for month, amount in work.fiscal_receipts.lowered(refund.id)
    ]
    advance = refund.amount_minor - refund.prepaid_minor - refund.service_minor
    return ReturnedParts(
        unused=PricedService(name, Money(refund.prepaid_minor, refund.currency), rate),
        given=tuple(given),
        advance=Money(advance, refund.currency),
        partly_prepaid=bool(invoice.balance_minor),
    )


def _promise_offsets(fiscal: Fiscalisation, work: UnitOfWork, ids: Sequence[int], now: datetime) -> None:
    rows = work.fiscal_receipts.offsets(ids, *_days_of_offsets(fiscal, now))
    for _, found in groupby(rows, key=_payer_and_month):
        of_month = list(found)
        last, payer = of_month[-1][0], of_month[-1][1]
        receipt = service_receipt(
            terms_of(fiscal, work, last.seller_id, payer, last.last_day),
            [
                PricedService(text, Money(gross, each.currency), each.vat_rate)
                for each, _, gross, text in of_month
            ],
        )
        of = Occasion(SERVICE, last.seller_id, payer, last.last_day, due_after_service(last.last_day))
        receipt_id = write_receipt(work, of, receipt, now)
        for month, *_ in of_month:
            work.write(FiscalReceiptMonth, service_month_id=month.id, receipt_id=receipt_id)


def _payer_and_month(row: tuple[ServiceMonth, Payer, int, str]) -> tuple[int, int, int, int]:
    month = row[0]
    return month.payer_id, month.seller_id, month.last_day.year, month.last_day.month


def _days_of_offsets(fiscal: Fiscalisation, now: datetime) -> tuple[date, date]:
    """From which day to before which one service is looked at: whole calendar months that are over."""
    today = local_date(now)
    return max(fiscal.since, today - LOOK_BACK), today.replace(day=1)


def _lines_by_invoice(work: UnitOfWork, invoice_ids: Sequence[int]) -> dict[int, list[InvoiceLine]]:
    lines = work.fiscal_receipts.lines(invoice_ids)
    return {key: list(found) for key, found in groupby(lines, key=lambda line: line.invoice_id)}


def _priced(line: InvoiceLine, rate: int | None) -> PricedService:
    return PricedService(line.description, line.total, rate)


def _rate(work: UnitOfWork, seller_id: int, payer: Payer, day: date) -> int | None:
    return tax_treatment(work.sellers.get(seller_id).dated_tax_regimes(), day, payer.country).rate
