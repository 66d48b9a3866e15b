"""What staff do with a seller beside its details: pictures, number series, and the choice of who sells."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from markupsafe import Markup
from sqlalchemy import select
from wtforms import BooleanField, StringField
from wtforms.validators import Length

from app.billing.documents.kinds import DocumentKind
from app.billing.documents.series import USUAL_SERIES
from app.billing.errors import InvalidInput
from app.models import DocumentSeries, Picture, Seller
from app.services.seller_settings import PictureKind, choose_seller, set_picture, set_series
from app.views.base import Command, RecordView, Section
from app.views.context import actor, container, session
from app.views.labels import label_of
from app.views.reasons import Question, ask_and_do, fill_and_do

NAMES = {PictureKind.STAMP: _("Stamp"), PictureKind.LOGO: _("Logo")}
NUMBERED = tuple(kind for kind in DocumentKind if kind is not DocumentKind.INVOICE)


class PictureForm(FlaskForm):
    """A picture, or that there shall be none."""

    file = FileField(_("Picture"), description=_("PNG, JPEG or WebP, up to 2 MB. It is written anew as PNG."))
    remove = BooleanField(_("Print none"))


def _capitals(text: str | None) -> str:
    return (text or "").strip().upper()


def _series_form() -> FlaskForm:
    """A field for the series of each kind; empty is the usual one."""

    class SeriesForm(FlaskForm):
        """The series of each kind of document."""

    for kind in NUMBERED:
        usual = gettext("Usually %(series)s.", series=USUAL_SERIES[kind])
        field = StringField(
            label_of(kind)[0], description=usual, filters=[_capitals], validators=[Length(max=8)]
        )
        setattr(SeriesForm, kind.value, field)
    return SeriesForm()


class SellerCommands(RecordView):
    """The commands of a seller's page."""

    def commands(self, row: Seller) -> list[Command]:
        """Pictures, series, and selling, for those who may."""
        found = super().commands(row)
        if self.may("can_picture"):
            found += [
                Command(name, url_for("SellerView.picture", pk=row.id, kind=kind.value), "file-text")
                for kind, name in NAMES.items()
            ]
        if self.may("can_series"):
            found.append(Command(_("Number series"), self.command_url("series", row.id), "tag"))
        if self.may("can_choose") and not row.sells:
            found.append(Command(_("Sell from now on"), self.command_url("choose", row.id), "building-bank"))
        return found

    def series_section(self, row: Seller) -> Section:
        """In which series each kind of document is numbered."""
        own = _own_series(row.id)
        return Section(
            _("Number series"),
            (_("Document"), _("Series")),
            [(kind, own.get(kind) or USUAL_SERIES[kind]) for kind in NUMBERED],
        )

    def picture_section(self, row: Seller) -> Section:
        """The pictures as they are printed."""
        shown = [(NAMES[kind], self._image(row, kind)) for kind in PictureKind]
        return Section(_("Pictures"), (), [(name, image) for name, image in shown if image])

    def _image(self, row: Seller, kind: PictureKind) -> Markup | None:
        if getattr(row, f"{kind}_sha256") is None:
            return None
        address = url_for("SellerView.image", pk=row.id, kind=kind.value)
        return Markup('<img src="{}" alt="{}" height="120">').format(address, str(NAMES[kind]))

    @expose("/image/<pk>/<kind>", methods=["GET"])
    @has_access
    @permission_name("show")
    def image(self, pk: str, kind: str) -> Any:
        """The stored picture."""
        row = self.record(pk)
        name = getattr(row, f"{_picture_kind(kind)}_sha256")
        content = session().scalar(select(Picture.content).where(Picture.sha256 == name))
        if content is None:
            abort(404)
        return Response(content, content_type="image/png", headers={"Cache-Control": "no-store"})

    @expose("/picture/<pk>/<kind>", methods=["GET", "POST"])
    @has_access
    def picture(self, pk: str, kind: str) -> Any:
        """Upload the stamp or the logo, or take it away."""
        row, chosen, form = self.record(pk), _picture_kind(kind), PictureForm()
        question = Question(
            title=gettext("%(picture)s of %(seller)s", picture=str(NAMES[chosen]), seller=row.name),
            effect=_("New documents carry it; issued ones stay as they are."),
            button=_("Save"),
            done=_("Saved."),
            back=self.command_url("show", row.id),
        )

        def deed() -> None:
            set_picture(
                container().transactions,
                actor=actor(),
                seller_id=row.id,
                kind=chosen,
                picture=_uploaded(form),
                now=container().clock.now(),
            )

        return fill_and_do(question, form, deed)

    @expose("/series/<pk>", methods=["GET", "POST"])
    @has_access
    def series(self, pk: str) -> Any:
        """Ask for the series of each kind."""
        row, form = self.record(pk), _series_form()
        if request.method == "GET":
            for kind, name in _own_series(row.id).items():
                form[kind.value].data = name
        question = Question(
            title=gettext("Number series of %(seller)s", seller=row.name),
            effect=_("Capital letters and digits. Kinds without a series of their own go in the usual one."),
            button=_("Save"),
            done=_("Saved."),
            back=self.command_url("show", row.id),
        )

        def deed() -> None:
            set_series(
                container().transactions,
                actor=actor(),
                seller_id=row.id,
                series={kind: form[kind.value].data for kind in NUMBERED if form[kind.value].data},
                now=container().clock.now(),
            )

        return fill_and_do(question, form, deed)

    @expose("/choose/<pk>", methods=["GET", "POST"])
    @has_access
    def choose(self, pk: str) -> Any:
        """Ask for a reason, then sell as this seller."""
        row = self.record(pk)
        question = Question(
            title=gettext("Sell as %(seller)s from now on", seller=row.name),
            effect=_(
                "New invoices are this seller's, with its numbers, taxes and bank account. "
                "What another has sold stays with it."
            ),
            button=_("Sell from now on"),
            done=_("New invoices are this seller's."),
            back=self.command_url("show", row.id),
        )

        def deed(reason: str) -> None:
            choose_seller(
                container().transactions,
                actor=actor(),
                seller_id=row.id,
                reason=reason,
                now=container().clock.now(),
            )

        return ask_and_do(question, deed)


def _uploaded(form: PictureForm) -> bytes | None:
    """The picture written anew, None when there shall be none. Raises InvalidInput."""
    if form.remove.data:
        return None
    if not form.file.data:
        raise InvalidInput("no file", code="PICTURE_UNREADABLE")
    return container().encode_picture(form.file.data.read())


def _picture_kind(text: str) -> PictureKind:
    if text not in set(PictureKind):
        abort(404)
    return PictureKind(text)


def _own_series(seller_id: int) -> dict[DocumentKind, str]:
    rows = session().scalars(select(DocumentSeries).where(DocumentSeries.seller_id == seller_id))
    return {row.kind: row.series for row in rows}
