"""The adapter of the port ExchangeWriter."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.billing.documents.files import ExchangeFile
from app.billing.documents.snapshot import PrintedDocument
from app.billing.documents.tax_document import TaxDocument
from app.documents.exchange.content import written
from app.documents.exchange.file_name import file_id
from app.documents.exchange.validation import compiled_schema, require_valid

ADVANCE_FIELD = "СчФАванс"
"""Идентиф of line 5б where nothing else is agreed with the operator (docs/decisions/0024)."""


@dataclass(frozen=True, slots=True)
class TaxServiceWriter:
    """Files of format 5.03 for a счёт-фактура, an advance, a УПД and an акт.

    `schema` is the tax service's own, compiled; without it only rules of ours are checked.
    """

    schema: Any | None = None
    advance_field: str = ADVANCE_FIELD

    def write(self, document: PrintedDocument) -> ExchangeFile | None:
        """The valid file; None for other kinds (a КСФ and a УКД too) or unless both take part in exchange.

        Raises ExchangeFileInvalid.
        """
        identity = file_id(document) if isinstance(document, TaxDocument) else None
        if identity is None or not isinstance(document, TaxDocument):
            return None
        file = ExchangeFile(f"{identity}.xml", written(document, identity, self.advance_field))
        require_valid(file.content, file.name, self.schema)
        return file


def tax_service_writer(schema_file: Path | None, advance_field: str = ADVANCE_FIELD) -> TaxServiceWriter:
    """A writer that validates by this XSD, if any; raises ExchangeSchemaUnreadable."""
    return TaxServiceWriter(compiled_schema(schema_file) if schema_file else None, advance_field)
