"""The release step of the back-office: roles and permissions as the code names them."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder
from sqlalchemy import text

from app.views.roles import ROLES

SYNC_LOCK = 7_120_002
"""Two releases at once wait for each other instead of adding everything twice."""


def sync_permissions(app: Flask) -> None:
    """Bring roles, permissions and menu entries in the database to what the code names.

    Run once per release, after the migrations; running it again changes nothing. Permissions and views
    that the code no longer names are removed, from every role as well.
    """
    with app.app_context():
        appbuilder = app.extensions["appbuilder"]
        with appbuilder.container.engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SYNC_LOCK})
            _sync(appbuilder)


def _sync(appbuilder: AppBuilder) -> None:
    security = appbuilder.sm
    for role in (*ROLES, security.auth_role_public):
        if security.find_role(role) is None:
            security.add_role(role)
    appbuilder.add_permissions(update_perms=True)
    appbuilder.security_cleanup()
