"""A browser, a guest and Alice, who is signed in."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.portal.browser import Browser
from tests.shop import alice, shop

__all__ = ["alice", "shop"]


@pytest.fixture
def guest(app: Flask, shop: dict[str, int]) -> Browser:
    """Somebody without an account, in a shop that sells something."""
    return Browser(app)


@pytest.fixture
def member(app: Flask, alice: int) -> Browser:
    """Alice, signed in."""
    browser = Browser(app)
    browser.log_in("alice@example.com")
    return browser
