"""The measurement of documents runs and writes its result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.documents import main


@pytest.mark.slow
# Plain WeasyPrint leaves the file of its colour profile open.
@pytest.mark.filterwarnings("ignore:.*sRGB2014.icc:pytest.PytestUnraisableExceptionWarning")
def test_documents_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = tmp_path / "bench" / "documents.json"

    main(["--documents", "4", "--rounds", "1", "--memory", "10", "--share", "2", "--result", str(result)])

    written = json.loads(result.read_text())
    assert set(written["ratios"]) == {
        "render_to_plain", "render_to_plain_clock", "job_to_plain", "job_to_plain_clock",
        "memory_last_to_first", "two_workers_to_one", "two_counters_to_one", "two_workers_of_machine",
    }  # fmt: skip
    assert all(ratio > 0 for ratio in written["ratios"].values())
    assert list(written["megabytes"]) == ["2", "4", "6", "8", "10"]
    assert "whole job" in capsys.readouterr().out
