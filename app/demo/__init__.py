"""Demo and tests only: the acquirer's page, the local mailbox, the movable clock, demo data."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Flask, url_for
from flask_babel import gettext as _

from app.bootstrap import Container
from app.demo import acquirer_page, mailbox_page, panel
from app.environment import Acquirer

HERE = Path(__file__).parent


def install(app: Flask, container: Container) -> None:
    """Register the demo pages, and lead to them from the foot of every page."""
    blueprint = Blueprint("demo", __name__, template_folder="templates")
    panel.register(blueprint, container)
    if container.local_mailbox is not None:
        mailbox_page.register(blueprint, container.local_mailbox)
    if container.settings.acquirer is Acquirer.TEST:
        acquirer_page.register(blueprint, container)
    app.register_blueprint(blueprint)
    app.extensions["babel"].translation_directories.insert(0, str(HERE / "translations"))
    app.context_processor(lambda: {"demo_links": _links(app)})


def _links(app: Flask) -> list[dict[str, str]]:
    links = [{"url": url_for("demo.panel"), "label": _("Demo")}]
    if "demo.mailbox" in app.view_functions:
        links.append({"url": url_for("demo.mailbox"), "label": _("Mailbox of the demo")})
    return links
