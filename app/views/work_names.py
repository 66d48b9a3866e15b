"""Kinds of long work as staff read them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

WORKS: dict[str, Any] = {
    "documents_archive": _("Archive of documents"),
    "register_xlsx": _("Register as XLSX"),
    "register_csv": _("Register as CSV"),
    "register_xml": _("Register as XML"),
}


def work_name(kind: str) -> str:
    """What is made; the kind itself when nobody has named it yet."""
    return str(WORKS.get(kind, kind))
