"""The measurement of renewals runs, compares equal work and writes its result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.renewals import main

SMALL = "--customers 60 --subscriptions 120 --due 40 --loop 10 --flatness 20 40 --rounds 1"


@pytest.mark.slow
def test_renewals_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = tmp_path / "bench" / "renewals.json"

    main([*SMALL.split(), "--result", str(result)])

    written = json.loads(result.read_text())
    assert {"renewals_to_set_based", "renewals_to_set_based_cpu", "flatness_20", "flatness_40"} <= set(
        written["ratios"]
    )
    assert all(ratio > 0 for ratio in written["ratios"].values())
    assert written["rows_per_renewal"]["invoice"] == 1
    assert written["proof"]["charges_in_flight"] > 1
    assert "Every claim was on disk before its charge" in capsys.readouterr().out
