"""The configuration of Flask and Flask-AppBuilder: every safe setting that is not the default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.bootstrap import LOCK_TIMEOUT, STATEMENT_TIMEOUT
from app.services.staff_sessions import STAFF_SESSION_TERM
from app.views.passwords import require_strong_password
from app.views.roles import ROLES
from app.web.limits import LOGIN_ATTEMPTS
from config import Settings

APP = Path(__file__).parent.parent
TEMPLATE_FOLDERS = (APP / "views" / "templates", APP / "templates")
TRANSLATION_FOLDERS = (APP / "templates" / "translations", APP / "views" / "translations")


def configuration(settings: Settings) -> dict[str, Any]:
    """What the back-office's Flask application is configured with."""
    return _cookie(settings) | _limits(settings) | _database(settings) | _flask_appbuilder(settings)


def _cookie(settings: Settings) -> dict[str, Any]:
    return {
        "SECRET_KEY": settings.staff_secret_key.get_secret_value(),
        "SESSION_COOKIE_NAME": "__Secure-bpm_staff",
        "SESSION_COOKIE_PATH": "/admin",
        "SESSION_COOKIE_SAMESITE": "Strict",
        "PERMANENT_SESSION_LIFETIME": STAFF_SESSION_TERM,
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session, which lasts a working day
    }


def _limits(settings: Settings) -> dict[str, Any]:
    return {
        "AUTH_RATE_LIMITED": True,
        "AUTH_RATE_LIMIT": LOGIN_ATTEMPTS,
        "RATELIMIT_ENABLED": True,
        "RATELIMIT_STORAGE_URI": settings.limits_storage_url,
        "RATELIMIT_KEY_PREFIX": "bpm:back_office",
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
    }


def _flask_appbuilder(settings: Settings) -> dict[str, Any]:
    hosts = list(settings.hosts)
    return {
        "APP_NAME": "BPM Centr",
        "LANGUAGES": {"ru": {"flag": "ru", "name": "Русский"}, "en": {"flag": "gb", "name": "English"}},
        "BABEL_DEFAULT_LOCALE": "ru",
        "BABEL_DEFAULT_TIMEZONE": "Europe/Moscow",
        "BABEL_TRANSLATION_DIRECTORIES": ";".join(map(str, TRANSLATION_FOLDERS)),
        "FAB_ROLES": ROLES,
        "AUTH_ROLE_ADMIN": "Admin",
        "AUTH_ROLE_PUBLIC": "Public",  # has no permissions; a test says so
        "AUTH_USER_REGISTRATION": False,
        # The release step makes tables, roles and permissions; web processes never write at start.
        "FAB_CREATE_DB": False,
        "FAB_UPDATE_PERMS": False,
        "FAB_ADD_SECURITY_API": False,
        "FAB_ADD_OPENAPI_VIEWS": False,
        "FAB_ADD_MENU_API": False,
        "FAB_API_SWAGGER_UI": False,
        "FAB_API_KEY_ENABLED": False,
        "FAB_ALLOW_GET_UNSAFE_MUTATIONS": False,
        "FAB_SAFE_REDIRECT_HOSTS": hosts + [f"{host}:*" for host in hosts],
        "FAB_PASSWORD_COMPLEXITY_ENABLED": True,
        "FAB_PASSWORD_COMPLEXITY_VALIDATOR": require_strong_password,
        "FAB_PASSWORD_HASH_METHOD": "scrypt:131072:8:1" if settings.is_production else "scrypt:1024:8:1",
        "AUTH_DB_FAKE_PASSWORD_HASH_CHECK": FAKE_HASH[settings.is_production],
    }


def _database(settings: Settings) -> dict[str, Any]:
    """A small pool for Flask-AppBuilder's own session; use cases have the container's."""
    return {
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_pre_ping": True,
            "pool_size": 4,
            "max_overflow": 4,
            "connect_args": {
                "options": f"-c statement_timeout={STATEMENT_TIMEOUT} -c lock_timeout={LOCK_TIMEOUT}"
                " -c idle_in_transaction_session_timeout=60s -c timezone=UTC",
                "connect_timeout": 5,
            },
        },
    }


FAKE_HASH = {
    True: "scrypt:131072:8:1$aaaaaaaaaaaaaaaa$" + "0" * 128,
    False: "scrypt:1024:8:1$aaaaaaaaaaaaaaaa$" + "0" * 128,
}
"""Compared with when the name is unknown, so that it takes as long as a wrong password."""
