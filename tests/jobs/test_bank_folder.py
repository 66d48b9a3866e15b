"""A statement that the bank client drops into the folder is booked by the scheduler (H4)."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from app.billing.errors import NotFound
from app.billing.invoice import InvoiceStatus
from app.bootstrap import Container, build_container
from app.jobs.scheduler import TIMETABLE
from app.models import BankLine, BankLineState, Invoice, StaffTask
from tests.bank import document, exported
from tests.clock import ManualClock
from tests.factories import create_connector, create_customer, create_payer, create_seller, order, rows

(TASK,) = (task for task in TIMETABLE if task.name == "bank-folder")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "bank"
    path.mkdir()
    return path


@pytest.fixture
def watching(container: Container, clock: ManualClock, folder: Path) -> Container:
    """The same product, told to look into the folder."""
    settings = container.settings.model_copy(update={"bank_statements_dir": folder})
    return build_container(settings, clock)


def drop(container: Container, folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    path.write_bytes(content)
    old = (container.wall_clock.now() - timedelta(minutes=5)).timestamp()
    os.utime(path, (old, old))


def test_certain_lines_are_booked_and_bad_files_put_away(
    container: Container, watching: Container, folder: Path
) -> None:
    create_seller(container)
    create_connector(container)
    alice = create_customer(container)
    create_payer(container, alice)
    order(container, alice, "crm-connector")
    lines = (document(17, "990.00", "счёт СЧ-2026-000001"), document(18, "5.00", "за услуги"))
    whole = exported(*lines, came="995.00")
    drop(container, folder, "kl_to_1c.txt", whole)
    drop(container, folder, "cut.txt", whole[:400])
    (folder / "fresh.txt").write_bytes(whole)
    TASK.run(watching)
    watching.engine.dispose()
    assert rows(container, Invoice)[0].status is InvoiceStatus.PAID
    states = [row.state for row in rows(container, BankLine)]
    assert states == [BankLineState.MATCHED, BankLineState.UNMATCHED]
    assert [path.name for path in (folder / "done").iterdir()] == ["kl_to_1c.txt"]
    assert [path.name for path in (folder / "failed").iterdir()] == ["cut.txt"]
    assert (folder / "fresh.txt").exists()
    kinds = {task.kind.partition(":")[0] for task in rows(container, StaffTask)}
    assert kinds == {"bank_file", "bank_lines_waiting"}


def test_a_folder_that_is_gone_is_told(watching: Container, folder: Path) -> None:
    folder.rmdir()
    with pytest.raises(NotFound):
        TASK.run(watching)


def test_without_a_folder_nothing_is_looked_at(container: Container) -> None:
    assert container.statement_folder is None
    TASK.run(container)
