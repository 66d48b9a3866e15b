"""What staff do with a document: its files, sending it again, having it made again, its original (J5)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.billing.documents.kinds import FileFormat, OriginalState
from app.billing.errors import BillingError
from app.models import Document, DocumentStatus
from app.services.document_files import download_document
from app.services.document_originals import WITHOUT_ORIGINAL, set_original_state
from app.services.document_production import make_again, resend_document
from app.views.base import Command, RecordView
from app.views.context import actor, container
from app.views.downloads import handed_out
from app.views.form_fields import kind_field
from app.views.reasons import Question, ReasonForm, ask_and_do, fill_and_do
from app.views.sentences import sentence_of


class OriginalForm(ReasonForm):
    """What became of the original, and why that is known."""

    state = kind_field(_("Original"), OriginalState)


class DocumentCommands(RecordView):
    """The commands of a document's page."""

    def commands(self, row: Document) -> list[Command]:
        """The files and what can be done in the present state, for those who may."""
        found = super().commands(row)
        if self.may("can_file"):
            found += self._files(row)
        if row.status is DocumentStatus.READY and self.may("can_resend"):
            found.append(Command(_("Send the document again"), self.command_url("resend", row.id), "send"))
        if self.may("can_make_again"):
            found.append(
                Command(_("Make the files again"), self.command_url("make_again", row.id), "refresh")
            )
        if self.may("can_original") and row.kind not in WITHOUT_ORIGINAL:
            found.append(Command(_("Original"), self.command_url("original", row.id), "file-text"))
        return found

    def _files(self, row: Document) -> list[Command]:
        found = []
        if row.file(FileFormat.PDF) is not None:
            found.append(
                Command(_("Open the PDF"), self.command_url("file", row.id), "download", primary=True)
            )
        if row.file(FileFormat.XML) is not None:
            found.append(
                Command(_("Download the XML"), self.command_url("exchange_file", row.id), "download")
            )
        return found

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
                document_id=row.id,
                reason=reason,
                now=container().clock.now(),
            )

        return ask_and_do(question, deed)

    @expose("/make-again/<pk>", methods=["GET", "POST"])
    @has_access
    def make_again(self, pk: str) -> Any:
        """Ask for a reason, then have a worker make the files."""
        row = self.record(pk)
        question = Question(
            title=gettext("Make the files of %(number)s again", number=row.number),
            effect=_(
                "A worker makes them from what was printed at issue. A file that is whole stays; one that is "
                "gone or changed is replaced only by the very same."
            ),
            button=_("Make the files again"),
            done=_("The files will be made in a moment."),
            back=self.command_url("show", row.id),
            facts=((_("Failure"), row.failure_code),) if row.failure_code else (),
        )

        def deed(reason: str) -> None:
            make_again(
                container().transactions,
                actor=actor(),
                document_id=row.id,
                reason=reason,
                now=container().clock.now(),
            )

        return ask_and_do(question, deed)

    @expose("/original/<pk>", methods=["GET", "POST"])
    @has_access
    def original(self, pk: str) -> Any:
        """Ask what became of the original, and for a reason."""
        row = self.record(pk)
        form = OriginalForm(data={"state": row.original_state})
        question = Question(
            title=gettext("Original of %(number)s", number=row.number),
            effect=_("What you know of the signed original. It stands in the history."),
            button=_("Save"),
            done=_("Saved."),
            back=self.command_url("show", row.id),
        )

        def deed() -> None:
            set_original_state(
                container().transactions,
                actor=actor(),
                document_id=row.id,
                state=form.state.data,
                reason=form.reason.data,
                now=container().clock.now(),
            )

        return fill_and_do(question, form, deed)
