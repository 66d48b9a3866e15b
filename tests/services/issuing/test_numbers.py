"""Numbers of documents: eight processes, one in ten transactions undone, no gap and no double (J3)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from app.bootstrap import Container
from app.models import Document, NumberSeries, Payment
from app.services.issuing import issue_due_documents
from app.services.revenue import recognise_revenue
from tests.clock import ManualClock
from tests.factories import FACTORY, create_customer, create_payer, rows
from tests.ledger_rows import sold
from tests.parallel import at_once
from tests.services.issuing.papers import assert_documents_tie, documents, issue
from tests.services.refunding import YEAR

PROJECT = Path(__file__).resolve().parents[3]
PROCESSES, PAYMENTS = 8, 800
COPIES = """
    INSERT INTO payment (customer_id, invoice_id, provider, provider_reference, method_label, currency,
        amount_minor, unallocated_minor, received_at, refunded_minor, unallocated_refunded_minor)
    SELECT customer_id, invoice_id, provider, 'copy-' || n, method_label, currency, 100 + n, 100 + n,
        received_at + n % 3 * interval '1 day', 0, 0
    FROM payment, generate_series(2, :payments) AS n WHERE id = 1
"""


def running(command: Sequence[str]) -> subprocess.Popen[str]:
    """A process that waits for a line before it begins."""
    return subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_eight_processes_leave_no_gap_and_no_double(
    container: Container, clock: ManualClock, alice: int, tmp_path: Path
) -> None:
    sold(container, alice)
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(text(COPIES), {"payments": PAYMENTS})
    settings = container.settings
    command = [sys.executable, "-m", "tests.services.issuing.numbering_process",
               settings.database_url, settings.redis_url, str(tmp_path)]  # fmt: skip
    with ExitStack() as started:
        processes = [started.enter_context(running([*command, str(seed)])) for seed in range(PROCESSES)]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        undone = [int(process.communicate(timeout=240)[0]) for process in processes]

    assert sum(undone) > 0
    assert [process.returncode for process in processes] == [0] * PROCESSES
    issued = documents(container)
    assert sorted(row.payment_id or 0 for row in issued) == [row.id for row in rows(container, Payment)]
    assert sorted(row.ordinal for row in issued) == list(range(1, PAYMENTS + 1))
    assert [row.last_number for row in rows(container, NumberSeries, series="КВ")] == [PAYMENTS]
    issue(container)  # the advance, which none of them was asked for
    by_number = sorted(issued, key=lambda row: row.ordinal)
    assert [row.issued_on for row in by_number] == sorted(row.issued_on for row in by_number)
    assert_documents_tie(container)


def test_four_machines_at_once_issue_everything_once(
    container: Container, clock: ManualClock, alice: int
) -> None:
    for number in range(6):
        customer_id = create_customer(container, f"c{number}@example.com")
        create_payer(container, customer_id)
        sold(container, customer_id, YEAR)
    clock.advance(days=400)
    recognise_revenue(container.transactions, now=clock.now())

    outcomes = at_once(*[partial(issue_due_documents, container.transactions, now=clock.now())] * 4)
    assert outcomes.refusals == []
    issue(container)  # what one of them skipped because another held it

    kinds = [row.kind.value for row in documents(container)]
    assert {kind: kinds.count(kind) for kind in sorted(set(kinds))} == {
        "advance_invoice": 6, "receipt": 6, "transfer": 72,
    }  # fmt: skip
    assert_documents_tie(container)


def test_a_block_that_was_undone_gives_its_numbers_back(
    container: Container, clock: ManualClock, alice: int
) -> None:
    sold(container, alice)
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(text("ALTER TABLE document ADD CONSTRAINT broken CHECK (id < 0) NOT VALID"))
    assert issue(container).parked == [1, 1]
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(text("ALTER TABLE document DROP CONSTRAINT broken"))
    assert rows(container, NumberSeries, series="КВ") == []
    clock.advance(seconds=1)
    issue(container)
    assert [row.ordinal for row in rows(container, Document)] == [1, 1]


def test_the_new_year_begins_a_new_row_of_numbers(
    container: Container, clock: ManualClock, alice: int
) -> None:
    clock.move_to(clock.now().replace(year=2025, month=12, day=31, hour=12))
    sold(container, alice)
    clock.advance(days=1)
    sold(container, alice)
    clock.advance(seconds=timedelta(hours=1).seconds)
    issue(container)
    assert sorted(row.number for row in documents(container)) == [
        "А-2025-000001", "А-2026-000001", "КВ-2025-000001", "КВ-2026-000001",
    ]  # fmt: skip
