"""Long work: archives and exports that staff have asked for, how far they are, their files."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, send_file
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.filters import FilterEqualFunction
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from app.billing.documents.kinds import DocumentKind
from app.billing.errors import BillingError
from app.billing.long_work import UNFINISHED, percentage
from app.models import LongWork, Seller
from app.services.document_archives import ArchiveRequest, ask_for_archive
from app.services.long_work import cancel_work, read_work
from app.views.base import READ_ONLY, Command, RecordView, choices, labels
from app.views.context import actor, container, session
from app.views.presentation import code
from app.views.reasons import Question, fill_and_do
from app.views.records import Records
from app.views.sentences import sentence_of
from app.views.work_names import work_name


class ArchiveForm(FlaskForm):
    """Whose documents, of when, of which kind."""

    seller_id = SelectField(_("Seller"), coerce=int)
    period = StringField(
        _("Month or year"),
        description=_("2026-03 or 2026"),
        validators=[DataRequired()],
        filters=[lambda text: (text or "").strip()],
    )
    kind = SelectField(_("Kind"))


def _own() -> str:
    """Whose work is shown: that of the employee who asks."""
    return actor().identity


class LongWorkView(RecordView):
    """An employee's own archives and exports: what another asked for is not shown."""

    datamodel = Records(LongWork, computed={"progress": lambda row: percentage(row.done, row.total)})
    base_filters = (("staff", FilterEqualFunction, _own),)
    route_base = "/work"
    base_permissions = (*READ_ONLY, "can_add", "can_file", "can_cancel")
    list_title = _("Archives and exports")
    show_title = _("Archive or export")
    add_title = _("Pack documents")
    list_columns = ("id", "kind", "state", "progress", "created_at", "finished_at", "expires_at")
    show_columns = (
        "kind", "parameters", "state", "done", "total", "file_name", "size", "failure_code", "created_at",
        "started_at", "finished_at", "expires_at",
    )  # fmt: skip
    search_columns = ("state", "created_at")
    show_template = "back_office/work.html"
    label_columns = labels(
        kind=_("Kind"),
        parameters=_("Asked for"),
        state=_("Status"),
        progress=_("Per cent done"),
        done=_("Done"),
        total=_("Of"),
        file_name=_("File"),
        size=_("Bytes"),
        failure_code=_("Failure"),
        created_at=_("Asked at"),
        started_at=_("Started at"),
        finished_at=_("Finished at"),
        expires_at=_("Kept until"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {"failure_code": code, "kind": work_name}
        super()._init_properties()

    def commands(self, row: LongWork) -> list[Command]:
        """The file when there is one; giving it up while there is none."""
        if row.file_key is not None and self.may("can_file"):
            return [Command(_("Download"), self.command_url("file", row.id), "download", primary=True)]
        if row.state in UNFINISHED and self.may("can_cancel"):
            return [Command(_("Give it up"), self.command_url("cancel", row.id), "circle-x")]
        return []

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        """Ask which documents, then have them packed and show how far that is."""
        form = ArchiveForm()
        sellers = session().execute(select(Seller.id, Seller.name).order_by(Seller.id))
        form.seller_id.choices = [SelectChoice(identity, name) for identity, name in sellers]
        form.kind.choices = [SelectChoice("", _("All kinds")), *choices(DocumentKind)]
        question = Question(
            title=_("Pack documents"),
            effect=_("A worker packs the files of the month or year into one archive with a list."),
            button=_("Pack documents"),
            done=_("The archive is being made."),
            back=self.get_default_url(),
        )

        def deed() -> str:
            kind = DocumentKind(form.kind.data) if form.kind.data else None
            work_id = ask_for_archive(
                container().transactions,
                actor=actor(),
                request=ArchiveRequest(form.period.data, seller_id=form.seller_id.data, kind=kind),
                now=container().clock.now(),
                real_now=container().wall_clock.now(),
            )
            return self.command_url("show", work_id)

        return fill_and_do(question, form, deed)

    @expose("/progress/<pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def progress(self, pk: str) -> Any:
        """What the page asks while it waits; when there is nothing to wait for it reads itself anew."""
        row = self.record(pk)
        if row.state not in UNFINISHED:
            return Response(status=204, headers={"HX-Refresh": "true"})
        return render_template("back_office/work_progress.html", work=row)

    @expose("/file/<pk>", methods=["GET"])
    @has_access
    def file(self, pk: str) -> Any:
        """The finished file."""
        row, working = self.record(pk), container().working
        try:
            file = read_work(working, row)
        except BillingError as refusal:
            flash(sentence_of(refusal), "danger")
            return redirect(self.command_url("show", row.id))
        media_type = working.kinds[row.kind].media_type
        answer = send_file(file, mimetype=media_type, as_attachment=True, download_name=row.file_name)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @expose("/cancel/<pk>", methods=["GET", "POST"])
    @has_access
    def cancel(self, pk: str) -> Any:
        """Ask once more, then give it up."""
        row = self.record(pk)
        question = Question(
            title=_("Give it up"),
            effect=_("What is made so far is removed. It can be asked for again."),
            button=_("Give it up"),
            done=_("It is given up."),
            back=self.command_url("show", row.id),
        )

        def deed() -> None:
            cancel_work(
                container().transactions,
                actor=actor(),
                work_id=row.id,
                real_now=container().wall_clock.now(),
            )

        return fill_and_do(question, FlaskForm(), deed)
