"""Runs the commands against the tests' container."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.bootstrap import Container
from app.cli import bpm

Run = Callable[..., Result]


@pytest.fixture
def run(container: Container) -> Run:
    """Runs `bpm …` as `flask --app run bpm …` would."""

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(bpm, arguments, obj=container)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


@pytest.fixture
def run_json(run: Run) -> Callable[..., Any]:
    """Runs with --json; the document, having seen that standard output is nothing else."""

    def run_json(*arguments: str, exit_code: int = 0) -> Any:
        result = run(*arguments, "--json")
        assert result.exit_code == exit_code, result.output
        return json.loads(result.stdout)

    return run_json
