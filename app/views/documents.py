"""Documents: what was issued, its file, and sending it once more."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import joinedload

from app.billing.documents.kinds import FileFormat
from app.billing.errors import BillingError
from app.models import Document, DocumentStatus
from app.services.document_files import download_document
from app.services.document_production import resend_document
from app.views import history
from app.views.base import READ_ONLY, Command, RecordView, labels, per_column
from app.views.context import actor, container
from app.views.customers import CUSTOMER_ADDRESS
from app.views.downloads import handed_out
from app.views.presentation import code
from app.views.reasons import Question, ask_and_do
from app.views.records import Records
from app.views.sentences import sentence_of


class DocumentView(RecordView):
    """Issued documents. A document never changes; its file may be read and sent again."""

    datamodel = Records(
        Document,
        loads=[joinedload(Document.customer), joinedload(Document.invoice)],
        own_filters=CUSTOMER_ADDRESS,
    )
    route_base = "/documents"
    base_permissions = (*READ_ONLY, "can_file", "can_resend")
    list_title = _("Documents")
    show_title = _("Document")
    list_columns = ("number", "kind", "issued_on", "status", "customer", "invoice")
    show_columns = (
        "number", "kind", "issued_on", "status", "customer", "invoice", "failure_code",
        "created_at", "rendered_at",
    )  # fmt: skip
    search_columns = ("number", "customer_email", "kind", "status", "issued_on", "customer_id")
    search_labels = per_column(customer_email=_("Customer's e-mail"))
    label_columns = labels(
        number=_("Number"),
        kind=_("Kind"),
        issued_on=_("Date"),
        invoice=_("Invoice"),
        failure_code=_("Failure"),
        created_at=_("Created"),
        rendered_at=_("File made"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {"failure_code": code}
        super()._init_properties()

    def name_of(self, row: Document) -> str:
        """The number."""
        return row.number

    def commands(self, row: Document) -> list[Command]:
        """The file, and sending it again, once there is one."""
        if row.status is not DocumentStatus.READY:
            return []
        found = []
        if self.may("can_file"):
            found.append(
                Command(_("Open the PDF"), self.command_url("file", row.id), "download", primary=True)
            )
        if self.may("can_resend"):
            found.append(Command(_("Send the document again"), self.command_url("resend", row.id), "send"))
        return found

    def history(self, row: Document) -> list[dict[str, Any]]:
        """When it was made, and who sent it again."""
        return history.of_object("document", row.id)

    @expose("/file/<pk>", methods=["GET"])
    @has_access
    def file(self, pk: str) -> Any:
        """The PDF."""
        return self._hand_out(self.record(pk), FileFormat.PDF)

    @expose("/exchange-file/<pk>", methods=["GET"])
    @has_access
    @permission_name("file")
    def exchange_file(self, pk: str) -> Any:
        """The file for electronic exchange."""
        return self._hand_out(self.record(pk), FileFormat.XML)

    def _hand_out(self, row: Document, file_format: FileFormat) -> Any:
        try:
            found = download_document(
                container().transactions,
                container().document_store,
                actor=actor(),
                document=row,
                file_format=file_format,
                now=container().clock.now(),
            )
        except BillingError as refusal:
            flash(sentence_of(refusal), "danger")
            return redirect(self.command_url("show", row.id))
        return handed_out(found)

    @expose("/resend/<pk>", methods=["GET", "POST"])
    @has_access
    def resend(self, pk: str) -> Any:
        """Ask for a reason, then promise the mail."""
        row = self.record(pk)
        question = Question(
            title=gettext("Send the document %(number)s again", number=row.number),
            effect=gettext("%(customer)s gets a mail with a link to it.", customer=row.customer.email),
            button=_("Send the document again"),
            done=_("The document will be sent in a moment."),
            back=self.command_url("show", row.id),
        )

        def deed(reason: str) -> None:
            resend_document(
                container().transactions,
                actor=actor(),
                document_id=int(pk),
                reason=reason,
                now=container().clock.now(),
            )

        return ask_and_do(question, deed)
