"""Files of documents: what goes into a PDF beside its texts, and the file for electronic exchange."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from app.billing.errors import BillingError, Conflict


@dataclass(frozen=True, slots=True)
class ExchangeFile:
    """A file for electronic document exchange: `name` is ИдФайл with «.xml», `content` is windows-1251."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Enclosures:
    """What is put into a PDF: the exchange file as an attachment, pictures by their SHA-256 (hexadecimal)."""

    exchange: ExchangeFile | None = None
    pictures: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))


NOTHING_ENCLOSED = Enclosures()


class ExchangeFileInvalid(BillingError):
    """A document makes no valid file for electronic exchange; the message names the rule and the place."""

    code = "EXCHANGE_FILE_INVALID"


class DocumentStoreUnavailable(BillingError):
    """A file could not be stored: the disk is full or away. Trying again later is right (fault 38)."""

    code = "DOCUMENT_STORE_UNAVAILABLE"


class FileChanged(Conflict):
    """A stored file is not what was recorded when it was made, or it is gone: it is never handed out."""

    code = "DOCUMENT_FILE_CHANGED"
