"""docs/faults.md names a test for every fault of payments, and each test that it names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "faults.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
FAULTS = [*range(12, 26), *range(31, 35)]


@cache
def defined_in(file: str) -> frozenset[str]:
    tree = ast.parse((PROJECT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_fault_has_a_row_with_tests() -> None:
    rows = [row for row in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d+ \|", row)]
    assert [int(row.split("|")[1]) for row in rows] == FAULTS
    assert all(NAMED.search(row) for row in rows)


def test_every_test_that_is_named_exists() -> None:
    named = NAMED.findall(PAGE.read_text(encoding="utf-8"))
    assert len(named) > len(FAULTS)
    assert [(file, name) for file, name in named if name not in defined_in(file)] == []
