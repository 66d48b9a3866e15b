"""A register that writes receipts into a file: for the demo, and for whoever takes them from there."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from uuid import UUID

from app.billing.fiscal import FiscalReceipt, FiscalRegisterUnreachable
from app.fiscal.atol import atol_body


class FileRegister:
    """A line of JSON for each receipt: what is asked for (`operation`) and the body of the question.

    After a crash a receipt may stand there twice, under one `external_id`: the reader takes it once.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def register(self, receipt: FiscalReceipt, receipt_id: UUID, made_at: datetime) -> str:
        """Append the receipt; it is on disk when this returns. Answers its id, the file has no other name.

        Raises FiscalRegisterUnreachable when the disk is full or away, FiscalReceiptRefused.
        """
        asked = {
            "operation": receipt.settlement.value,
            "body": atol_body(receipt, receipt_id, made_at),
        }
        line = json.dumps(asked, ensure_ascii=False) + "\n"
        try:
            self._append(line.encode())
        except OSError as error:
            raise FiscalRegisterUnreachable(type(error).__name__) from error
        return str(receipt_id)

    def _append(self, line: bytes) -> None:
        """One write, so that two workers never mix their lines; for the owner of the process only."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, line)
            os.fsync(file)
        finally:
            os.close(file)
