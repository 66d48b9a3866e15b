"""The commands: what they do, what they print, what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdf
import pytest
from click.testing import CliRunner, Result

from app.bootstrap import Container
from app.cli import bpm
from app.cli.doctor import is_writable
from app.cli.sample_documents import SAMPLES
from app.repositories.clock import MovableClock
from tests.clock import ManualClock
from tests.factories import create_connector, create_customer, create_seller, trial_key

Run = Callable[..., Result]
RunJson = Callable[..., Any]


@pytest.mark.parametrize("name", sorted(bpm.commands))
def test_every_command_explains_itself(run: Run, name: str) -> None:
    result = run(name, "--help")

    assert result.exit_code == 0
    assert "--json" in result.stdout


def test_the_sweep_reports_what_it_did(container: Container, run_json: RunJson, clock: ManualClock) -> None:
    create_seller(container)
    customer_id = create_customer(container)
    trial_key(container, customer_id, [create_connector(container)])
    clock.advance(days=8)

    report = run_json("sweep")

    assert report["closed_subscriptions"] == 1
    assert report["at"] == clock.now().isoformat()
    assert run_json("sweep")["closed_subscriptions"] == 0


def test_a_sweep_may_look_ahead(container: Container, run_json: RunJson, clock: ManualClock) -> None:
    create_seller(container)
    trial_key(container, create_customer(container), [create_connector(container)])
    later = clock.now() + timedelta(days=8)

    report = run_json("sweep", "--at", later.strftime("%Y-%m-%dT%H:%M:%S+00:00"))

    assert report["closed_subscriptions"] == 1


@pytest.mark.parametrize(
    ("instant", "complaint"), [("yesterday", "is not an instant"), ("2026-01-01", "has no zone")]
)
def test_a_sweep_wants_an_instant(run: Run, instant: str, complaint: str) -> None:
    result = run("sweep", "--at", instant)

    assert result.exit_code == 2
    assert complaint in result.stderr


def test_the_clock_is_shown_and_moved(container: Container, run_json: RunJson) -> None:
    moved = run_json("clock", "--advance", "8d")

    offset = MovableClock(container.session_factory).offset()
    assert offset == timedelta(days=8)
    assert set(moved) == {"now", "real_now", "ahead_seconds"}


@pytest.mark.parametrize("amount", ["8", "-1d", "1y", "", "0d", "9999999d"])
def test_the_clock_refuses_other_amounts(run: Run, amount: str) -> None:
    assert run("clock", "--advance", amount).exit_code != 0


def test_the_clock_stands_firm_where_it_must(container: Container) -> None:
    fixed = Container(container.settings.model_copy(update={"clock_movable": False}))
    result = CliRunner().invoke(bpm, ["clock", "--advance", "1d"], obj=fixed)

    assert result.exit_code == 1
    assert "can't be moved" in result.stderr
    fixed.engine.dispose()


def test_the_doctor_names_what_is_missing(run_json: RunJson) -> None:
    diagnosis = run_json("doctor", exit_code=1)

    ill = {finding["part"] for finding in diagnosis["findings"] if not finding["well"]}
    assert ill == {"worker", "scheduler"}
    assert all(finding["advice"] for finding in diagnosis["findings"] if not finding["well"])


def test_the_doctor_survives_dead_servers(container: Container) -> None:
    update = {
        "database_url": "postgresql+psycopg://nobody@127.0.0.1:1/none",
        "redis_url": "redis://127.0.0.1:1/0",
    }
    dead = Container(container.settings.model_copy(update=update))

    result = CliRunner().invoke(bpm, ["doctor"], obj=dead)

    assert result.exit_code == 1
    assert "BAD  database" in result.stdout
    assert "BAD  redis" in result.stdout


def test_a_folder_that_is_a_file_is_not_writable(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    assert is_writable(tmp_path / "new" / "folder")
    assert not is_writable(file / "folder")


@pytest.mark.slow
def test_sample_documents_are_of_every_kind_and_can_be_read(run_json: RunJson, tmp_path: Path) -> None:
    made = run_json("sample-documents", str(tmp_path / "samples"))

    names = {Path(document["file"]).stem for document in made["documents"]}
    assert set(SAMPLES) <= names
    assert sum(name.startswith("ON_NSCHFDOPPR_") for name in names) >= 5
    for document in made["documents"]:
        if document["file"].endswith(".pdf"):
            text = pypdf.PdfReader(document["file"]).pages[0].extract_text()
            assert "2026-0000" in text
