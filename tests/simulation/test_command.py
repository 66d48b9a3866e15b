"""`bpm simulate` on a server of its own: what it prints, how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import bpm

pytestmark = pytest.mark.slow

SHORT = ("simulate", "--customers", "2", "--months", "1", "--seed", "4")


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(bpm, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_it_needs_no_settings_and_prints_one_document() -> None:
    result = run(*SHORT, "--faults", "--json")

    document = json.loads(result.stdout)
    assert result.exit_code == 0
    assert {"digest", "violations", "charges", "faults", "kills"} <= document.keys()
    assert document["violations"] == 0
    assert document["kills"] == sum(document["kills_by_point"].values())
    assert "month 1 of 1" in result.stderr


def test_for_people_it_sums_up() -> None:
    result = run(*SHORT)

    assert "2 customers, 1 months, seed 4" in result.stdout
    assert "violations 0" in result.stdout


def test_a_series_plays_each_story_once_and_sums_up(tmp_path: Path) -> None:
    series = (*SHORT, "--faults", "--stories", "2", "--results", str(tmp_path / "simulation.jsonl"))

    first, again = run(*series, "--json"), run(*series, "--json")

    assert json.loads(first.stdout)["stories"] == 2
    assert json.loads(again.stdout) == json.loads(first.stdout)
    assert "seed 4:" in first.stderr
    assert "seed 4:" not in again.stderr
    assert first.exit_code == 0


def test_a_violation_is_told_by_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.simulation.story.inspect", lambda life: life.world.violated("x", "y"))

    result = run(*SHORT, "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["violated"][0]["kind"] == "x"
