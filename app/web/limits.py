"""Rate limits of pages: in Redis, in memory per process while Redis is away. The API has its own."""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from config import Settings

LOGIN_ATTEMPTS = "10 per minute; 60 per hour"
REDIS_TIMEOUTS = {"socket_timeout": 1, "socket_connect_timeout": 1}
"""A hanging Redis counts as away; without these a page would wait for it for good."""
MAILS_ASKED_FOR = "5 per minute; 20 per hour"

limiter = Limiter(key_func=get_remote_address, in_memory_fallback_enabled=True)


def install(app: Flask, settings: Settings) -> None:
    """Count in the product's Redis."""
    app.config.update(
        RATELIMIT_STORAGE_URI=settings.limits_storage_url,
        RATELIMIT_STORAGE_OPTIONS=REDIS_TIMEOUTS,
        RATELIMIT_KEY_PREFIX=f"bpm:{app.name}",
        RATELIMIT_HEADERS_ENABLED=True,
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
    )
    limiter.init_app(app)
