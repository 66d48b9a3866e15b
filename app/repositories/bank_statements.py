"""Bank statements, their lines, and the invoices and refunds that a line may mean (H4)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from app.billing.bank_matching import AwaitedRefund, InvoiceFacts
from app.billing.bank_purpose import Mention
from app.billing.invoice import INVOICE_SERIES, InvoiceStatus
from app.billing.money import Money
from app.billing.payment import UNSETTLED
from app.billing.refunds import RefundStatus
from app.models import (
    BANK_PROVIDER,
    BankLine,
    BankLineShare,
    BankLineState,
    BankStatement,
    Invoice,
    Payer,
    Payment,
    PaymentAttempt,
    Refund,
    Seller,
    SellerBankAccount,
)
from app.repositories.base import Repository, one_of
from app.repositories.ledger import LedgerRepository

MOST_CANDIDATES = 20
"""Of each kind: what may be meant by the payer's ИНН or by the sum alone, the newest."""


@dataclass(frozen=True, slots=True)
class StateTotal:
    """The lines of a statement in one state and direction."""

    state: BankLineState
    direction: str
    count: int
    minor: int


class BankStatementRepository(Repository[BankStatement]):
    """Statements."""

    model = BankStatement

    def seller_of(self, account: str, currency: str) -> Seller | None:
        """The seller whose account it is: the one on documents, or a further one in this currency."""
        is_further = exists().where(
            SellerBankAccount.seller_id == Seller.id,
            SellerBankAccount.account == account,
            SellerBankAccount.currency == currency,
        )
        return self.session.scalar(select(Seller).where(or_(Seller.bank_account == account, is_further)))

    def accounts_of(self, seller_id: int) -> frozenset[str]:
        """All accounts of the seller."""
        main = select(Seller.bank_account).where(Seller.id == seller_id)
        further = select(SellerBankAccount.account).where(SellerBankAccount.seller_id == seller_id)
        return frozenset(self.session.scalars(union_all(main, further)))

    def keep(self, values: dict[str, Any]) -> int:
        """Store a statement of a file once; its id, also when it is stored already."""
        statement = insert(BankStatement).values(**values)
        unique = [BankStatement.seller_id, BankStatement.file_sha256, BankStatement.position]
        self.session.execute(statement.on_conflict_do_nothing(index_elements=unique))
        return self.session.scalars(
            select(BankStatement.id).where(
                BankStatement.seller_id == values["seller_id"],
                BankStatement.file_sha256 == values["file_sha256"],
                BankStatement.position == values["position"],
            )
        ).one()

    def totals(self, statement_id: int) -> Sequence[StateTotal]:
        """What became of the statement's own lines, by state and direction."""
        rows = self.session.execute(
            select(BankLine.state, BankLine.direction, func.count(), func.sum(BankLine.amount_minor))
            .where(BankLine.statement_id == statement_id)
            .group_by(BankLine.state, BankLine.direction)
            .order_by(BankLine.state, BankLine.direction)
        )
        return [StateTotal(state, direction, count, int(minor)) for state, direction, count, minor in rows]


class BankLineRepository(Repository[BankLine]):
    """Lines. Whoever decides about one locks it before its customer and invoices."""

    model = BankLine

    def keep(self, values: dict[str, Any]) -> int | None:
        """Store a line once; None when any statement of the account had it. Waits for one that is at it."""
        statement = insert(BankLine).values(**values)
        unique = [BankLine.seller_id, BankLine.account, BankLine.fingerprint]
        return self.session.scalar(
            statement.on_conflict_do_nothing(index_elements=unique).returning(BankLine.id)
        )

    def known(self, seller_id: int, account: str, fingerprints: Collection[str]) -> frozenset[str]:
        """Those of the fingerprints whose lines are stored already."""
        query = select(BankLine.fingerprint).where(
            BankLine.seller_id == seller_id,
            BankLine.account == account,
            one_of(BankLine.fingerprint, fingerprints),
        )
        return frozenset(self.session.scalars(query))

    def waiting(self, limit: int) -> Sequence[BankLine]:
        """Lines that wait for a person, the oldest first."""
        return self.session.scalars(
            select(BankLine)
            .where(BankLine.state == BankLineState.UNMATCHED)
            .order_by(BankLine.booked_on, BankLine.id)
            .limit(limit)
        ).all()

    def by_number(self, seller_id: int, mentions: Collection[Mention]) -> Sequence[InvoiceFacts]:
        """Invoices of these numbers; of every year where a mention tells none."""
        if not mentions:
            return []
        named = [_is_named(mention) for mention in mentions]
        return self._newest(_invoices(seller_id).where(or_(*named)))

    def by_payer(self, seller_id: int, inn: str | None) -> Sequence[InvoiceFacts]:
        """Open invoices to a payer with this ИНН."""
        if inn is None:
            return []
        return self._newest(
            _invoices(seller_id).where(Invoice.status == InvoiceStatus.OPEN, Payer.inn == inn)
        )

    def by_sum(self, seller_id: int, amount: Money) -> Sequence[InvoiceFacts]:
        """Open invoices that ask for exactly this sum."""
        return self._newest(
            _invoices(seller_id).where(
                Invoice.status == InvoiceStatus.OPEN,
                Invoice.currency == amount.currency,
                Invoice.total_minor - Invoice.balance_minor == amount.minor,
            )
        )

    def facts_of(self, seller_id: int, invoice_ids: Collection[int]) -> Sequence[InvoiceFacts]:
        """The invoices with these ids."""
        return self._facts(_invoices(seller_id).where(one_of(Invoice.id, invoice_ids)))

    def awaited_refunds(self, refund_ids: Collection[int]) -> Sequence[AwaitedRefund]:
        """Those of the refunds that are approved and leave by bank transfer, with what is to be sent."""
        rows = self.session.scalars(
            select(Refund)
            .join(Payment, Payment.id == Refund.payment_id)
            .where(
                one_of(Refund.id, refund_ids),
                Refund.status == RefundStatus.APPROVED,
                func.coalesce(Refund.through, Payment.provider) == BANK_PROVIDER,
            )
        ).all()
        ledger = LedgerRepository(self.session)
        return [AwaitedRefund(row.id, Money(ledger.refund_payable(row.id), row.currency)) for row in rows]

    def source_of(self, payment_id: int) -> BankLine | None:
        """The line that a payment came with."""
        return self.session.scalar(select(BankLine).where(BankLine.shares.any(payment_id=payment_id)))

    def entered_by_hand(self, invoice_id: int, amount: Money) -> Payment | None:
        """A bank transfer of this sum for the invoice that no line of a statement stands for yet."""
        return self.session.scalar(
            select(Payment)
            .where(
                Payment.invoice_id == invoice_id,
                Payment.provider == BANK_PROVIDER,
                Payment.currency == amount.currency,
                Payment.amount_minor == amount.minor,
                ~exists().where(BankLineShare.payment_id == Payment.id),
            )
            .order_by(Payment.id)
            .limit(1)
        )

    def payment_ids(self, references: Collection[str]) -> dict[str, int]:
        """Payments by bank transfer, by their references."""
        rows = self.session.execute(
            select(Payment.provider_reference, Payment.id).where(
                Payment.provider == BANK_PROVIDER, one_of(Payment.provider_reference, references)
            )
        )
        return {row.provider_reference: row.id for row in rows}

    def _newest(self, query: Select[Any]) -> Sequence[InvoiceFacts]:
        return self._facts(query.order_by(Invoice.id.desc()).limit(MOST_CANDIDATES))

    def _facts(self, query: Select[Any]) -> Sequence[InvoiceFacts]:
        return [_as_facts(*row) for row in self.session.execute(query)]


def _invoices(seller_id: int) -> Select[Any]:
    """Invoice columns and what matching asks of an invoice beside them."""
    later = aliased(Invoice)
    charged = exists().where(PaymentAttempt.invoice_id == Invoice.id, PaymentAttempt.state.in_(UNSETTLED))
    columns = (
        Invoice.id, Invoice.customer_id, Invoice.number, Invoice.year, Invoice.issued_on, Invoice.status,
        Invoice.total_minor - Invoice.balance_minor, Invoice.currency, Payer.inn, charged,
        exists().where(later.replaces_id == Invoice.id),
    )  # fmt: skip
    return (
        select(*columns)
        .join(Payer, Payer.id == Invoice.payer_id)
        .where(Invoice.seller_id == seller_id, Invoice.series == INVOICE_SERIES)
    )


def _as_facts(
    invoice_id: int, customer_id: int, number: int, year: int, issued_on: Any, status: InvoiceStatus,
    due_minor: int, currency: str, inn: str | None, charged: bool, replaced: bool,
) -> InvoiceFacts:  # fmt: skip
    due = Money(due_minor, currency)
    return InvoiceFacts(invoice_id, customer_id, number, year, issued_on, status, due, inn, charged, replaced)


def _is_named(mention: Mention) -> ColumnElement[bool]:
    number = Invoice.number == mention.number
    return number if mention.year is None else and_(number, Invoice.year == mention.year)
