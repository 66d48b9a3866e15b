"""Bank statements: uploaded, looked at, taken in; and what became of each line (H4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from sqlalchemy import select
from wtforms import HiddenField
from wtforms.validators import InputRequired

from app.billing.bank_statement import Direction
from app.billing.errors import BillingError
from app.billing.money import Money
from app.models import BankLine, BankLineState, BankStatement
from app.services.bank_statements import (
    Imported,
    StatementFile,
    StatementPreview,
    apply_statement,
    preview_statement,
)
from app.views import history
from app.views.bank_upload import packed, unpacked
from app.views.base import READ_ONLY, RecordView, Section, labels
from app.views.context import actor, container, session
from app.views.labels import label_of
from app.views.presentation import named_link, signed_by
from app.views.reasons import Question
from app.views.records import Records
from app.views.sentences import sentence_of

MOST_LINES = 200


class UploadForm(FlaskForm):
    """A file of the bank."""

    file = FileField(
        _("File of the bank"),
        description=_("1C exchange (kl_to_1c.txt), camt.053 or MT940, up to 2 MB."),
        validators=[FileRequired()],
    )


class ApplyForm(FlaskForm):
    """The file that was looked at comes back with the form, so that it need not be chosen again."""

    filename = HiddenField(validators=[InputRequired()])
    content = HiddenField(validators=[InputRequired()])


class BankStatementView(RecordView):
    """Statements, each with its totals and lines."""

    datamodel = Records(
        BankStatement,
        computed={
            "came_in": lambda row: Money(row.in_minor, row.currency),
            "went_out": lambda row: Money(row.out_minor, row.currency),
            "opening": lambda row: row.money(row.opening_minor),
            "closing": lambda row: row.money(row.closing_minor),
        },
    )
    route_base = "/bank-statements"
    base_permissions = (*READ_ONLY, "can_add", "can_apply")
    list_title = _("Bank statements")
    show_title = _("Bank statement")
    list_columns = (
        "id",
        "filename",
        "starts_on",
        "ends_on",
        "line_count",
        "came_in",
        "went_out",
        "imported_at",
    )
    show_columns = (
        "filename", "account", "starts_on", "ends_on", "opening", "came_in", "went_out", "closing",
        "line_count", "imported_by", "imported_at", "completed_at", "file_sha256",
    )  # fmt: skip
    search_columns = ("filename", "account", "starts_on", "ends_on", "imported_at", "file_sha256")
    order_columns = ("id", "filename", "starts_on", "ends_on", "line_count", "imported_at")
    label_columns = labels(
        filename=_("File"),
        account=_("Bank account"),
        starts_on=_("From"),
        ends_on=_("To"),
        line_count=_("Lines"),
        opening=_("Opening"),
        closing=_("Closing"),
        came_in=_("Came in"),
        went_out=_("Went out"),
        imported_at=_("Taken in at"),
        imported_by=_("Taken in by"),
        completed_at=_("Completed at"),
        file_sha256=_("SHA-256 of the file"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {"imported_by": signed_by}
        super()._init_properties()

    def name_of(self, row: BankStatement) -> str:
        """The file."""
        return f"«{row.filename}»"

    def sections(self, row: BankStatement) -> list[Section]:
        """What became of every line, in sums and one by one."""
        return [_totals(row), _lines(row)]

    def history(self, row: BankStatement) -> list[dict[str, Any]]:
        """Who took it in, each time."""
        return history.of_object("bank_statement", row.id)

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        """Ask for a file, then show what would become of each line; nothing is written."""
        form = UploadForm()
        question = Question(
            title=gettext("Upload a bank statement"),
            effect=_("First you see what would become of each line. Nothing is booked before you confirm."),
            button=_("Look at it"),
            done="",
            back=self.get_default_url(),
        )
        if form.validate_on_submit():
            file = StatementFile(form.file.data.filename or "statement", form.file.data.read())
            try:
                return self._preview(file)
            except BillingError as refusal:
                flash(_told(refusal), "danger")
        return self.render_template(
            "back_office/reason.html", form=form, question=question, title=question.title
        )

    @expose("/apply", methods=["POST"])
    @has_access
    def apply(self) -> Any:
        """Take in what the person has looked at."""
        form = ApplyForm()
        if not form.validate():
            return redirect(self.command_url_of("add"))
        try:
            file = StatementFile(form.filename.data or "", unpacked(form.content.data or ""))
            imported = apply_statement(
                container().statement_importing, actor=actor(), file=file, now=container().clock.now()
            )
        except BillingError as refusal:
            flash(_told(refusal), "danger")
            return redirect(self.command_url_of("add"))
        flash(_summary(imported), "success")
        if len(imported) == 1:
            return redirect(self.command_url("show", imported[0].statement_id))
        return redirect(self.get_default_url())

    def command_url_of(self, method: str) -> str:
        """The address of a page of this view that is about no record."""
        return f"{self.get_default_url().rsplit('/list/', 1)[0]}/{method}"

    def _preview(self, file: StatementFile) -> Any:
        previews = preview_statement(container().statement_importing, file=file)
        form = ApplyForm(formdata=None, filename=file.filename, content=packed(file.content))
        return self.render_template(
            "back_office/bank_preview.html",
            title=gettext("What «%(file)s» would do", file=file.filename),
            sections=[section for preview in previews for section in _preview_sections(preview)],
            form=form if self.may("can_apply") else None,
            apply_url=self.command_url_of("apply"),
            back=self.command_url_of("add"),
        )


def _told(refusal: BillingError) -> str:
    """The sentence, with the place in the file where the reader names one."""
    line = getattr(refusal, "line", None)
    sentence = sentence_of(refusal)
    return sentence if line is None else str(gettext("%(what)s Line %(line)s.", what=sentence, line=line))


def _summary(imported: Sequence[Imported]) -> str:
    told = gettext(
        "Taken in: %(new)s new lines, %(known)s known already, %(waiting)s wait for a person.",
        new=sum(each.new for each in imported),
        known=sum(each.known for each in imported),
        waiting=sum(each.waiting for each in imported),
    )
    return str(told)


_TOTAL_HEADINGS = (_("What became of it"), _("Lines"), _("Came in"), _("Went out"))


def _totals(row: BankStatement) -> Section:
    """Sums by state; those of lines that an earlier statement had make them the statement's whole."""
    with container().transactions.reading() as repositories:
        totals = repositories.bank_statements.totals(row.id)
    rows: list[tuple[Any, ...]] = []
    left = [row.line_count, row.in_minor, row.out_minor]
    for state in BankLineState:
        mine = [each for each in totals if each.state is state]
        came = sum(each.minor for each in mine if each.direction is Direction.IN)
        went = sum(each.minor for each in mine if each.direction is Direction.OUT)
        count = sum(each.count for each in mine)
        rows.append((state, count, Money(came, row.currency), Money(went, row.currency)))
        left = [left[0] - count, left[1] - came, left[2] - went]
    known = _("Known from an earlier statement") if row.completed_at else _("Not taken in yet")
    rows.append((known, left[0], Money(left[1], row.currency), Money(left[2], row.currency)))
    whole = (row.line_count, Money(row.in_minor, row.currency), Money(row.out_minor, row.currency))
    rows.append((_("Total"), *whole))
    return Section(_("Totals"), _TOTAL_HEADINGS, rows)


def _lines(row: BankStatement) -> Section:
    lines = session().scalars(
        select(BankLine).where(BankLine.statement_id == row.id).order_by(BankLine.position).limit(MOST_LINES)
    )
    return Section(
        _("Lines"),
        (
            _("No."),
            _("Date"),
            _("Direction"),
            _("Sum"),
            _("Who"),
            _("Purpose"),
            _("What became of it"),
            _("Why"),
        ),
        [
            (
                named_link("bank_line", line.id),
                line.booked_on,
                line.direction,
                line.amount,
                line.party_name,
                line.purpose,
                line.state,
                line.finding,
            )
            for line in lines
        ],
    )


def _preview_sections(preview: StatementPreview) -> list[Section]:
    return [_preview_totals(preview), _preview_lines(preview)]


def _preview_totals(preview: StatementPreview) -> Section:
    rows: list[tuple[Any, ...]] = [
        (
            state,
            sum(each.state is state and not each.is_known for each in preview.lines),
            preview.sum_of(Direction.IN, state),
            preview.sum_of(Direction.OUT, state),
        )
        for state in BankLineState
    ]
    came = preview.sum_of(Direction.IN, None, known=True)
    went = preview.sum_of(Direction.OUT, None, known=True)
    count = sum(each.is_known for each in preview.lines)
    rows.append((_("Known from an earlier statement"), count, came, went))
    told = preview.statement
    title = gettext("Account %(account)s", account=told.account)
    return Section(title, _TOTAL_HEADINGS, rows)


def _preview_lines(preview: StatementPreview) -> Section:
    return Section(
        _("Lines"),
        (_("No."), _("Date"), _("Direction"), _("Sum"), _("Who"), _("Purpose"), _("What would become of it"),
         _("Why"), _("Invoices")),
        [
            (
                each.line.position,
                each.line.booked_on,
                each.line.direction,
                each.line.amount,
                each.line.party_name,
                each.line.purpose,
                _("Known from an earlier statement") if each.is_known else each.state,
                None if each.is_known else label_of(each.match.finding)[0],
                [named_link("invoice", share.invoice_id) for share in each.match.shares],
            )
            for each in preview.lines[:MOST_LINES]
        ],
    )  # fmt: skip
