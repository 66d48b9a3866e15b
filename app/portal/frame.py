"""The frame around every page: menu, cart, footer, and the reminder to switch keys (C4)."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from flask import Flask, g, url_for
from flask_babel import gettext as _

from app.billing.api_key import TRIAL_KEY_AFTERLIFE, ApiKeyKind, ApiKeyStatus
from app.billing.entitlement import paid_since
from app.bootstrap import Container
from app.models import ApiKey
from app.portal.visit import Visit


class Frame:
    """Read from the database only when a page of the portal is drawn; error pages never do."""

    def __init__(self, container: Container) -> None:
        self._container = container

    @cached_property
    def cart_count(self) -> int:
        """How many lines the cart holds."""
        visit = Visit(self._container)
        if visit.customer is None:
            return 0
        with visit.reading() as repositories:
            cart = repositories.carts.open_cart(visit.customer_id)
            return 0 if cart is None else len(cart.lines)

    @cached_property
    def key_reminder(self) -> KeyReminder | None:
        """Set while a paying customer's scenarios still use the temporary key."""
        visit = Visit(self._container)
        if visit.customer is None:
            return None
        with visit.reading() as repositories:
            keys = repositories.api_keys.of_customer(visit.customer_id)
            trial = [key for key in keys if _is_temporary_in_use(key)]
            if not trial:
                return None
            held = repositories.subscriptions.of_customer(visit.customer_id)
            if paid_since(tuple(row.facts() for row in held), visit.now) is None:
                return None
            shown_at = repositories.api_keys.production_key_shown_at(visit.customer_id)
        return _reminder(trial[0], keys, shown_at, visit.now)


class KeyReminder:
    """The temporary key works for what is paid for until `works_until` (None: not decided yet)."""

    def __init__(self, works_until: datetime | None) -> None:
        self.works_until = works_until


def install(app: Flask, container: Container) -> None:
    """Give every template what the frame shows."""

    def frame() -> dict[str, Any]:
        if "frame" not in g:
            g.frame = Frame(container)
        return {
            "frame": g.frame,
            "logout_url": url_for("portal.logout"),
            "login_url": url_for("portal.login"),
            "register_url": url_for("portal.register"),
            "home_url": url_for("portal.home"),
            "support_email": container.settings.support_email,
            "footer_links": [{"url": url_for("portal.terms"), "label": _("Terms of service")}],
        }

    app.context_processor(frame)


def _is_temporary_in_use(key: ApiKey) -> bool:
    return key.kind is ApiKeyKind.TRIAL and key.status is ApiKeyStatus.ACTIVE


def _reminder(trial: ApiKey, keys: Any, shown_at: datetime | None, now: datetime) -> KeyReminder | None:
    """None when the permanent key has taken over or the temporary one is over."""
    if shown_at is None or trial.expires_at is None:
        return KeyReminder(None)
    works_until = max(trial.expires_at, shown_at + TRIAL_KEY_AFTERLIFE)
    if now >= works_until or _has_switched(trial, keys):
        return None
    return KeyReminder(works_until)


def _has_switched(trial: ApiKey, keys: Any) -> bool:
    """Whether a permanent key was used later than the temporary one."""
    used = [key.last_used_at for key in keys if key.kind is ApiKeyKind.PRODUCTION and key.last_used_at]
    return bool(used) and (trial.last_used_at is None or max(used) > trial.last_used_at)
