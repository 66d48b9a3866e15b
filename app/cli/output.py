"""What the commands share: the container, and an answer for people or for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click

from app.bootstrap import Container, get_container
from config import SettingsError

Command = TypeVar("Command", bound=Callable[..., Any])


def as_json(command: Command) -> Command:
    """Add the option --json; the command gets it as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(command)


def container_of(context: click.Context) -> Container:
    """The container that the caller has put into the context, else that of the environment.

    Raises ClickException when the environment's settings are missing or bad.
    """
    try:
        return context.find_object(Container) or get_container()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def answer(document: dict[str, Any], text: str, *, as_json: bool) -> None:
    """Print the result: the document for programs, the text for people."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str) if as_json else text)


def progress(text: str) -> None:
    """Tell how far the work is, on standard error."""
    click.echo(text, err=True)
