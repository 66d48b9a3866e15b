"""Documents as JSON and back, without loss (design §2.10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import MappingProxyType, NoneType
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

from app.billing.documents.adjustment import AdjustmentDocument
from app.billing.documents.invoice import InvoiceDocument
from app.billing.documents.kinds import DocumentKind
from app.billing.documents.receipt import Receipt
from app.billing.documents.reconciliation import ReconciliationAct
from app.billing.documents.tax_document import TaxDocument
from app.billing.errors import BillingError, InvalidInput

SNAPSHOT_VERSION = 1

PrintedDocument: TypeAlias = InvoiceDocument | TaxDocument | AdjustmentDocument | Receipt | ReconciliationAct

SHAPES: Mapping[DocumentKind, type[PrintedDocument]] = MappingProxyType(
    {
        DocumentKind.INVOICE: InvoiceDocument,
        DocumentKind.RECEIPT: Receipt,
        DocumentKind.ADVANCE_INVOICE: TaxDocument,
        DocumentKind.VAT_INVOICE: TaxDocument,
        DocumentKind.ACT: TaxDocument,
        DocumentKind.TRANSFER: TaxDocument,
        DocumentKind.VAT_ADJUSTMENT: AdjustmentDocument,
        DocumentKind.TRANSFER_ADJUSTMENT: AdjustmentDocument,
        DocumentKind.RECONCILIATION: ReconciliationAct,
    }
)


class SnapshotUnreadable(BillingError):
    """A stored snapshot is of a kind or version that this program does not know, or it is damaged."""

    code = "SNAPSHOT_UNREADABLE"


def kind_of(document: PrintedDocument) -> DocumentKind:
    """The kind of a document."""
    match document:
        case InvoiceDocument():
            return DocumentKind.INVOICE
        case Receipt():
            return DocumentKind.RECEIPT
        case ReconciliationAct():
            return DocumentKind.RECONCILIATION
        case _:
            return DocumentKind(document.form)


def to_snapshot(document: PrintedDocument) -> dict[str, Any]:
    """The document as JSON values, with its kind and version; `from_snapshot` gives it back unchanged."""
    return {
        "kind": kind_of(document).value,
        "version": SNAPSHOT_VERSION,
        "document": _encoded(document),
    }


def from_snapshot(snapshot: Mapping[str, Any]) -> PrintedDocument:
    """The document that `to_snapshot` was given.

    A value that has a default may be missing: it came into the program after the document was issued.
    Raises SnapshotUnreadable when kind or version are unknown or any other value is missing, unexpected
    or of the wrong type, InvalidInput when the values contradict each other.
    """
    kind, version = snapshot.get("kind"), snapshot.get("version")
    if not isinstance(kind, str) or kind not in SHAPES or version != SNAPSHOT_VERSION:
        raise SnapshotUnreadable(f"unknown snapshot: kind {kind!r}, version {version!r}")
    document: PrintedDocument = _decoded(SHAPES[DocumentKind(kind)], snapshot.get("document"), "document")
    if kind_of(document) != kind:
        raise SnapshotUnreadable(f"a snapshot of the kind {kind!r} holds a {kind_of(document)!r}")
    return document


def _encoded(value: object) -> Any:
    kind: type = type(value)
    names = _field_names(kind)
    if names:
        return {name: _encoded(getattr(value, name)) for name in names}
    if isinstance(value, tuple):
        return [_encoded(item) for item in value]
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass; nothing of any other type."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


@cache
def _needed_names(kind: type) -> frozenset[str]:
    """The fields of a dataclass that have no default."""
    return frozenset(field.name for field in fields(kind) if field.default is MISSING)


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
    if isinstance(expected, type) and issubclass(expected, StrEnum):
        return _decoded_member(expected, value, path)
    if expected is date and isinstance(value, str):
        return _decoded_date(value, path)
    if type(value) is expected:
        return value
    raise SnapshotUnreadable(f"{path}: not the value that was expected")


def _decoded_object(expected: type, value: object, path: str) -> Any:
    hints = get_type_hints(expected)
    if not isinstance(value, dict) or not _needed_names(expected) <= value.keys() <= hints.keys():
        raise SnapshotUnreadable(f"{path}: fields are missing or unknown")
    members = {name: _decoded(hints[name], each, f"{path}.{name}") for name, each in value.items()}
    try:
        return expected(**members)
    except InvalidInput:
        raise
    except ValueError as error:
        raise SnapshotUnreadable(f"{path}: {error}") from error


def _decoded_member(expected: type[StrEnum], value: object, path: str) -> StrEnum:
    if not isinstance(value, str) or value not in {member.value for member in expected}:
        raise SnapshotUnreadable(f"{path}: not one of the known words")
    return expected(value)


def _decoded_date(value: str, path: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise SnapshotUnreadable(f"{path}: not a day") from error
