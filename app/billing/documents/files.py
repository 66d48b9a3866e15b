"""Files of documents: what goes into a PDF beside its texts, and the file for electronic exchange."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from app.billing.errors import BillingError


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
