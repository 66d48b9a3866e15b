"""Documents (J5)."""

from __future__ import annotations

from io import BytesIO

from flask import render_template, send_file
from flask.typing import ResponseReturnValue

from app.billing.actors import Actor
from app.billing.documents.kinds import FileFormat
from app.portal.pages import IDENTIFIER, Pages
from app.portal.states import document_state
from app.portal.visit import Visit
from app.services.document_files import download_document

pages = Pages(private=True)


@pages.get("/documents")
def documents(visit: Visit) -> ResponseReturnValue:
    """Every document of the customer."""
    with visit.reading() as repositories:
        issued = repositories.documents.of_customer(visit.customer_id)
    return render_template("portal/documents.html", documents=issued, document_state=document_state)


@pages.get(f"/documents/<{IDENTIFIER}:document_id>/file")
def document_file(visit: Visit, document_id: int) -> ResponseReturnValue:
    """The PDF, for its owner only. Raises DocumentNotReady while a worker makes it."""
    return _file(visit, document_id, FileFormat.PDF)


@pages.get(f"/documents/<{IDENTIFIER}:document_id>/exchange-file")
def document_exchange_file(visit: Visit, document_id: int) -> ResponseReturnValue:
    """The file for electronic exchange, for the owner of the document only."""
    return _file(visit, document_id, FileFormat.XML)


def _file(visit: Visit, document_id: int, file_format: FileFormat) -> ResponseReturnValue:
    with visit.reading() as repositories:
        document = repositories.documents.one_of_customer(visit.customer_id, document_id)
    found = download_document(
        visit.container.transactions,
        visit.container.document_store,
        actor=Actor.customer(visit.customer_id),
        document=document,
        file_format=file_format,
        now=visit.now,
    )
    response = send_file(
        BytesIO(found.content), mimetype=found.media_type, as_attachment=True, download_name=found.name
    )
    response.headers["Cache-Control"] = "no-store"
    return response
