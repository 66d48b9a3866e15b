"""The back-office: Flask-AppBuilder for staff."""

from __future__ import annotations

from flask import Flask, g, url_for
from flask_appbuilder import AppBuilder
from flask_babel import get_locale
from flask_login import current_user
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader

from app.bootstrap import Container
from app.models import Base
from app.views import requests, staff_changes
from app.views.configuration import TEMPLATE_FOLDERS, configuration
from app.views.context import may
from app.views.errors import error_page
from app.views.overview import OverviewView
from app.views.permissions import sync_permissions
from app.views.presentation import shown
from app.views.registry import register_views
from app.views.security import StaffSecurityManager
from app.views.staff import create_staff_user
from app.web import errors, security_headers

__all__ = ["create_staff_user", "install", "sync_permissions"]


class BackOffice(AppBuilder):
    """Flask-AppBuilder with the container that our views take their use cases' needs from."""

    def __init__(self, app: Flask, database: SQLAlchemy, container: Container) -> None:
        self.container = container
        super().__init__(
            app,
            database.session,
            indexview=OverviewView,
            security_manager_class=StaffSecurityManager,
            update_perms=False,
        )


def install(app: Flask, container: Container) -> None:
    """Build the back-office into the application. Nothing connects to the database here."""
    app.config.update(configuration(container.settings))
    app.jinja_loader = ChoiceLoader([FileSystemLoader(folder) for folder in TEMPLATE_FOLDERS])
    security_headers.install(app, inline_styles=True, https=container.settings.base_url.startswith("https:"))
    errors.install(app, error_page)
    requests.install(app)
    database = SQLAlchemy(metadata=Base.metadata)
    database.init_app(app)
    CSRFProtect(app)  # before AppBuilder, which refuses changes by GET only where it finds it
    with app.app_context():
        back_office = BackOffice(app, database, container)
        register_views(back_office, clock_movable=container.settings.clock_movable)
        staff_changes.watch(database.session, container)
    _offer_to_templates(app, back_office)


def _offer_to_templates(app: Flask, back_office: BackOffice) -> None:
    app.jinja_env.globals.update(
        appbuilder=back_office,
        base_template=back_office.base_template,
        get_locale=get_locale,
        language_url=lambda code: url_for("LocaleView.index", locale=code),
    )
    app.jinja_env.filters["shown"] = shown

    def search_address() -> dict[str, object]:
        return {"search_url": url_for("SearchView.index")} if may("can_index", "SearchView") else {}

    app.context_processor(search_address)

    def remember() -> None:
        # Before anything can fail: an error page asks for both.
        g.back_office, g.user = back_office, current_user

    app.before_request_funcs.setdefault(None, []).insert(0, remember)
