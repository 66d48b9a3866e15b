"""The commands of `flask --app run bpm`."""

from __future__ import annotations

import click


@click.group()
def bpm() -> None:
    """BPM Centr's own commands."""
