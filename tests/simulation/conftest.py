"""Plays small stories on the tests' database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.simulation.report import Report
from app.simulation.story import Script, play
from tests.servers import Cleaner

Play = Callable[[Script], Report]


@pytest.fixture
def play_story(clean_database: str, tmp_path: Path) -> Play:
    """Plays a story; the next one finds an empty database again."""

    def play_story(script: Script) -> Report:
        Cleaner(clean_database).clean()
        return play(script, clean_database, tmp_path, lambda line: None)

    return play_story
