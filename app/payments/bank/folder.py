"""A folder on disk that the bank client drops statements into; done and failed ones are put away (H4)."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from app.billing.errors import NotFound
from app.billing.statement_folder import DroppedFile
from app.payments.bank.statements import LARGEST_FILE

DONE, FAILED = "done", "failed"
QUIET = timedelta(seconds=30)
"""A file that has changed more lately may still be growing."""
UNFINISHED_ENDINGS = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".lock")
UNFINISHED_BEGINNINGS = (".", "~", "_")


class DiskStatementFolder:
    """Files right in the folder, no links and no folders, whose names and ages say that they are whole."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def ready(self, real_now: datetime) -> list[str]:
        """Names of whole files, the oldest first. Raises NotFound (BANK_FOLDER_MISSING)."""
        quiet_since = (real_now - QUIET).timestamp()
        try:
            found = [each for each in self._files() if each[0] <= quiet_since]
        except OSError as error:
            raise NotFound(type(error).__name__, code="BANK_FOLDER_MISSING") from error
        return [name for _changed_at, name in sorted(found)]

    def read(self, name: str) -> DroppedFile | None:
        """The file with its content, up to a byte more than a reader takes; None when it is gone."""
        try:
            descriptor = os.open(self._directory / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(file.fileno())
            return DroppedFile(name, file.read(LARGEST_FILE + 1), _stamp(found))

    def finish(self, file: DroppedFile, *, accepted: bool) -> None:
        """Move the file to done/ or failed/ in one step, never over another one of its name.

        A file that has changed since it was read stays: the next turn takes what it is then.
        """
        source = self._directory / file.name
        try:
            if _stamp(source.lstat()) != file.stamp:
                return
        except FileNotFoundError:
            return  # another scheduler has put it away
        target = self._directory / (DONE if accepted else FAILED)
        target.mkdir(mode=0o750, exist_ok=True)
        source.replace(_free(target, file.name))

    def _files(self) -> Iterator[tuple[float, str]]:
        with os.scandir(self._directory) as entries:
            for entry in entries:
                found = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(found.st_mode) and _is_finished(entry.name) and found.st_size:
                    yield found.st_mtime, entry.name


def _is_finished(name: str) -> bool:
    lowered = name.lower()
    return not lowered.startswith(UNFINISHED_BEGINNINGS) and not lowered.endswith(UNFINISHED_ENDINGS)


def _stamp(found: os.stat_result) -> tuple[int, int]:
    return found.st_mtime_ns, found.st_size


def _free(folder: Path, name: str) -> Path:
    """A path in the folder that no file has; banks use the same names again and again."""
    path, number = folder / name, 1
    while path.exists():
        number += 1
        path = folder / f"{Path(name).stem}.{number}{Path(name).suffix}"
    return path
