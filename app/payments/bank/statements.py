"""The one door for statements: whatever format, encoding or quality the file has."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePath
from typing import BinaryIO

from app.billing.bank_statement import BankStatement
from app.billing.statement_refusal import RefusalCode, StatementFault, StatementRefused, too_large
from app.payments.bank.assembly import Draft, assemble
from app.payments.bank.camt053 import read_camt053
from app.payments.bank.exchange_sections import MAGIC
from app.payments.bank.exchange_statements import read_exchange
from app.payments.bank.mt940 import read_mt940

LARGEST_FILE = 20 * 1024 * 1024
"""Bytes of one file."""

_CHUNK = 1024 * 1024
_BEGINNING = 64 * 1024
_MT940 = re.compile(rb"(?:^|\n):20:")


def read_statements(content: BinaryIO | bytes, filename: str) -> list[BankStatement]:
    """Every statement of the file, each line accounted for; never a part of a file (H4).

    The format is told by the content, `filename` is only named in the refusal. Raises StatementRefused (an
    InvalidInput) STATEMENT_FORMAT_UNKNOWN, STATEMENT_MALFORMED, STATEMENT_TOO_LARGE or
    STATEMENT_TOTALS_MISMATCH with the line and the fault. A stream is read up to the limit, not further.
    """
    try:
        whole = _within_limit(content)
        return assemble(_reader(whole)(whole))
    except StatementRefused as refusal:
        refusal.add_note(f"in {PurePath(filename).name}")
        raise


def _within_limit(content: BinaryIO | bytes) -> bytes:
    whole = content if isinstance(content, bytes) else _read(content)
    if len(whole) > LARGEST_FILE:
        raise too_large(f"more than {LARGEST_FILE} bytes")
    return whole


def _read(stream: BinaryIO) -> bytes:
    """At most one byte more than the limit: enough to know that the file is too large."""
    whole = bytearray()
    while len(whole) <= LARGEST_FILE:
        chunk = stream.read(min(_CHUNK, LARGEST_FILE + 1 - len(whole)))
        if not chunk:
            break
        whole += chunk
    return bytes(whole)


def _reader(content: bytes) -> Callable[[bytes], list[Draft]]:
    beginning = content[:_BEGINNING].removeprefix(b"\xef\xbb\xbf").lstrip()
    if beginning.startswith(MAGIC.encode()):
        return read_exchange
    if beginning.startswith(b"<"):
        return read_camt053
    if _MT940.search(beginning):
        return read_mt940
    raise StatementRefused(
        RefusalCode.FORMAT_UNKNOWN,
        StatementFault.FORMAT,
        None,
        "neither 1CClientBankExchange nor camt.053 nor MT940",
    )
