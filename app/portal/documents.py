"""Documents: list, files, archives (J5)."""

from __future__ import annotations

from io import BytesIO

from flask import flash, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.billing.actors import Actor
from app.billing.documents.kinds import FileFormat
from app.billing.documents.listing import DocumentRequest, days_of
from app.billing.errors import BillingError, Conflict, InvalidInput
from app.billing.payment_history import Place
from app.formatting.dates import format_month
from app.portal.document_names import document_name, original_state
from app.portal.forms.documents import DocumentsForm
from app.portal.forms.fields import PortalForm
from app.portal.messages import sentence_for
from app.portal.pages import IDENTIFIER, Pages, see
from app.portal.states import document_state, work_state
from app.portal.visit import Visit, current_locale
from app.services.corrections.reconciling import ReconciliationRequest, issue_reconciliation
from app.services.document_archives import ArchiveRequest, ask_for_archive
from app.services.document_files import download_document
from app.services.document_lists import document_page, periods_since

pages = Pages(private=True)
WORKS_SHOWN = 3


@pages.get("/documents")
def documents(visit: Visit) -> ResponseReturnValue:
    """A page of the customer's documents. What it is narrowed by stands in the address."""
    asked = DocumentRequest.read(request.args)
    with visit.reading() as repositories:
        found = document_page(
            repositories, customer_id=visit.customer_id, wanted=asked.wanted, place=asked.place
        )
        first = repositories.document_lists.first_day(visit.customer_id)
        works = repositories.long_work.of_customer(visit.customer_id, WORKS_SHOWN)
    periods = [(period, period_name(period)) for period in periods_since(first, visit.today)]
    return render_template(
        "portal/documents.html",
        page=found,
        form=DocumentsForm.showing(asked, periods),
        buttons=PortalForm(),
        asked=asked,
        works=works,
        newer_url=_address(asked, found.newer),
        older_url=_address(asked, found.older),
        document_name=document_name,
        document_state=document_state,
        original_state=original_state,
        period_name=period_name,
        work_state=work_state,
    )


@pages.get(f"/documents/<{IDENTIFIER}:document_id>/file")
def document_file(visit: Visit, document_id: int) -> ResponseReturnValue:
    """The PDF, for its owner only. Raises DocumentNotReady while a worker makes it, FileChanged."""
    return _file(visit, document_id, FileFormat.PDF)


@pages.get(f"/documents/<{IDENTIFIER}:document_id>/exchange-file")
def document_exchange_file(visit: Visit, document_id: int) -> ResponseReturnValue:
    """The file for electronic exchange, for the owner of the document only."""
    return _file(visit, document_id, FileFormat.XML)


@pages.post("/documents/archive")
def documents_archive(visit: Visit) -> ResponseReturnValue:
    """Have the documents of a month or a year packed, and show how far it is."""
    asked = DocumentRequest.read(request.form)
    try:
        work_id = ask_for_archive(
            visit.container.transactions,
            actor=Actor.customer(visit.customer_id),
            request=ArchiveRequest(asked.period, kind=asked.wanted.kind),
            now=visit.now,
            real_now=visit.real_now,
        )
    except BillingError as refusal:
        flash(sentence_for(refusal.code), "error")
        return see("documents", **asked.narrowing)
    return see("work", work_id=work_id)


@pages.post("/documents/reconciliation")
def documents_reconciliation(visit: Visit) -> ResponseReturnValue:
    """Issue a reconciliation statement over a month or a year, as far as it has gone."""
    asked = DocumentRequest.read(request.form)
    try:
        _issue_reconciliation(visit, asked)
    except BillingError as refusal:
        flash(sentence_for(refusal.code), "error")
        return see("documents", **asked.narrowing)
    flash(_("The statement is issued. Its PDF appears here in a minute."), "success")
    return see("documents")


def _issue_reconciliation(visit: Visit, asked: DocumentRequest) -> None:
    days = days_of(asked.period)
    if days is None:
        raise InvalidInput("no month and no year", code="BAD_PERIOD")
    with visit.reading() as repositories:
        payer = repositories.payers.of_customer(visit.customer_id)
    if payer is None:
        raise Conflict("the customer has no payer", code="NO_DOCUMENTS")
    issue_reconciliation(
        visit.container.transactions,
        actor=Actor.customer(visit.customer_id),
        request=ReconciliationRequest(visit.customer_id, payer.id, days[0], min(days[1], visit.today)),
        now=visit.now,
    )


def period_name(period: str) -> str:
    """«2026» as it is, «2026-03» as «март 2026»."""
    days = days_of(period)
    if days is None or len(period) == len("2026"):
        return period
    return format_month(days[0], current_locale())


def _address(asked: DocumentRequest, place: Place | None) -> str | None:
    if place is None:
        return None
    return url_for(
        "portal.documents", **asked.narrowing, older_than=place.older_than, newer_than=place.newer_than
    )


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
