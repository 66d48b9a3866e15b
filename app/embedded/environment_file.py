"""The settings file of a local instance: secrets are made once and kept, everything else is written anew."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

SECRET_BYTES = 36


def write_environment_file(
    path: Path, values: Mapping[str, str], secret_names: Iterable[str]
) -> dict[str, str]:
    """Write `values` and the secrets to `path`, readable by its owner only; answers all of them.

    A secret that the file already has keeps its value: sessions and key fingerprints survive a restart.
    """
    known = _read(path)
    kept = {name: known.get(name) or secrets.token_urlsafe(SECRET_BYTES) for name in secret_names}
    content = dict(values) | kept
    lines = [f"{name}='{value}'" for name, value in content.items()]
    write_private_file(
        path, "# Made by `make run`; delete it to get new secrets.\n" + "\n".join(lines) + "\n"
    )
    return content


def write_private_file(path: Path, text: str) -> None:
    """Write a file all at once, so that nobody reads half of it; only its owner may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    pairs = (line.partition("=") for line in path.read_text(encoding="utf-8").splitlines())
    return {name: value.strip("'") for name, separator, value in pairs if separator}
