"""Addresses that a request may send people to: only our own pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request


def own_address(wanted: str | None, otherwise: str) -> str:
    """The wanted address as path and query when it is a page of the back-office on this host.

    Anything else, such as another host, a scheme without a host, `//`, a backslash or a control
    character, gives `otherwise`. The request's own host was checked against TRUSTED_HOSTS before.
    """
    if not wanted or not wanted.isprintable() or "\\" in wanted:
        return otherwise
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return otherwise
    if (parts.scheme, parts.netloc) not in (("", ""), (request.scheme, request.host)):
        return otherwise
    if not parts.path.startswith(f"{request.script_root}/") or parts.path.startswith("//"):
        return otherwise
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
