"""What is printed on documents: frozen values that need no database (design §2.10).

An issued document is a snapshot. `to_snapshot` and `from_snapshot` turn it into JSON and back without
loss, so that a worker or an archive can make the same PDF years later. Whatever a reader of the
paper can see is in these values; nothing else is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from app.billing.errors import BillingError, InvalidInput
from app.billing.money import CurrencyMismatch, Money, total

INVOICE_KIND = "invoice"
SNAPSHOT_VERSION = 1


class SnapshotUnreadable(BillingError):
    """A stored snapshot is of a kind or version that this program does not know, or it is damaged."""

    code = "SNAPSHOT_UNREADABLE"


@dataclass(frozen=True, slots=True)
class Party:
    """A seller or a payer. Numbers that the party does not have are None."""

    name: str
    address: str | None
    inn: str | None = None
    kpp: str | None = None
    ogrn: str | None = None
    tax_id: str | None = None
    """The tax or VAT number of a foreign party."""
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class BankDetails:
    """The seller's account that the money goes to."""

    bank_name: str
    account: str
    bic: str
    correspondent_account: str | None
    swift: str | None = None
    bank_address: str | None = None
    intermediary_bank: str | None = None
    """The correspondent bank of a foreign currency, in one line as the payer's bank wants it."""


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs: a position and a name with initials; the authority if it is not the charter."""

    position: str
    name: str
    authority: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One service. `price` and `total` include VAT; `vat_rate` is in basis points, None is «Без НДС».

    `service_from` and `service_to` are the first and the last day of the service, both included.
    """

    description: str
    quantity: int
    unit: str
    price: Money
    total: Money
    vat_rate: int | None
    vat: Money
    service_from: date | None = None
    service_to: date | None = None


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """A счёт на оплату as issued (J1).

    Raises InvalidInput with the code DOCUMENT_INCONSISTENT when it has no lines, when currencies
    differ or when the totals are not the sums of the lines.
    """

    number: str
    issued_on: date
    due_on: date
    seller: Party
    bank: BankDetails
    payer: Party
    lines: tuple[DocumentLine, ...]
    total: Money
    vat_total: Money
    payment_method: Literal["card", "bank_transfer", "paypal"]
    purpose: str
    basis: str
    signatories: tuple[Signatory, ...]
    language: Literal["ru", "en"]
    vat_exemption: str | None = None
    """Why there is no VAT, with the article of the law; printed after «Без НДС»."""

    def __post_init__(self) -> None:
        """Refuse a document that contradicts itself."""
        if not self.lines:
            raise InvalidInput("a document without lines", code="DOCUMENT_INCONSISTENT")
        currency = self.total.currency
        try:
            agree = self.total == total((line.total for line in self.lines), currency)
            agree = agree and self.vat_total == total((line.vat for line in self.lines), currency)
        except CurrencyMismatch as error:
            raise InvalidInput(str(error), code="DOCUMENT_INCONSISTENT") from error
        if not agree or any(line.price.currency != currency for line in self.lines):
            raise InvalidInput("totals are not the sums of the lines", code="DOCUMENT_INCONSISTENT")


def to_snapshot(document: InvoiceDocument) -> dict[str, Any]:
    """The document as JSON values, with its kind and version; `from_snapshot` gives it back unchanged."""
    return {"kind": INVOICE_KIND, "version": SNAPSHOT_VERSION, "document": _encoded(document)}


def from_snapshot(snapshot: Mapping[str, Any]) -> InvoiceDocument:
    """The document that `to_snapshot` was given.

    Raises SnapshotUnreadable when kind or version are unknown or any value is missing, unexpected
    or of the wrong type, InvalidInput when the values contradict each other.
    """
    kind, version = snapshot.get("kind"), snapshot.get("version")
    if kind != INVOICE_KIND or version != SNAPSHOT_VERSION:
        raise SnapshotUnreadable(f"unknown snapshot: kind {kind!r}, version {version!r}")
    document = _decoded(InvoiceDocument, snapshot.get("document"), "document")
    assert isinstance(document, InvoiceDocument)
    return document


def _encoded(value: object) -> Any:
    kind: type = type(value)
    names = _field_names(kind)
    if names:
        return {name: _encoded(getattr(value, name)) for name in names}
    if isinstance(value, tuple):
        return [_encoded(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass; nothing of any other type."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


def _decoded(expected: Any, value: object, path: str) -> Any:
    """Read a JSON value as the annotated type; the path is for the message, values never are."""
    if is_dataclass(expected) and isinstance(expected, type):
        return _decoded_object(expected, value, path)
    if get_origin(expected) is tuple and isinstance(value, list):
        item_type = get_args(expected)[0]
        return tuple(_decoded(item_type, item, f"{path}[{index}]") for index, item in enumerate(value))
    if get_origin(expected) is Literal and value in get_args(expected):
        return value
    if NoneType in get_args(expected):
        return None if value is None else _decoded(get_args(expected)[0], value, path)
    if expected is date and isinstance(value, str):
        return _decoded_date(value, path)
    if type(value) is expected:
        return value
    raise SnapshotUnreadable(f"{path}: not the value that was expected")


def _decoded_object(expected: type, value: object, path: str) -> Any:
    hints = get_type_hints(expected)
    if not isinstance(value, dict) or value.keys() != hints.keys():
        raise SnapshotUnreadable(f"{path}: fields are missing or unknown")
    members = {name: _decoded(hint, value[name], f"{path}.{name}") for name, hint in hints.items()}
    try:
        return expected(**members)
    except InvalidInput:
        raise
    except ValueError as error:
        raise SnapshotUnreadable(f"{path}: {error}") from error


def _decoded_date(value: str, path: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise SnapshotUnreadable(f"{path}: not a day") from error
