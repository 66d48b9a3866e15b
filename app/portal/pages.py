"""Pages: functions of a visit with an address; private ones are reached only by signed-in customers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.routing import BaseConverter

from app.bootstrap import Container
from app.portal.addresses import local_address
from app.portal.visit import Visit

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

IDENTIFIER = "int(max=9223372036854775807)"
"""The converter of an id in an address: what does not fit into the database is simply not found."""


class SlugConverter(BaseConverter):
    """The slug of a connector in an address."""

    regex = "[a-z0-9-]{1,64}"


@dataclass(frozen=True, slots=True)
class Page:
    """One address and what answers there."""

    rule: str
    methods: tuple[str, ...]
    view: Callable[..., ResponseReturnValue]


class Pages:
    """The pages of one part of the portal. The endpoint is the function's name."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._pages: list[Page] = []

    def get(self, rule: str) -> Callable[[View], View]:
        """A page that only shows."""
        return self._add(rule, ("GET",))

    def post(self, rule: str) -> Callable[[View], View]:
        """A button: changes something and leads to a page."""
        return self._add(rule, ("POST",))

    def form(self, rule: str) -> Callable[[View], View]:
        """A page with a form that is sent to the same address."""
        return self._add(rule, ("GET", "POST"))

    def register(self, blueprint: Blueprint, container: Container) -> None:
        """Put the pages under the blueprint."""
        for page in self._pages:
            view = _bound(page.view, container, self._private)
            blueprint.add_url_rule(page.rule, page.view.__name__, view, methods=list(page.methods))

    def _add(self, rule: str, methods: tuple[str, ...]) -> Callable[[View], View]:
        def add(view: View) -> View:
            self._pages.append(Page(rule, methods, view))
            return view

        return add


def see(endpoint: str, **values: Any) -> Response:
    """Lead to a page of the portal after something was done."""
    return _to(url_for(f"portal.{endpoint}", **values))


def see_address(address: str) -> Response:
    """Lead to an address that is known to be safe."""
    return _to(address)


def _bound(
    view: Callable[..., ResponseReturnValue], container: Container, private: bool
) -> Callable[..., ResponseReturnValue]:
    @wraps(view)
    def answer(**arguments: object) -> ResponseReturnValue:
        if private and g.get("customer") is None:
            return _to_login()
        return view(Visit(container), **arguments)

    return answer


def _to_login() -> Response:
    """Ask to log in and come back; a form that was sent without a session leads to its page."""
    came_from = request.full_path.rstrip("?") if request.method == "GET" else None
    address = url_for("portal.login", next=local_address(came_from))
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": address})
    return _to(address)


def _to(address: str) -> Response:
    response = redirect(address, 303)
    assert isinstance(response, Response)
    return response
