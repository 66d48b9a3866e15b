"""Demo and tests only: the acquirer's page, the local mailbox, the movable clock, demo data."""

from __future__ import annotations

from flask import Flask

from app.bootstrap import Container


def install(app: Flask, container: Container) -> None:
    """Register the demo pages."""
