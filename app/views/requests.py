"""What every request must be like before a view sees it: broken parameters get 400 or 404, never 500."""

from __future__ import annotations

import re

from flask import Flask, abort, request

IDENTIFIER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
WHOLE_NUMBER = re.compile(r"[0-9]{1,6}", re.ASCII)
BIGGEST_PAGE = 100
LONGEST_VALUE = 500


def install(app: Flask) -> None:
    """Check the parameters of every request."""
    app.before_request(_check)


def _check() -> None:
    if request.endpoint in (None, "static", "appbuilder.static"):
        return
    _check_identifier(request.view_args or {})
    for name, value in request.args.items(multi=True):
        _check_argument(name, value)
    for name, value in request.form.items(multi=True):
        if "\0" in name or "\0" in value:
            abort(400, "a NUL character")


def _check_identifier(arguments: dict[str, object]) -> None:
    """Primary keys are positive numbers; anything else names no row."""
    pk = arguments.get("pk")
    if pk is not None and not IDENTIFIER.fullmatch(str(pk)):
        abort(404)


def _check_argument(name: str, value: str) -> None:
    if "\0" in name or "\0" in value or len(value) > LONGEST_VALUE:
        abort(400, "a parameter that can't be right")
    if name.startswith(("page_", "psize_")) and not WHOLE_NUMBER.fullmatch(value):
        abort(400, "a page is a whole number")
    if name.startswith("psize_") and not 1 <= int(value) <= BIGGEST_PAGE:
        abort(400, f"a page has 1 to {BIGGEST_PAGE} rows")
    if name == "pk" and not IDENTIFIER.fullmatch(value):
        abort(404)
