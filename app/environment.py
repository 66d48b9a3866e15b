"""Where settings come from (variables, files of secrets, the demo instance), and words to choose from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from pathlib import Path

from dotenv import dotenv_values

DEMO_ENVIRONMENT_FILE = "demo.env"


class Environment(StrEnum):
    """What this instance is for: production is strict about secrets, the others may move the clock."""

    PRODUCTION = "production"
    DEMO = "demo"
    TEST = "test"


class Acquirer(StrEnum):
    """Who takes card payments."""

    NONE = "none"
    TEST = "test"


class PayPalEnvironment(StrEnum):
    """PayPal's two worlds: in the sandbox no money moves."""

    SANDBOX = "sandbox"
    LIVE = "live"


class LogFormat(StrEnum):
    """How log lines are written to standard error."""

    JSON = "json"
    CONSOLE = "console"


class SettingsError(Exception):
    """The settings can't be used; the message names every bad variable and shows no value."""


def given_values(
    given: Mapping[str, str], names: Iterable[str], from_file: Collection[str], instance: Path
) -> dict[str, str]:
    """What is given for the settings of these names, by name; those `from_file` may stand in a file.

    With neither ENVIRONMENT nor DATABASE_URL set it is what `make run` prepared in the `instance` folder,
    under whatever else is set. Raises SettingsError when there is no such folder, when a setting is given
    twice, or when a file can't be read.
    """
    if not any(given.get(name) for name in ("ENVIRONMENT", "DATABASE_URL", "DATABASE_URL_FILE")):
        given = {**_demo_environment(Path(given.get("INSTANCE_DIRECTORY") or instance)), **given}
    values = {name: given[name.upper()] for name in names if given.get(name.upper())}
    for name in from_file:
        path = given.get(f"{name.upper()}_FILE")
        if path:
            values[name] = _read_secret_file(name.upper(), path, given)
    return values


def _demo_environment(folder: Path) -> dict[str, str]:
    file = folder / DEMO_ENVIRONMENT_FILE
    if not file.is_file():
        raise SettingsError(
            "No settings found. Start the demo once with `make run`, or set ENVIRONMENT, DATABASE_URL "
            "and the other variables of .env.example."
        )
    return {name: value for name, value in dotenv_values(file).items() if value is not None}


def _read_secret_file(name: str, path: str, given: Mapping[str, str]) -> str:
    if given.get(name):
        raise SettingsError(f"Both {name} and {name}_FILE are set; set one of them.")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name}_FILE can't be read: {type(error).__name__}") from None
