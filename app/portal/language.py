"""The language of a page: what was chosen in this session, else the customer's, else the browser's."""

from __future__ import annotations

from flask import Flask, g, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel, get_locale

from app.portal.addresses import local_address
from app.portal.pages import Pages, see_address
from app.portal.visit import Visit

LANGUAGES = ("ru", "en")
DEFAULT_LANGUAGE = "ru"
CHOSEN = "language"
TRANSLATIONS = "templates/translations;portal/translations"

pages = Pages(private=False)


def install(app: Flask) -> None:
    """Choose the language of every request and know the portal's translations."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = TRANSLATIONS
    Babel(app, default_locale=DEFAULT_LANGUAGE, locale_selector=language_of_request)
    app.jinja_env.globals.update(get_locale=get_locale, language_url=language_url)


def language_of_request() -> str:
    """The language to answer in. What is chosen by the switch holds for this session only; the lasting
    choice stands in the profile.
    """
    chosen = session.get(CHOSEN)
    if chosen in LANGUAGES:
        return str(chosen)
    customer = g.get("customer")
    if customer is not None:
        return str(customer.language)
    return request.accept_languages.best_match(LANGUAGES, DEFAULT_LANGUAGE)


def language_url(code: str) -> str:
    """Where the switch of the page leads: the same page in another language."""
    came_from = request.full_path.rstrip("?") if request.method == "GET" else None
    return url_for("portal.language", code=code, next=local_address(came_from))


@pages.get("/language/<any(ru, en):code>")
def language(visit: Visit, code: str) -> ResponseReturnValue:
    """Show the pages of this browser session in this language; stores nothing about the customer."""
    session[CHOSEN] = code
    return see_address(local_address(request.args.get("next")) or url_for("portal.home"))
