"""Bank statements, their lines, and what became of each (H4)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.billing.bank_matching import Finding
from app.billing.bank_statement import Direction, StatementLine
from app.billing.money import Money
from app.models.base import Base, CurrencyCode, Identifier, Instant, Minor, enumeration
from app.models.invoice import Invoice
from app.models.payment import Payment
from app.models.refund import Refund
from app.models.seller import Seller


class BankLineState(StrEnum):
    """What became of a line."""

    UNMATCHED = "unmatched"
    """Waits for a person."""
    MATCHED = "matched"
    """Its money is booked."""
    SETTLED_REFUND = "settled_refund"
    """A refund has left with it."""
    IGNORED = "ignored"
    """It is not ours to book."""


class BankStatement(Base):
    """One statement of one account as a file told it. Its lines are those that no earlier one had."""

    __tablename__ = "bank_statement"
    __table_args__ = (
        UniqueConstraint("seller_id", "file_sha256", "position"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("line_count >= 0 AND in_minor >= 0 AND out_minor >= 0", name="sums_not_negative"),
        CheckConstraint("position > 0", name="position_positive"),
        CheckConstraint("turnover_in_minor = in_minor", name="turnover_in_agrees"),
        CheckConstraint("turnover_out_minor = out_minor", name="turnover_out_agrees"),
        CheckConstraint("file_sha256 ~ '^[0-9a-f]{64}$'", name="file_sha256_form"),
    )

    id: Mapped[Identifier]
    seller_id: Mapped[int] = mapped_column(ForeignKey("seller.id"))
    account: Mapped[str] = mapped_column(String(64))
    currency: Mapped[CurrencyCode]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    opening_minor: Mapped[Minor | None]
    closing_minor: Mapped[Minor | None]
    turnover_in_minor: Mapped[Minor | None]
    turnover_out_minor: Mapped[Minor | None]
    line_count: Mapped[int]
    """Of the file, lines that were known already included; so are the two sums."""
    in_minor: Mapped[Minor]
    out_minor: Mapped[Minor]
    filename: Mapped[str] = mapped_column(String(255))
    file_sha256: Mapped[str] = mapped_column(String(64))
    position: Mapped[int]
    """Which statement of its file."""
    imported_at: Mapped[Instant]
    imported_by: Mapped[str] = mapped_column(String(100))
    completed_at: Mapped[Instant | None]
    """When the last line was stored; NULL while an import runs, or when it broke off."""

    seller: Mapped[Seller] = relationship()
    lines: Mapped[list[BankLine]] = relationship(back_populates="statement", order_by="BankLine.position")

    def money(self, minor: int | None) -> Money | None:
        """An amount of the statement, in its currency."""
        return None if minor is None else Money(minor, self.currency)

    def __str__(self) -> str:
        """The file, as lists show it."""
        return self.filename


class BankLine(Base):
    """One line of an account, stored once whatever files tell of it."""

    __tablename__ = "bank_line"
    __table_args__ = (
        UniqueConstraint("seller_id", "account", "fingerprint"),
        Index("ix_bank_line_refund", "refund_id"),
        Index("ix_bank_line_statement", "statement_id", "position"),
        Index("ix_bank_line_queue", "id", postgresql_where=text("state = 'unmatched'")),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("(state = 'unmatched') = (decided_at IS NULL)", name="decided_with_state"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decided_whole"),
        CheckConstraint("(state = 'settled_refund') = (refund_id IS NOT NULL)", name="refund_with_state"),
        CheckConstraint("state <> 'matched' OR direction = 'in'", name="money_comes_in"),
        CheckConstraint("state <> 'settled_refund' OR direction = 'out'", name="refund_goes_out"),
        CheckConstraint("state <> 'ignored' OR reason IS NOT NULL", name="ignored_with_reason"),
    )

    id: Mapped[Identifier]
    statement_id: Mapped[int] = mapped_column(ForeignKey("bank_statement.id"))
    seller_id: Mapped[int] = mapped_column(ForeignKey("seller.id"))
    account: Mapped[str] = mapped_column(String(64))
    fingerprint: Mapped[str] = mapped_column(String(64))
    position: Mapped[int]
    booked_on: Mapped[date]
    direction: Mapped[Direction] = mapped_column(enumeration(Direction, "direction"))
    currency: Mapped[CurrencyCode]
    amount_minor: Mapped[Minor]
    reference: Mapped[str] = mapped_column(String(140))
    """The bank's number of the document; not unique."""
    purpose: Mapped[str] = mapped_column(Text)
    party_name: Mapped[str] = mapped_column(Text)
    party_inn: Mapped[str | None] = mapped_column(String(12))
    party_account: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[BankLineState] = mapped_column(enumeration(BankLineState, "bank_line_state"))
    finding: Mapped[Finding] = mapped_column(enumeration(Finding, "bank_finding"))
    """What the rules said of it when it came."""
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refund.id"))
    decided_by: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[Instant | None]
    reason: Mapped[str | None] = mapped_column(String(500))

    statement: Mapped[BankStatement] = relationship(back_populates="lines")
    refund: Mapped[Refund | None] = relationship()
    shares: Mapped[list[BankLineShare]] = relationship(order_by="BankLineShare.invoice_id")

    @property
    def amount(self) -> Money:
        """The money of the line."""
        return Money(self.amount_minor, self.currency)

    def told(self) -> StatementLine:
        """The line as its file told it."""
        return StatementLine(
            position=self.position,
            fingerprint=self.fingerprint,
            booked_on=self.booked_on,
            direction=self.direction,
            amount=self.amount,
            reference=self.reference,
            purpose=self.purpose,
            party_name=self.party_name,
            party_inn=self.party_inn,
            party_account=self.party_account,
        )


class BankLineShare(Base):
    """The part of a matched line that went to one invoice, and the payment that it became."""

    __tablename__ = "bank_line_share"
    __table_args__ = (
        UniqueConstraint("payment_id"),
        Index("ix_bank_line_share_invoice", "invoice_id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
    )

    line_id: Mapped[int] = mapped_column(ForeignKey("bank_line.id"), primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    amount_minor: Mapped[Minor]

    invoice: Mapped[Invoice] = relationship()
    payment: Mapped[Payment] = relationship()
