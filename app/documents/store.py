"""Where rendered files are kept: a folder on disk."""

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.billing.documents.files import DocumentStoreUnavailable
from app.billing.errors import InvalidInput, NotFound

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]*(?:/[a-z0-9][a-z0-9_-]*)*\.[a-z0-9]{1,5}")
_LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as stored: its key, the SHA-256 of its content (hexadecimal) and its size in bytes."""

    key: str
    sha256: str
    size: int


class FileDocumentStore:
    """Files under one folder, each whole or not there at all.

    Keys look like `invoices/2026/42.pdf`: small Latin letters, digits, `-`, `_`, folders, one
    extension. Anything else raises InvalidInput with the code STORE_KEY. Access to the files is for
    the owner of the process only.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def save(self, key: str, content: bytes) -> StoredFile:
        """Store the content; it is on disk when this returns, also after a loss of power.

        Storing under a key again replaces the file in one step. That issued documents never change
        is guarded where they are recorded, together with the checksum. Raises DocumentStoreUnavailable
        when the disk is full or away, and leaves nothing behind.
        """
        target = self._path(key)
        try:
            _write_whole(target, content)
        except OSError as error:
            raise DocumentStoreUnavailable(type(error).__name__) from error
        return StoredFile(key, hashlib.sha256(content).hexdigest(), len(content))

    def read(self, key: str) -> bytes:
        """The stored content. Raises NotFound with the code DOCUMENT_FILE_MISSING when there is none."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"no file under {key}", code="DOCUMENT_FILE_MISSING") from error

    def _path(self, key: str) -> Path:
        if len(key) > _LONGEST_KEY or not _KEY.fullmatch(key):
            raise InvalidInput("not a key of the document store", code="STORE_KEY")
        root = self._root.resolve()
        path = root / key
        # A link inside the folder must not lead out of it either.
        if not path.resolve().is_relative_to(root):
            raise InvalidInput("the key leads out of the document store", code="STORE_KEY")
        return path


def _write_whole(target: Path, content: bytes) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".incoming-", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
