"""Transactions that stood in each other's way: who lost begins anew (reliability, fault 11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError, OperationalError

ROUNDS = 3
DEADLOCK, SERIALIZATION_FAILURE = "40P01", "40001"
LOCK_NOT_GIVEN, STATEMENT_TOO_LONG = "55P03", "57014"
CONFLICTS = frozenset({DEADLOCK, SERIALIZATION_FAILURE})
IN_THE_WAY = CONFLICTS | {LOCK_NOT_GIVEN, STATEMENT_TOO_LONG}
log = structlog.get_logger()

Result = TypeVar("Result")


def begun_anew(
    transaction: Callable[[], Result], *, also: Callable[[DBAPIError], bool] = lambda _error: False
) -> Result:
    """Run a whole transaction; when the database undoes it for another one's sake, run it again.

    It must read again whatever it decides by, and do nothing outside the database. `also` names further
    errors after which it is worth it. Raises the error of the third round.
    """
    for _ in range(ROUNDS - 1):
        try:
            return transaction()
        except DBAPIError as error:
            if not (_state_of(error) in CONFLICTS or also(error)):
                raise
            log.warning("transaction_begun_anew", error=type(error.orig).__name__)
    return transaction()


def put_off_or_raise(error: OperationalError, **what: object) -> None:
    """Return, with a line in the log, when only another transaction was in the way: nothing is wrong with
    the rows, and the next run finds them. Raises the error when the database itself is in trouble.
    """
    if _state_of(error) not in IN_THE_WAY:
        raise error
    log.warning("put_off", error=type(error.orig).__name__, **what)


def _state_of(error: DBAPIError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state
