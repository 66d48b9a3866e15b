"""Rate limits: in Redis, in memory per process while Redis is away."""

from __future__ import annotations

import hashlib

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from config import Settings

CHECKS_PER_KEY = "6000 per minute"
"""An abuse guard far above real use (D4): 100 a second on average, bursts allowed within the minute."""
LOGIN_ATTEMPTS = "10 per minute; 60 per hour"
MAILS_ASKED_FOR = "5 per minute; 20 per hour"

limiter = Limiter(key_func=get_remote_address, in_memory_fallback_enabled=True)


def presented_key() -> str:
    """What a limit per API key counts under: a digest of the header, never an address (Make shares them)."""
    header = request.headers.get("Authorization", "")
    return "key:" + hashlib.sha256(header.encode("utf-8", "replace")).hexdigest()[:32]


def install(app: Flask, settings: Settings) -> None:
    """Count in the product's Redis."""
    app.config.update(
        RATELIMIT_STORAGE_URI=settings.redis_url,
        RATELIMIT_KEY_PREFIX=f"bpm:{app.name}",
        RATELIMIT_HEADERS_ENABLED=True,
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
    )
    limiter.init_app(app)
