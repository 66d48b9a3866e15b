"""Versions of the offer (A5): published once, never changed, since customers agreed to them."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms.validators import InputRequired, Length, ValidationError

from app.models import TermsVersion
from app.views import history
from app.views.base import READ_ONLY, RecordView, labels, per_column
from app.views.context import container
from app.views.form_fields import MoscowTimeField
from app.views.records import Records


def not_in_the_past(_form: Any, field: Any) -> None:
    """Refuse a version that would have held already: somebody may have agreed to another."""
    if field.data is not None and field.data < container().clock.now():
        raise ValidationError(gettext("A version can't be published in the past."))


class TermsVersionView(RecordView):
    """Versions of the offer."""

    datamodel = Records(TermsVersion)
    route_base = "/terms"
    base_permissions = (*READ_ONLY, "can_add")
    base_order = ("published_at", "desc")
    list_title = _("Versions of the offer")
    show_title = _("Offer")
    add_title = _("New version of the offer")
    list_columns = ("version", "published_at")
    show_columns = ("version", "published_at", "text_ru", "text_en")
    add_columns = show_columns
    search_columns = ("version", "published_at")
    add_form_extra_fields = per_column(
        published_at=MoscowTimeField(
            _("Holds from (Moscow time)"),
            format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
            validators=[InputRequired(), not_in_the_past],
        )
    )
    validators_columns = per_column(text_ru=[Length(max=200_000)], text_en=[Length(max=200_000)])
    label_columns = labels(
        version=_("Version"),
        published_at=_("Valid from"),
        text_ru=_("Text in Russian"),
        text_en=_("Text in English"),
    )

    def name_of(self, row: TermsVersion) -> str:
        """The version."""
        return row.version

    def history(self, row: TermsVersion) -> list[dict[str, Any]]:
        """Who published it."""
        return history.of_object("terms_version", row.id)
