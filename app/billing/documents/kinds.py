"""The kinds of documents and of their files."""

from __future__ import annotations

from enum import StrEnum


class DocumentKind(StrEnum):
    """Kinds of documents, by the field's own names."""

    INVOICE = "invoice"
    """Счёт на оплату."""
    RECEIPT = "receipt"
    """Квитанция: money came, or went back."""
    ADVANCE_INVOICE = "advance_invoice"
    """Счёт-фактура на аванс (п. 3 ст. 168 НК)."""
    VAT_INVOICE = "vat_invoice"
    """Счёт-фактура for service given."""
    ACT = "act"
    """Акт: service was given."""
    TRANSFER = "transfer"
    """УПД: status 1 is a счёт-фактура and an act in one, status 2 an act."""
    VAT_ADJUSTMENT = "vat_adjustment"
    """Корректировочный счёт-фактура: the price of service given has changed."""
    TRANSFER_ADJUSTMENT = "transfer_adjustment"
    """УКД: the same for a УПД or an act."""
    RECONCILIATION = "reconciliation"
    """Акт сверки."""


class FileFormat(StrEnum):
    """What a document is kept as."""

    PDF = "pdf"
    XML = "xml"
    """For electronic document exchange, in the tax service's format 5.03."""


class OriginalState(StrEnum):
    """What became of the signed original; finance keeps it by hand (J5)."""

    NONE = "none"
    SENT_BY_EXCHANGE = "sent_by_exchange"
    SIGNED = "signed"
    ON_PAPER = "on_paper"


class DocumentStatus(StrEnum):
    """Whether the files exist yet."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


class ServicePaper(StrEnum):
    """What a Russian business gets for a service month."""

    TRANSFER = "transfer"
    """УПД."""
    INVOICE_AND_ACT = "invoice_and_act"
    """Счёт-фактура and акт; an акт alone when there is no VAT."""
