"""The folder that the bank client drops statements into: whole files only, put away in one step (H4)."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.billing.errors import NotFound
from app.payments.bank.folder import QUIET, DiskStatementFolder

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def drop(folder: Path, name: str, content: bytes = b"1C", age: timedelta = timedelta(minutes=5)) -> Path:
    path = folder / name
    path.write_bytes(content)
    changed_at = (NOW - age).timestamp()
    os.utime(path, (changed_at, changed_at))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> DiskStatementFolder:
    return DiskStatementFolder(tmp_path)


def test_whole_files_come_oldest_first(folder: DiskStatementFolder, tmp_path: Path) -> None:
    drop(tmp_path, "b.txt")
    drop(tmp_path, "a.txt", age=QUIET)
    assert folder.ready(NOW) == ["b.txt", "a.txt"]


def test_what_may_still_grow_is_left_alone(folder: DiskStatementFolder, tmp_path: Path) -> None:
    drop(tmp_path, "fresh.txt", age=QUIET - timedelta(seconds=1))
    for name in (".hidden.txt", "~lock.txt", "_a.txt", "a.TMP", "a.txt.part", "a.crdownload"):
        drop(tmp_path, name)
    drop(tmp_path, "empty.txt", b"")
    (tmp_path / "done").mkdir()
    (tmp_path / "link.txt").symlink_to(drop(tmp_path, ".target"))
    assert folder.ready(NOW) == []


def test_a_file_is_put_away_where_it_belongs(folder: DiskStatementFolder, tmp_path: Path) -> None:
    for name, accepted, place in (("a.txt", True, "done"), ("b.txt", False, "failed")):
        drop(tmp_path, name)
        file = folder.read(name)
        assert file is not None
        assert file.content == b"1C"
        folder.finish(file, accepted=accepted)
        assert (tmp_path / place / name).read_bytes() == b"1C"
    assert folder.ready(NOW) == []


def test_a_name_that_was_used_before_loses_nothing(folder: DiskStatementFolder, tmp_path: Path) -> None:
    for content in (b"one", b"two", b"three"):
        drop(tmp_path, "a.txt", content)
        file = folder.read("a.txt")
        assert file is not None
        folder.finish(file, accepted=True)
    kept = {path.name: path.read_bytes() for path in (tmp_path / "done").iterdir()}
    assert kept == {"a.txt": b"one", "a.2.txt": b"two", "a.3.txt": b"three"}


def test_a_file_that_has_changed_meanwhile_stays(folder: DiskStatementFolder, tmp_path: Path) -> None:
    drop(tmp_path, "a.txt")
    file = folder.read("a.txt")
    assert file is not None
    drop(tmp_path, "a.txt", b"more of it")
    folder.finish(file, accepted=True)
    assert folder.ready(NOW) == ["a.txt"]


def test_what_another_scheduler_took_is_nothing(folder: DiskStatementFolder, tmp_path: Path) -> None:
    path = drop(tmp_path, "a.txt")
    file = folder.read("a.txt")
    assert file is not None
    path.unlink()
    folder.finish(file, accepted=True)
    assert folder.read("a.txt") is None


def test_a_link_is_not_followed(folder: DiskStatementFolder, tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to(drop(tmp_path, "a.txt"))
    assert folder.read("link.txt") is None


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as refusal:
        DiskStatementFolder(tmp_path / "missing").ready(NOW)
    assert refusal.value.code == "BANK_FOLDER_MISSING"
