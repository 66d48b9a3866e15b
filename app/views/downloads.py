"""Files as staff get them: a PDF opens in the browser, everything else is saved."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response

from app.services.document_files import Download


def handed_out(file: Download) -> Response:
    """The file with its own name, also where that is Russian; nothing keeps a copy of it."""
    inline = file.media_type == "application/pdf"
    disposition = f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(file.name, safe='')}"
    return Response(
        file.content,
        content_type=file.media_type,
        headers={"Content-Disposition": disposition, "Cache-Control": "no-store"},
    )
