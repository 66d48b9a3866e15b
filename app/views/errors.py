"""Failures as staff see them."""

from __future__ import annotations

from flask import Response, make_response, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import SecurityError

from app.web.errors import Failure

TITLES = {
    400: _("The request could not be understood"),
    403: _("You may not do this"),
    404: _("There is no such page"),
    405: _("This can't be done this way"),
    409: _("This contradicts what happened meanwhile"),
    413: _("This is too large"),
    429: _("Too many attempts"),
    503: _("The answer is not known right now"),
}
ADVICE = {
    400: _("Reload the page and try again. A form that stood open for long has to be opened anew."),
    403: _("If your work needs it, ask the administrator for the right role."),
    404: _("Check the address, or start from the overview."),
    429: _("Wait a few minutes, then try again."),
    503: _("Try again in a minute."),
}


def error_page(failure: Failure) -> Response:
    """Show a failure to an employee, in their language."""
    title = TITLES.get(failure.status, _("Something broke on our side"))
    if _is_foreign_host():
        # No page can be made for a host that is not ours: its addresses would be foreign too.
        return Response(failure.code, content_type="text/plain; charset=utf-8")
    return make_response(
        render_template(
            "error.html",
            code=failure.status,
            title=title,
            message="" if request.method == "GET" else gettext("Nothing was changed."),
            advice=str(ADVICE.get(failure.status, _("Try again; if it stays, tell the developers."))),
            home_url=f"{request.script_root}/",
        )
    )


def _is_foreign_host() -> bool:
    try:
        return not request.host
    except SecurityError:
        return True
