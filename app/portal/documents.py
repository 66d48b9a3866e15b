"""Documents (J5)."""

from __future__ import annotations

from io import BytesIO

from flask import render_template, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.portal.pages import IDENTIFIER, Pages
from app.portal.states import document_state
from app.portal.visit import Visit
from app.services.document_production import read_document

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
    with visit.reading() as repositories:
        document = repositories.documents.one_of_customer(visit.customer_id, document_id)
    content = read_document(visit.container.document_store, document)
    name = _("Invoice %(number)s", number=document.number)
    response = send_file(
        BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=f"{name}.pdf"
    )
    response.headers["Cache-Control"] = "no-store"
    return response
