"""Mails about documents that can be downloaded (J5, M1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from app.billing.documents.kinds import DocumentKind
from app.billing.mail import MailData, MailKind
from app.billing.money import Money


@dataclass(frozen=True, slots=True)
class DocumentReadyMail(MailData):
    """A document can be downloaded; sending it again uses the same mail (J5)."""

    kind: ClassVar[MailKind] = MailKind.DOCUMENT_READY
    document: DocumentKind
    number: str
    issued_on: date
    payer: str
    total: Money
    download_url: str


@dataclass(frozen=True, slots=True)
class MailedDocument:
    """One line of a list of documents; of an adjustment `total` is the change."""

    kind: DocumentKind
    number: str
    issued_on: date
    total: Money


@dataclass(frozen=True, slots=True)
class DocumentsReadyMail(MailData):
    """What one run issued to a customer, in one mail: the first few by name, and how many there are."""

    kind: ClassVar[MailKind] = MailKind.DOCUMENTS_READY
    documents: tuple[MailedDocument, ...]
    count: int
    documents_url: str
