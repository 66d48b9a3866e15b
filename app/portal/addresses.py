"""Addresses inside the portal: where a login may lead back to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

LOCAL_ADDRESS = re.compile(r"/(?![/\\])[!-\[\]-~]{0,1999}")
"""A path on this host: one slash, no backslash, no space or control character, nothing but ASCII."""


def local_address(text: str | None) -> str | None:
    """The address if it is a path on this very host, else None. Browsers read `//host`, `/\\host` and
    addresses with stray control characters as other hosts, so all of these are refused.
    """
    if not text or not LOCAL_ADDRESS.fullmatch(text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else text
