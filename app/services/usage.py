"""Usage statistics (D5): counted in memory, written once a second, never in the way of an answer."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from multiprocessing.util import Finalize

import structlog
from sqlalchemy import case, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from app.billing.actors import Actor
from app.billing.errors import NotFound
from app.models import ApiKey, CheckUsage, Connector, UsageReport
from app.repositories.entitlements import KeyHolder
from app.services.unit_of_work import Transactions

FLUSH_SECONDS = 1.0
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CheckCount:
    """What one counter counts."""

    day: date
    api_key_id: int
    connector: str
    make_account: str


class UsageCounter:
    """Counts checks of one process. The writing thread starts with the first count, after any fork."""

    def __init__(self, transactions: Transactions, interval: float = FLUSH_SECONDS) -> None:
        self._transactions = transactions
        self._interval = interval
        self._allowed: Counter[CheckCount] = Counter()
        self._denied: Counter[CheckCount] = Counter()
        self._used: dict[int, datetime] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def count(self, what: CheckCount, allowed: bool, at: datetime) -> None:
        """Count one answer; `at` is the business time of the key's last use."""
        with self._lock:
            (self._allowed if allowed else self._denied)[what] += 1
            self._used[what.api_key_id] = at
            if self._thread is None:
                self._start()

    def flush(self) -> None:
        """Write what was counted; what can't be written now is kept for the next time."""
        with self._lock:
            allowed, self._allowed = self._allowed, Counter()
            denied, self._denied = self._denied, Counter()
            used, self._used = self._used, {}
        if not used:
            return
        try:
            self._write(allowed, denied, used)
        except SQLAlchemyError as error:
            log.warning("usage_not_written", error=type(error).__name__)
            with self._lock:
                self._allowed.update(allowed)
                self._denied.update(denied)
                self._used = used | self._used

    def close(self) -> None:
        """Stop the thread and write the rest."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        self.flush()

    def _start(self) -> None:
        """Granian ends workers without atexit, so the last flush hangs on multiprocessing's finalizer."""
        self._thread = threading.Thread(target=self._run, name="usage", daemon=True)
        self._thread.start()
        Finalize(self, self.close, exitpriority=10)

    def _run(self) -> None:
        while not self._stop.wait(self._interval):
            self.flush()

    def _write(
        self, allowed: Counter[CheckCount], denied: Counter[CheckCount], used: dict[int, datetime]
    ) -> None:
        """One upsert for the counters in a fixed order, so that two processes never deadlock."""
        keys = sorted(
            allowed.keys() | denied.keys(),
            key=lambda each: (each.day, each.api_key_id, each.connector, each.make_account),
        )
        rows = [
            {
                "day": each.day,
                "api_key_id": each.api_key_id,
                "connector": each.connector,
                "make_account": each.make_account,
                "allowed": allowed[each],
                "denied": denied[each],
            }
            for each in keys
        ]
        statement = insert(CheckUsage)
        upsert = statement.on_conflict_do_update(
            index_elements=[
                CheckUsage.day, CheckUsage.api_key_id, CheckUsage.connector, CheckUsage.make_account,
            ],
            set_={
                "allowed": CheckUsage.allowed + statement.excluded.allowed,
                "denied": CheckUsage.denied + statement.excluded.denied,
            },
        )  # fmt: skip
        with self._transactions.begin(Actor.system("usage")) as work:
            work.session.execute(upsert, rows)
            work.session.execute(
                update(ApiKey)
                .where(ApiKey.id.in_(sorted(used)))
                .values(last_used_at=case(used, value=ApiKey.id))
                .execution_options(synchronize_session=False)
            )


@dataclass(frozen=True, slots=True)
class ReportedUsage:
    """What a connector says of its own work."""

    connector: str
    operation: str
    count: int
    idempotency_key: str


def report_usage(
    transactions: Transactions, *, holder: KeyHolder, reported: ReportedUsage, now: datetime
) -> bool:
    """Store a connector's own statistics once per idempotency key; False when it is known already.

    Raises NotFound for an unknown connector. Analytics only: it never decides about access.
    """
    with transactions.begin(Actor.api_key(holder.api_key_id)) as work:
        connector = work.session.query(Connector.id).filter_by(slug=reported.connector).scalar()
        if connector is None:
            raise NotFound("connector", code="CONNECTOR_UNKNOWN")
        stored = work.session.scalar(
            insert(UsageReport)
            .values(
                api_key_id=holder.api_key_id,
                connector_id=connector,
                operation=reported.operation,
                count=reported.count,
                idempotency_key=reported.idempotency_key,
                reported_at=now,
            )
            .on_conflict_do_nothing(index_elements=[UsageReport.api_key_id, UsageReport.idempotency_key])
            .returning(UsageReport.id)
        )
        return stored is not None
