"""Documents: what was issued, its lines and files, and what staff do with it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import defer, joinedload, selectinload

from app.billing.documents.kinds import FileFormat
from app.billing.money import Money
from app.models import Document, DocumentFile
from app.views import history
from app.views.base import READ_ONLY, Section, labels, per_column
from app.views.context import container, session
from app.views.corrections import DocumentCorrections
from app.views.customers import CUSTOMER_ADDRESS
from app.views.document_commands import DocumentCommands
from app.views.presentation import code, link_to, rate
from app.views.records import Records


class DocumentView(DocumentCorrections, DocumentCommands):
    """Issued documents. What a document says never changes; its files may be read, sent and made again."""

    datamodel = Records(
        Document,
        loads=[
            joinedload(Document.customer),
            joinedload(Document.invoice),
            joinedload(Document.payer),
            selectinload(Document.files),
            defer(Document.snapshot),
        ],
        own_filters=CUSTOMER_ADDRESS,
        computed={
            "total": lambda row: row.total,
            "vat": lambda row: Money(row.vat_minor, row.currency),
            "roubles": lambda row: None if row.rouble_minor is None else Money(row.rouble_minor, "RUB"),
        },
    )
    route_base = "/documents"
    base_permissions = (*READ_ONLY, "can_file", "can_resend", "can_make_again", "can_original", "can_correct")
    list_title = _("Documents")
    show_title = _("Document")
    list_columns = (
        "number", "kind", "issued_on", "supplied_on", "total", "status", "original_state", "customer",
    )  # fmt: skip
    show_columns = (
        "number", "kind", "correction", "issued_on", "corrected_on", "supplied_on", "total", "vat", "roubles",
        "status", "failure_code", "original_state", "customer", "payer", "invoice", "created_at",
        "rendered_at",
    )  # fmt: skip
    search_columns = (
        "number", "customer_email", "kind", "status", "original_state", "issued_on", "supplied_on",
        "customer_id", "seller_id",
    )  # fmt: skip
    search_labels = per_column(customer_email=_("Customer's e-mail"))
    label_columns = labels(
        number=_("Number"),
        kind=_("Kind"),
        correction=_("Correction No."),
        issued_on=_("Date"),
        corrected_on=_("Date of the correction"),
        supplied_on=_("Day of service or money"),
        total=_("Total"),
        vat=_("VAT"),
        roubles=_("In roubles"),
        original_state=_("Original"),
        payer=_("Payer"),
        invoice=_("Invoice"),
        seller_id=_("Seller No."),
        failure_code=_("Failure"),
        created_at=_("Created"),
        rendered_at=_("Files made"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {"failure_code": code}
        super()._init_properties()

    def name_of(self, row: Document) -> str:
        """The number."""
        return row.number

    def sections(self, row: Document) -> list[Section]:
        """Files, lines, and the documents that correct or adjust this one, or that it corrects."""
        return [_files(row), _lines(row), _related(row)]

    def history(self, row: Document) -> list[dict[str, Any]]:
        """When it was made, who sent it again, what became of its original."""
        return history.of_object("document", row.id)


def _files(row: Document) -> Section:
    files = [(_format(each), each.name, each.size, each.made_at, code(each.sha256)) for each in row.files]
    return Section(_("Files"), (_("Format"), _("Name"), _("Bytes"), _("Made"), _("SHA-256")), files)


def _format(file: DocumentFile) -> Any:
    """The format; of an exchange file also that the tax service's own schema has not been installed."""
    if file.format is FileFormat.XML and not container().exchange_schema_installed:
        return gettext("XML for exchange, checked by our own rules only: the tax service's schema is missing")
    return file.format


def _lines(row: Document) -> Section:
    lines = [
        (
            line.position,
            rate(line.vat_rate),
            Money(line.vat_minor, line.currency),
            Money(line.gross_minor, line.currency),
        )
        for line in row.lines
    ]
    return Section(_("Lines"), (_("No."), _("VAT rate"), _("VAT"), _("Total")), lines)


def _related(row: Document) -> Section:
    named = {row.corrects_id, row.adjusts_id} - {None}
    found = session().scalars(
        select(Document)
        .where((Document.corrects_id == row.id) | (Document.adjusts_id == row.id) | Document.id.in_(named))
        .options(defer(Document.snapshot))
        .order_by(Document.id)
    )
    return Section(
        _("Corrections and adjustments"),
        (_("Document"), _("Kind"), _("Date"), _("Total")),
        [(link_to(each), each.kind, each.corrected_on or each.issued_on, each.total) for each in found],
    )
