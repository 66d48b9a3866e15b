"""Files of long work: written in place turn by turn, read when whole, removed when their time is over."""

import os
import re
from pathlib import Path
from typing import BinaryIO

from app.billing.documents.files import DocumentStoreUnavailable
from app.billing.errors import InvalidInput, NotFound

_KEY = re.compile(r"[0-9]{1,19}\.[a-z0-9]{1,5}")


class WorkFolder:
    """Files under one folder, for the owner of the process only; keys look like `42.zip`.

    Anything else raises InvalidInput with the code STORE_KEY.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def open(self, key: str, *, anew: bool) -> BinaryIO:
        """The file to go on with, or an empty one; raises DocumentStoreUnavailable."""
        path = self._path(key)
        try:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | (os.O_TRUNC if anew else 0)
            return os.fdopen(os.open(path, flags, 0o600), "r+b")
        except OSError as error:
            raise DocumentStoreUnavailable(type(error).__name__) from error

    def read(self, key: str) -> BinaryIO:
        """The file to read from; raises NotFound."""
        try:
            return self._path(key).open("rb")
        except FileNotFoundError as error:
            raise NotFound("file of long work", code="DOCUMENT_FILE_MISSING") from error

    def seal(self, key: str) -> int:
        """Bring the file to the disk for good; its bytes. Raises DocumentStoreUnavailable."""
        try:
            with self._path(key).open("rb") as file:
                os.fsync(file.fileno())
                return os.fstat(file.fileno()).st_size
        except OSError as error:
            raise DocumentStoreUnavailable(type(error).__name__) from error

    def remove(self, key: str) -> None:
        """Remove the file; one that is gone already is no matter."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise InvalidInput("not a key of the work folder", code="STORE_KEY")
        return self._root / key
