"""Writes .env.example: `python -m tools.env_example > .env.example`."""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import SecretStr

from config import FROM_FILE, Settings


def example_environment() -> str:
    """The text of .env.example: every setting with its meaning and default, made from Settings."""
    lines = [
        "# Settings of BPM Centr. Made by `make env-example` from config.py; copy to .env and fill in.",
        "",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.is_required() or field.default_factory else field.default
        text = "" if default in (None, ()) or isinstance(default, SecretStr | Path) else str(default)
        lines += [f"# {field.description}", f"{name.upper()}={text}"]
        if name in FROM_FILE:
            lines.append(f"# {name.upper()}_FILE=")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(example_environment())
