"""`bpm sample-documents`: one document of every kind, from made-up but complete data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import click

from app.billing.documents.files import Enclosures
from app.billing.documents.snapshot import PrintedDocument
from app.billing.documents.tax_document import TaxDocument
from app.bootstrap import Container
from app.cli.output import answer, as_json, container_of, progress
from app.cli.samples import letters, tax
from app.cli.samples.stamp import name_of, stamp

SAMPLES: Mapping[str, Callable[[], PrintedDocument]] = {
    "invoice-ru": letters.russian_invoice,
    "invoice-en": letters.foreign_invoice,
    "receipt-payment-ru": letters.payment_receipt,
    "receipt-refund-en": letters.refund_receipt,
    "advance-invoice": tax.advance_invoice,
    "vat-invoice": tax.vat_invoice,
    "act-ru": tax.act,
    "act-en": tax.foreign_act,
    "transfer-1": tax.transfer,
    "transfer-2-no-vat": tax.untaxed_transfer,
    "transfer-1-corrected": tax.corrected_transfer,
    "transfer-1-hundred-lines": tax.long_transfer,
    "vat-adjustment": tax.vat_adjustment,
    "transfer-adjustment": tax.transfer_adjustment,
    "reconciliation-ru": letters.reconciliation,
    "reconciliation-en": letters.foreign_reconciliation,
}


@click.command("sample-documents")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@as_json
@click.pass_context
def sample_documents(context: click.Context, directory: Path, *, as_json: bool) -> None:
    """Write one document of every kind into DIRECTORY: as PDF, and for electronic exchange as XML."""
    directory.mkdir(parents=True, exist_ok=True)
    files = [
        {"file": str(path), "bytes": path.stat().st_size}
        for name, sample in SAMPLES.items()
        for path in _written(container_of(context), directory, name, sample())
    ]
    answer({"documents": files}, "\n".join(str(each["file"]) for each in files), as_json=as_json)


def stamped(document: PrintedDocument) -> tuple[PrintedDocument, Enclosures]:
    """The document with the made-up stamp, and what goes with it."""
    picture = stamp()
    return replace(document, stamp=name_of(picture)), Enclosures(pictures={name_of(picture): picture})


def _written(container: Container, directory: Path, name: str, sample: PrintedDocument) -> Iterator[Path]:
    progress(f"Rendering {name} …")
    if isinstance(sample, TaxDocument):
        # Part of the name of its file for electronic exchange.
        sample = replace(sample, exchange_uuid=str(uuid5(NAMESPACE_URL, name)))
    document, enclosures = stamped(sample)
    exchange = container.exchange_writer.write(document)
    pdf = directory / f"{name}.pdf"
    pdf.write_bytes(container.renderer.render(document, replace(enclosures, exchange=exchange)))
    yield pdf
    if exchange is not None:
        xml = directory / exchange.name
        xml.write_bytes(exchange.content)
        yield xml
