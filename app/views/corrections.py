"""Исправление: finance corrects the words of an issued document on its page (J3)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.billing.documents.correcting import (
    LONGEST_ADDRESS,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    CorrectedTexts,
    texts_of,
)
from app.billing.documents.snapshot import from_snapshot
from app.billing.errors import BillingError
from app.models import Document, DocumentKind
from app.services.corrections.correcting import correct_document
from app.views.base import Command, RecordView
from app.views.context import actor, container
from app.views.presentation import object_url
from app.views.reasons import Question, ReasonForm, fill_and_do
from app.views.sentences import sentence_of

CORRECTABLE = frozenset(
    {
        DocumentKind.ADVANCE_INVOICE,
        DocumentKind.VAT_INVOICE,
        DocumentKind.ACT,
        DocumentKind.TRANSFER,
        DocumentKind.VAT_ADJUSTMENT,
        DocumentKind.TRANSFER_ADJUSTMENT,
    }
)


def _cleaned(text: str | None) -> str | None:
    return (text or "").strip() or None


def _field(label: Any, longest: int, *, required: bool = False) -> StringField:
    rules = [Length(max=longest), *([DataRequired()] if required else [])]
    return StringField(label, filters=[_cleaned], validators=rules)


class CorrectionForm(ReasonForm):
    """The words as they should be; descriptions of lines are added for each document."""

    buyer_name = _field(_("Buyer"), LONGEST_NAME, required=True)
    buyer_address = _field(_("Address"), LONGEST_ADDRESS)
    buyer_inn = _field(_("ИНН"), 12)
    buyer_kpp = _field(_("КПП"), 9)

    def texts(self, lines: int) -> CorrectedTexts:
        """What was filled in."""
        return CorrectedTexts(
            self.buyer_name.data,
            self.buyer_address.data,
            self.buyer_inn.data,
            self.buyer_kpp.data,
            tuple(self[_line(place)].data for place in range(lines)),
        )


class DocumentCorrections(RecordView):
    """The command of a document's page."""

    def commands(self, row: Document) -> list[Command]:
        """Offered for documents of tax and of service; an older issue of one is refused in words."""
        found = super().commands(row)
        if row.kind in CORRECTABLE and self.may("can_correct"):
            found.append(Command(_("Correct a mistake"), self.command_url("correct", row.id), "edit"))
        return found

    @expose("/correct/<pk>", methods=["GET", "POST"])
    @has_access
    def correct(self, pk: str) -> Any:
        """Show the words as they stand, then issue the document once more with those filled in."""
        row = self.record(pk)
        back = self.command_url("show", row.id)
        try:
            known = texts_of(from_snapshot(row.snapshot))
        except BillingError as refusal:
            flash(sentence_of(refusal), "danger")
            return redirect(back)
        form = _form(known)
        question = Question(
            title=gettext("Correct %(number)s", number=row.number),
            effect=_(
                "The document is issued once more with the same number, date and sums, as a correction. "
                "The wrong one stays. A changed price is no mistake: it needs a refund."
            ),
            button=_("Issue the correction"),
            done=_("The correction is issued."),
            back=back,
            facts=((_("Customer"), row.customer), (_("Total"), row.total)),
        )

        def deed() -> str | None:
            corrected_id = correct_document(
                container().transactions,
                actor=actor(),
                document_id=row.id,
                texts=form.texts(len(known.descriptions)),
                reason=form.reason.data,
                now=container().clock.now(),
            )
            return object_url("document", corrected_id)

        return fill_and_do(question, form, deed)


def _form(known: CorrectedTexts) -> CorrectionForm:
    """The form with a field for each line, filled with the words as they stand."""
    fields = {
        _line(place): TextAreaField(
            gettext("Line %(place)s", place=place + 1),
            filters=[_cleaned],
            validators=[DataRequired(), Length(max=LONGEST_DESCRIPTION)],
            render_kw={"rows": 2, "maxlength": LONGEST_DESCRIPTION},
        )
        for place in range(len(known.descriptions))
    }
    values = {_line(place): text for place, text in enumerate(known.descriptions)}
    for name in ("buyer_name", "buyer_address", "buyer_inn", "buyer_kpp"):
        values[name] = getattr(known, name)
    made: CorrectionForm = type("CorrectionOfLines", (CorrectionForm,), fields)(data=values)
    return made


def _line(place: int) -> str:
    return f"line_{place}"
