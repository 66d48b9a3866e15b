"""VAT in the ledger for the registers: individuals taken together, advances that went back (K1, J4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Row,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from app.billing.documents.kinds import DocumentKind
from app.billing.ledger import Account, EntryKind
from app.billing.registers import ROUBLE
from app.billing.registers_ledger import GROSS_KINDS, VAT_KINDS, VatFlow
from app.models import (
    Customer,
    Document,
    Invoice,
    InvoiceLine,
    LedgerEntry,
    Payer,
    Refund,
    ServiceMonth,
)
from app.repositories.ledger import Books
from app.repositories.registers import BATCH, Stretch, is_russian_individual

SELLER_ZONE = "Europe/Moscow"
SERVICE_FLOWS = (VatFlow.SERVICE, VatFlow.PRICE_LOWERED)
ALL_KINDS = {**VAT_KINDS, **GROSS_KINDS}


class RegisterLedgerRepository:
    """Sums of entries in roubles: VAT is owed in no other currency."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def individuals(self, stretch: Stretch) -> Sequence[Row[Any]]:
        """Every flow of Russian individuals by its days and rate: `flow`, `on`, `paid_on` (the day of an
        advance's money), `rate` (of service), `gross` and `vat`.
        """
        entry = LedgerEntry
        flow = flow_of(ALL_KINDS)
        of_service = flow.in_(SERVICE_FLOWS)
        paid_on = cast(func.timezone(SELLER_ZONE, Invoice.paid_at), Date)
        rate_of_invoice = (
            select(func.max(InvoiceLine.vat_rate))
            .where(InvoiceLine.invoice_id == Invoice.id)
            .scalar_subquery()
        )
        rate = case((entry.service_month_id.is_not(None), ServiceMonth.vat_rate), else_=rate_of_invoice)
        rows = (
            select(
                flow.label("flow"),
                entry.booked_on.label("on"),
                case((of_service, null()), else_=paid_on).label("paid_on"),
                case((of_service, rate), else_=null()).label("rate"),
                only(entry.kind.in_(GROSS_KINDS)).label("gross"),
                only(entry.kind.in_(VAT_KINDS)).label("vat"),
            )
            .join(Invoice, Invoice.id == entry.invoice_id)
            .join(Payer, Payer.id == Invoice.payer_id)
            .outerjoin(ServiceMonth, ServiceMonth.id == entry.service_month_id)
            .where(*entries_of(stretch), is_russian_individual())
            .subquery()
        )
        keys = (rows.c.flow, rows.c.on, rows.c.paid_on, rows.c.rate)
        query = select(*keys, summed(rows.c.gross).label("gross"), summed(rows.c.vat).label("vat"))
        return self.session.execute(query.group_by(*keys).order_by(*keys)).all()

    def advances_returned(self, stretch: Stretch) -> Sequence[Row[Any]]:
        """Advances of others that went back: `on`, the advance's счёт-фактура (NULL where there is none), the
        buyer's payer, the refund's `reference` and `sent_at`, `gross_minor` and `vat_minor`.
        """
        entry, advance = LedgerEntry, aliased(Document)
        keys = (entry.booked_on, entry.invoice_id, entry.refund_id)
        moved = (
            select(
                *keys,
                summed(only(entry.kind.in_(GROSS_KINDS))).label("gross_minor"),
                summed(only(entry.kind.in_(VAT_KINDS))).label("vat_minor"),
            )
            .where(*entries_of(stretch), flow_of(ALL_KINDS) == VatFlow.ADVANCE_RETURNED)
            .group_by(*keys)
            .subquery()
        )
        return self.session.execute(
            select(
                moved.c.booked_on.label("on"),
                moved.c.gross_minor,
                moved.c.vat_minor,
                advance.number,
                advance.issued_on,
                Payer.name.label("buyer_name"),
                Payer.inn.label("buyer_inn"),
                Payer.kpp.label("buyer_kpp"),
                Refund.provider_reference.label("reference"),
                Refund.sent_at,
                moved.c.invoice_id,
            )
            .join(Invoice, Invoice.id == moved.c.invoice_id)
            .join(Payer, Payer.id == Invoice.payer_id)
            .outerjoin(Refund, Refund.id == moved.c.refund_id)
            .outerjoin(advance, is_advance_of(advance, moved.c.invoice_id))
            .where(moved.c.vat_minor > 0, ~is_russian_individual())
            .order_by(moved.c.booked_on, moved.c.invoice_id)
        ).all()

    def vat_by_flow(self, stretch: Stretch) -> Sequence[Row[Any]]:
        """VAT of every flow: `flow`, `individual`, `vat`."""
        flow, individual = flow_of(VAT_KINDS).label("flow"), is_russian_individual().label("individual")
        return self.session.execute(
            select(flow, individual, summed(LedgerEntry.amount_minor).label("vat"))
            .join(Invoice, Invoice.id == LedgerEntry.invoice_id)
            .join(Payer, Payer.id == Invoice.payer_id)
            .where(*entries_of(stretch), LedgerEntry.kind.in_(VAT_KINDS))
            .group_by(flow, individual)
        ).all()

    def vat_turnover(self, stretch: Stretch) -> Row[Any]:
        """The turnover of the account of VAT owed: `debit` and `credit`."""
        entry = LedgerEntry
        return self.session.execute(
            select(
                summed(only(entry.debit == Account.VAT_PAYABLE)).label("debit"),
                summed(only(entry.credit == Account.VAT_PAYABLE)).label("credit"),
            ).where(
                entry.seller_id == stretch.seller_id,
                entry.currency == ROUBLE,
                entry.booked_on.between(stretch.first, stretch.last),
            )
        ).one()

    def balances(self, books: Books, day: date) -> Iterator[Row[Any]]:
        """Of every customer who owes or has something after the day: `customer_id`, `email`, `receivable`,
        `advances`, `balance`, `refunds_payable`, all above or at zero. Streamed.
        """
        entry = LedgerEntry
        sums = {
            "receivable": _balance(Account.RECEIVABLE),
            "advances": -_balance(Account.ADVANCES),
            "balance": -_balance(Account.CUSTOMER_BALANCE),
            "refunds_payable": -_balance(Account.REFUNDS_PAYABLE),
        }
        query = (
            select(entry.customer_id, Customer.email, *(sums[name].label(name) for name in sums))
            .join(Customer, Customer.id == entry.customer_id)
            .where(*books.conditions(), entry.booked_on <= day)
            .group_by(entry.customer_id, Customer.email)
            .having(or_(*(each != 0 for each in sums.values())))
            .order_by(entry.customer_id)
        )
        return iter(
            self.session.execute(query, execution_options={"stream_results": True, "yield_per": BATCH})
        )


def _balance(account: Account) -> ColumnElement[int]:
    """Debit less credit of an account."""
    amount = LedgerEntry.amount_minor
    return summed(
        case((LedgerEntry.debit == account, amount), (LedgerEntry.credit == account, -amount), else_=0)
    )


def entries_of(stretch: Stretch) -> tuple[ColumnElement[bool], ...]:
    """Entries of the flows in roubles: of advances only money that is one, not the payment of a debt."""
    entry = LedgerEntry
    is_money = entry.kind.in_((EntryKind.MONEY_RECEIVED, EntryKind.BALANCE_USED))
    return (
        entry.seller_id == stretch.seller_id,
        entry.currency == ROUBLE,
        entry.booked_on.between(stretch.first, stretch.last),
        entry.kind.in_(ALL_KINDS),
        or_(~is_money, entry.credit == Account.ADVANCES),
    )


def flow_of(kinds: Mapping[EntryKind, VatFlow]) -> ColumnElement[str]:
    """The flow of an entry, NULL for other kinds."""
    whens: Iterable[tuple[ColumnElement[bool], ColumnElement[str]]] = (
        (LedgerEntry.kind == kind, literal(flow.value, String)) for kind, flow in kinds.items()
    )
    return case(*whens, else_=null())


def only(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """The amount of an entry where the condition holds, else nothing."""
    return case((condition, LedgerEntry.amount_minor), else_=0)


def summed(amount: Any) -> ColumnElement[int]:
    """The sum as an integer; nothing where there is nothing to sum."""
    return cast(func.coalesce(func.sum(amount), 0), BigInteger)


def is_advance_of(advance: Any, invoice_id: Any) -> ColumnElement[bool]:
    """Whether this document is the счёт-фактура of the invoice's advance, as first issued."""
    return and_(
        advance.invoice_id == invoice_id,
        advance.kind == DocumentKind.ADVANCE_INVOICE,
        advance.correction == 0,
    )
