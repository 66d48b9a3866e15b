"""Statements that the bank client drops into a folder: what is certain is booked, the rest waits (H4)."""

from __future__ import annotations

from datetime import datetime

from app.billing.actors import Actor
from app.billing.errors import BillingError
from app.billing.statement_folder import DroppedFile, StatementFolder
from app.services.bank_statements import Importing, StatementFile, apply_statement

ACTOR = Actor.system("bank-folder")
LONGEST_IDENTITY = 64


def take_statements(
    importing: Importing, folder: StatementFolder, *, now: datetime, real_now: datetime
) -> int:
    """Apply every whole file of the folder and put it away; how many were taken.

    A file that is refused goes to the failed ones with a task for staff, and nothing of it is written. When
    this breaks off, the file stays and the next turn changes nothing about lines that are stored. Raises
    NotFound (BANK_FOLDER_MISSING).
    """
    taken = 0
    for name in folder.ready(real_now):
        file = folder.read(name)
        if file is not None:
            folder.finish(file, accepted=_apply(importing, file, now))
            taken += 1
    return taken


def _apply(importing: Importing, file: DroppedFile, now: datetime) -> bool:
    try:
        apply_statement(importing, actor=ACTOR, file=StatementFile(file.name, file.content), now=now)
    except BillingError as refusal:
        with importing.transactions.begin(ACTOR) as work:
            identity = file.name[-LONGEST_IDENTITY:]
            work.ask_staff(f"bank_file:{refusal.code}", "bank_file", identity, None, now)
        return False
    return True
