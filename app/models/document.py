"""Documents: a snapshot of everything printed, what it is about, and the files made from it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.billing.documents.kinds import DocumentKind, DocumentStatus, FileFormat, OriginalState
from app.billing.money import Money
from app.models.base import Base, CurrencyCode, Identifier, Instant, Minor, enumeration
from app.models.customer import Customer, Payer
from app.models.invoice import Invoice

FIRST_OF_INVOICE = "kind IN ('invoice', 'advance_invoice') AND correction = 0"
SERVICE_KINDS = "kind IN ('vat_invoice', 'act', 'transfer')"


class Document(Base):
    """An issued document: what it says never changes (a trigger refuses it), the files are made from it."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("seller_id", "series", "year", "ordinal", "correction"),
        Index(
            "uq_document_invoice", "kind", "invoice_id", unique=True, postgresql_where=text(FIRST_OF_INVOICE)
        ),
        Index(
            "uq_document_payment",
            "payment_id",
            unique=True,
            postgresql_where=text("kind = 'receipt' AND payment_id IS NOT NULL AND refund_id IS NULL"),
        ),
        Index(
            "uq_document_refund",
            "kind",
            "refund_id",
            "adjusts_id",
            unique=True,
            postgresql_where=text("refund_id IS NOT NULL AND correction = 0"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_document_customer", "customer_id", "id"),
        Index("ix_document_issued", "seller_id", "issued_on", "id"),
        Index("ix_document_taxed", "seller_id", text("coalesce(supplied_on, issued_on)"), "id"),
        Index("ix_document_corrects", "corrects_id", postgresql_where=text("corrects_id IS NOT NULL")),
        Index("ix_document_corrected", "seller_id", "corrected_on", postgresql_where=text("correction > 0")),
        Index("ix_document_pending", "id", postgresql_where=text("status <> 'ready'")),
        CheckConstraint("ordinal > 0", name="ordinal_positive"),
        CheckConstraint("correction >= 0", name="correction_not_negative"),
        CheckConstraint("(correction > 0) = (corrects_id IS NOT NULL)", name="correction_of_something"),
        CheckConstraint("(status = 'ready') = (rendered_at IS NOT NULL)", name="rendered_at_with_status"),
        CheckConstraint("(rouble_minor IS NULL) = (rouble_vat_minor IS NULL)", name="rouble_value_whole"),
        CheckConstraint(
            "kind NOT IN ('invoice', 'advance_invoice') OR invoice_id IS NOT NULL", name="of_an_invoice"
        ),
    )

    id: Mapped[Identifier]
    seller_id: Mapped[int] = mapped_column(ForeignKey("seller.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    payer_id: Mapped[int] = mapped_column(ForeignKey("payer.id"), index=True)
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"), index=True)
    """What a счёт, an advance счёт-фактура or a receipt is of; a УПД may cover lines of several."""
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refund.id"))
    kind: Mapped[DocumentKind] = mapped_column(enumeration(DocumentKind, "kind"))
    series: Mapped[str] = mapped_column(String(16))
    year: Mapped[int]
    ordinal: Mapped[int] = mapped_column(BigInteger)
    """The number within series and year: no gap, no double."""
    number: Mapped[str] = mapped_column(String(64))
    """The number as it is printed."""
    correction: Mapped[int] = mapped_column(default=0)
    """0, or the number of the исправление; number and date are those of the corrected document."""
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    """The document that was wrong."""
    corrected_on: Mapped[date | None]
    """The date of the исправление."""
    adjusts_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    """The document whose price a КСФ or УКД changes."""
    issued_on: Mapped[date]
    supplied_on: Mapped[date | None]
    """The day of the service, the money or the change that taxes are dated by."""
    currency: Mapped[CurrencyCode]
    total_minor: Mapped[Minor]
    """With VAT; of a КСФ or УКД the change, below zero for a decrease."""
    vat_minor: Mapped[Minor]
    rouble_minor: Mapped[int | None] = mapped_column(BigInteger)
    """Of another currency: the total in kopecks at the rate of the Bank of Russia of `supplied_on` (J4)."""
    rouble_vat_minor: Mapped[int | None] = mapped_column(BigInteger)
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSONB)
    status: Mapped[DocumentStatus] = mapped_column(enumeration(DocumentStatus, "status"))
    failure_code: Mapped[str | None] = mapped_column(String(64))
    original_state: Mapped[OriginalState] = mapped_column(
        enumeration(OriginalState, "original_state"), default=OriginalState.NONE
    )
    created_at: Mapped[Instant]
    rendered_at: Mapped[Instant | None]

    customer: Mapped[Customer] = relationship()
    payer: Mapped[Payer] = relationship()
    invoice: Mapped[Invoice | None] = relationship()
    files: Mapped[list[DocumentFile]] = relationship(order_by="DocumentFile.format")
    lines: Mapped[list[DocumentLine]] = relationship(order_by="DocumentLine.position")

    @property
    def total(self) -> Money:
        """The total with VAT."""
        return Money(self.total_minor, self.currency)

    def file(self, file_format: FileFormat) -> DocumentFile | None:
        """The file in this format, if it was made."""
        return next((each for each in self.files if each.format is file_format), None)


class DocumentLine(Base):
    """A line of a document as figures, for registers, and the wall that no service is documented twice."""

    __tablename__ = "document_line"
    __table_args__ = (
        Index(
            "uq_document_line_service_month",
            "service_month_id",
            "kind",
            "correction",
            unique=True,
            postgresql_where=text(f"service_month_id IS NOT NULL AND {SERVICE_KINDS}"),
        ),
        Index(
            "uq_document_line_usage",
            "invoice_line_id",
            "kind",
            "correction",
            unique=True,
            postgresql_where=text(f"service_month_id IS NULL AND {SERVICE_KINDS}"),
        ),
        CheckConstraint("vat_rate BETWEEN 0 AND 10000", name="vat_rate"),
    )

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[DocumentKind] = mapped_column(enumeration(DocumentKind, "kind"))
    correction: Mapped[int] = mapped_column(default=0)
    invoice_line_id: Mapped[int | None] = mapped_column(ForeignKey("invoice_line.id"))
    service_month_id: Mapped[int | None] = mapped_column(ForeignKey("service_month.id"))
    currency: Mapped[CurrencyCode]
    vat_rate: Mapped[int | None]
    """Basis points; NULL is «Без НДС»."""
    vat_minor: Mapped[Minor]
    gross_minor: Mapped[Minor]
    """With VAT; of a КСФ or УКД the change."""


class DocumentAdvance(Base):
    """Which part of an advance's счёт-фактура a document of service uses (line 5б, п. 8 ст. 171 НК)."""

    __tablename__ = "document_advance"
    __table_args__ = (
        CheckConstraint("gross_minor > 0 AND vat_minor >= 0 AND vat_minor <= gross_minor", name="amounts"),
    )

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True)
    advance_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True, index=True)
    currency: Mapped[CurrencyCode]
    gross_minor: Mapped[Minor]
    vat_minor: Mapped[Minor]


class DocumentFile(Base):
    """A file made from a snapshot; its checksum is compared at every download."""

    __tablename__ = "document_file"
    __table_args__ = (
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_form"),
        CheckConstraint("size > 0", name="size_positive"),
    )

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True)
    format: Mapped[FileFormat] = mapped_column(enumeration(FileFormat, "format"), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    """What the file is called when it is downloaded."""
    file_key: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[Instant]


class Picture(Base):
    """A stamp or a logo as it is printed: re-encoded by us, never changed, named by its content."""

    __tablename__ = "picture"
    __table_args__ = (CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_form"),)

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """PNG."""
    created_at: Mapped[Instant]
