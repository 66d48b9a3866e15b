"""Instants as PayPal writes them (RFC 3339)."""

from __future__ import annotations

from datetime import UTC, datetime


def read_instant(written: object) -> datetime | None:
    """The instant in UTC; None for what is no instant or has no zone."""
    if not isinstance(written, str) or len(written) > 40:
        return None
    try:
        instant = datetime.fromisoformat(written)
    except ValueError:
        return None
    return None if instant.tzinfo is None else instant.astimezone(UTC)


def write_instant(instant: datetime) -> str:
    """The instant to the second, in UTC."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
