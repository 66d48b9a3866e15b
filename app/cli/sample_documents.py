"""`bpm sample-documents`: one document of every kind, from made-up but complete data."""

from __future__ import annotations

from pathlib import Path

import click

from app.billing.documents.invoice import InvoiceDocument
from app.cli.output import answer, as_json, progress
from app.cli.samples import foreign_invoice, russian_invoice
from app.documents.renderer_process import RendererProcess

SAMPLES: dict[str, InvoiceDocument] = {
    "invoice-ru.pdf": russian_invoice(),
    "invoice-en.pdf": foreign_invoice(),
}


@click.command("sample-documents")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@as_json
def sample_documents(directory: Path, *, as_json: bool) -> None:
    """Write one document of every kind into DIRECTORY."""
    directory.mkdir(parents=True, exist_ok=True)
    files = []
    with RendererProcess() as renderer:
        for name, document in SAMPLES.items():
            progress(f"Rendering {name} …")
            path = directory / name
            path.write_bytes(renderer.render(document))
            files.append({"file": str(path), "bytes": path.stat().st_size})
    answer({"documents": files}, "\n".join(str(each["file"]) for each in files), as_json=as_json)
