"""Bulk use cases: a chunk is one piece of work; a poisoned row is parked alone (design §2.4)."""

from collections.abc import Sequence

import pytest

from app.billing.errors import Conflict
from app.services.bulk import BulkResult, in_chunks


class Handler:
    """Handles rows, fails when a poisoned one is among them."""

    def __init__(self, *poisoned: int, error: Exception | None = None) -> None:
        self.calls: list[list[int]] = []
        self.done: list[int] = []
        self.parked: list[tuple[int, str]] = []
        self._poisoned = set(poisoned)
        self._error = error or Conflict(code="BAD_ROW")

    def handle(self, rows: Sequence[int]) -> None:
        self.calls.append(list(rows))
        if self._poisoned & set(rows):
            raise self._error
        self.done += rows

    def park(self, row: int, code: str) -> None:
        self.parked.append((row, code))

    def run(self, rows: Sequence[int], size: int) -> BulkResult:
        return in_chunks(rows, self.handle, self.park, size)


def test_nothing_to_do() -> None:
    handler = Handler()
    assert handler.run([], 3) == BulkResult(0, [])
    assert handler.calls == []


def test_chunks_in_order() -> None:
    handler = Handler()
    assert handler.run(range(7), 3) == BulkResult(7, [])
    assert handler.calls == [[0, 1, 2], [3, 4, 5], [6]]


def test_only_the_failed_chunk_is_done_row_by_row() -> None:
    handler = Handler(4)
    assert handler.run(range(7), 3) == BulkResult(6, [4])
    assert handler.calls == [[0, 1, 2], [3, 4, 5], [3], [4], [5], [6]]
    assert handler.done == [0, 1, 2, 3, 5, 6]
    assert handler.parked == [(4, "BAD_ROW")]


@pytest.mark.parametrize(
    ("error", "code"),
    [(ValueError("x"), "ValueError"), (KeyError("x"), "KeyError"), (Conflict(), "CONFLICT")],
)
def test_the_code_of_the_failure_is_kept(error: Exception, code: str) -> None:
    handler = Handler(1, error=error)
    assert handler.run([1], 200).parked == [1]
    assert handler.parked == [(1, code)]


def test_a_defect_is_not_hidden() -> None:
    with pytest.raises(TypeError):
        Handler(1, error=TypeError("a defect")).run([1], 1)
