"""Connectors and their releases: reference data that staff keep."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import BooleanField
from wtforms.validators import URL, Length, Optional, Regexp

from app.models import (
    Connector,
    ConnectorPricing,
    ConnectorRelease,
    ConnectorStatus,
    ConnectorTier,
    PriceVersion,
)
from app.views import history
from app.views.base import READ_ONLY, Command, RecordView, Section, labels, per_column
from app.views.context import container, may, session
from app.views.form_fields import kind_field
from app.views.records import Records

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
KINDS = {
    "tier": kind_field(_("Tier"), ConnectorTier, _("Only standard connectors can be tried.")),
    "status": kind_field(_("Status"), ConnectorStatus, _("Customers see only what is on sale.")),
    # Flask-AppBuilder would require a tick: the column is not nullable.
    "trial_eligible": BooleanField(_("Can be tried"), default=True),
}
PRICES_OF = {ConnectorPricing.PERIOD: "PriceVersionView", ConnectorPricing.OPERATION: "OperationPriceView"}
TEXTS = (
    "name", "category", "tier", "status", "trial_eligible", "version", "documentation_url",
    "description_ru", "description_en",
)  # fmt: skip


class ConnectorView(RecordView):
    """Connectors. Never deleted: subscriptions speak of them; a retired one is no longer sold."""

    datamodel = Records(Connector)
    route_base = "/connectors"
    base_permissions = (*READ_ONLY, "can_add", "can_edit")
    base_order = ("name", "asc")
    list_title = _("Connectors")
    show_title = _("Connector")
    add_title = _("New connector")
    edit_title = _("Change a connector")
    list_columns = ("name", "slug", "category", "tier", "status", "trial_eligible", "version")
    show_columns = ("slug", *TEXTS, "created_at")
    add_columns = ("slug", *TEXTS)
    edit_columns = TEXTS  # the slug stands in customers' scenarios
    search_columns = ("name", "slug", "category", "tier", "status", "trial_eligible")
    add_form_extra_fields = KINDS
    edit_form_extra_fields = KINDS
    validators_columns = per_column(
        slug=[Regexp(SLUG, message=_("Small Latin letters and digits, with single hyphens between."))],
        description_ru=[Length(max=5000)],
        description_en=[Length(max=5000)],
        documentation_url=[Optional(), URL()],
    )
    description_columns = per_column(
        slug=_("Connectors ask by it; it can't be changed later."),
        category=_("A short word such as crm"),
    )
    label_columns = labels(
        slug=_("Slug"),
        name=_("Name"),
        category=_("Category"),
        tier=_("Tier"),
        trial_eligible=_("Can be tried"),
        version=_("Version"),
        documentation_url=_("Documentation"),
        description_ru=_("Description in Russian"),
        description_en=_("Description in English"),
        created_at=_("Created"),
    )

    def name_of(self, row: Connector) -> str:
        """The name."""
        return row.name

    def pre_add(self, item: Connector) -> None:
        """Note when it was made."""
        item.created_at = container().clock.now()

    def commands(self, row: Connector) -> list[Command]:
        """A new price and a new release."""
        found = []
        prices = PRICES_OF[row.pricing]
        if may("can_add", prices):
            url = url_for(f"{prices}.add", connector=row.id)
            found.append(Command(_("Set a new price"), url, "tag"))
        if may("can_add", "ConnectorReleaseView"):
            found.append(Command(_("Add a release"), url_for("ConnectorReleaseView.add"), "plus"))
        return found

    def sections(self, row: Connector) -> list[Section]:
        """Prices and the change log."""
        prices = session().scalars(
            select(PriceVersion)
            .where(PriceVersion.connector_id == row.id)
            .order_by(PriceVersion.valid_from.desc(), PriceVersion.currency, PriceVersion.interval)
        )
        releases = session().scalars(
            select(ConnectorRelease)
            .where(ConnectorRelease.connector_id == row.id)
            .order_by(ConnectorRelease.released_on.desc())
        )
        return [
            Section(
                _("Prices"),
                (_("Valid from"), _("Period"), _("Price")),
                [(price.valid_from, price.interval, price.amount) for price in prices],
            ),
            Section(
                _("Change log"),
                (_("Version"), _("Released"), _("What is new")),
                [(release.version, release.released_on, release.notes_ru) for release in releases],
            ),
        ]

    def history(self, row: Connector) -> list[dict[str, Any]]:
        """Who changed what."""
        return history.of_object("connector", row.id)


class ConnectorReleaseView(RecordView):
    """Entries of the change logs."""

    datamodel = Records(ConnectorRelease, loads=[joinedload(ConnectorRelease.connector)])
    route_base = "/releases"
    base_permissions = (*READ_ONLY, "can_add", "can_edit", "can_delete")
    base_order = ("released_on", "desc")
    list_title = _("Releases")
    show_title = _("Release")
    add_title = _("New release")
    edit_title = _("Change a release")
    list_columns = ("version", "connector", "released_on")
    show_columns = ("version", "connector", "released_on", "notes_ru", "notes_en")
    add_columns = ("connector", "version", "released_on", "notes_ru", "notes_en")
    edit_columns = ("version", "released_on", "notes_ru", "notes_en")
    search_columns = ("version", "released_on")
    validators_columns = per_column(notes_ru=[Length(max=5000)], notes_en=[Length(max=5000)])
    label_columns = labels(
        connector=_("Connector"),
        version=_("Version"),
        released_on=_("Released"),
        notes_ru=_("What is new, in Russian"),
        notes_en=_("What is new, in English"),
    )

    def name_of(self, row: ConnectorRelease) -> str:
        """The connector and the version."""
        return f"{row.connector.name} {row.version}"

    def history(self, row: ConnectorRelease) -> list[dict[str, Any]]:
        """Who changed what."""
        return history.of_object("connector_release", row.id)
