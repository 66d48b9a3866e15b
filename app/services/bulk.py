"""Bulk use cases: a transaction per chunk; a poisoned row is parked, the others go on (design §2.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

import structlog
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.billing.errors import BillingError
from app.services.conflicts import begun_anew, put_off_or_raise

CHUNK = 200
log = structlog.get_logger()


@dataclass(slots=True)
class BulkResult:
    """How many rows were handled, and which were parked for a person."""

    handled: int = 0
    parked: list[int] = field(default_factory=list)


def in_chunks(
    identities: Sequence[int],
    handle: Callable[[Sequence[int]], None],
    park: Callable[[int, str], None],
    size: int = CHUNK,
) -> BulkResult:
    """Handle the rows chunk by chunk. A chunk that fails is repeated row by row; a row that fails
    alone is parked with the code of its failure and does not hold up the rest. What another transaction
    stood in the way of is left to the next run. Raises what means that the database itself is away.
    """
    result = BulkResult()
    for start in range(0, len(identities), size):
        _handle_chunk(identities[start : start + size], handle, park, result)
    return result


def customer_chunks(rows: Sequence[tuple[int, int]], size: int = CHUNK) -> Iterator[list[tuple[int, int]]]:
    """Cut pairs of a row's id and its customer, in the order of customers, into chunks that never part
    the rows of one customer: what belongs on one invoice or into one mail stays together.
    """
    chunk: list[tuple[int, int]] = []
    for _, of_one in groupby(rows, key=lambda row: row[1]):
        held = list(of_one)
        if chunk and len(chunk) + len(held) > size:
            yield chunk
            chunk = []
        chunk.extend(held)
    if chunk:
        yield chunk


def failure_code(error: Exception) -> str:
    """What to call a failure: the code of ours, else the kind of error."""
    return error.code if isinstance(error, BillingError) else type(error).__name__


def _handle_chunk(
    chunk: Sequence[int],
    handle: Callable[[Sequence[int]], None],
    park: Callable[[int, str], None],
    result: BulkResult,
) -> None:
    try:
        begun_anew(partial(handle, chunk))
        result.handled += len(chunk)
    except (BillingError, SQLAlchemyError, ValueError, LookupError) as error:
        if len(chunk) == 1 and isinstance(error, OperationalError):
            put_off_or_raise(error, row=chunk[0])
            return
        if len(chunk) == 1:
            code = failure_code(error)
            log.error("row_parked", row=chunk[0], failure=code)
            park(chunk[0], code)
            result.parked.append(chunk[0])
            return
        for row in chunk:
            _handle_chunk([row], handle, park, result)
