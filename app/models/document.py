"""Documents: a snapshot of everything printed, and the file made from it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, Identifier, Instant, enumeration
from app.models.customer import Customer
from app.models.invoice import Invoice


class DocumentKind(StrEnum):
    """Kinds of documents."""

    INVOICE = "invoice"


class DocumentStatus(StrEnum):
    """Whether the file exists yet."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


class Document(Base):
    """An issued document: the snapshot never changes (a trigger refuses it), the file is made from it."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("kind", "invoice_id"),
        Index("ix_document_customer", "customer_id", "id"),
        CheckConstraint("(status = 'ready') = (file_key IS NOT NULL)", name="file_with_status"),
    )

    id: Mapped[Identifier]
    seller_id: Mapped[int] = mapped_column(ForeignKey("seller.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    kind: Mapped[DocumentKind] = mapped_column(enumeration(DocumentKind, "kind"))
    number: Mapped[str] = mapped_column(String(64))
    issued_on: Mapped[date]
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSONB)
    status: Mapped[DocumentStatus] = mapped_column(enumeration(DocumentStatus, "status"))
    file_key: Mapped[str | None] = mapped_column(String(200))
    sha256: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int | None] = mapped_column(BigInteger)
    failure_code: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[Instant]
    rendered_at: Mapped[Instant | None]

    customer: Mapped[Customer] = relationship()
    invoice: Mapped[Invoice] = relationship()
