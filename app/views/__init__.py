"""The back-office: Flask-AppBuilder for staff."""

from __future__ import annotations

from flask import Flask

from app.bootstrap import Container


def install(app: Flask, container: Container) -> None:
    """Build the back-office."""
