"""The list of seeded defects fits the tree, and its tests catch every one of them (reliability goals)."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.defects.defect import Defect
from tests.defects.defects import DEFECTS
from tests.defects.runner import PROJECT, run_all, sow

FEWEST = 30
LONGEST_NAME = 80
each_defect = pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)


@cache
def names_in(file: str) -> frozenset[str]:
    """The names of the test functions of a file, without running it."""
    tree = ast.parse((PROJECT / file).read_text(encoding="utf-8"))
    return frozenset(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    assert len(DEFECTS) >= FEWEST
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS)
    assert len({(defect.file, defect.old) for defect in DEFECTS}) == len(DEFECTS)


@each_defect
def test_it_says_what_it_changes_and_why_that_hurts(defect: Defect, tmp_path: Path) -> None:
    copied = tmp_path / defect.file
    copied.parent.mkdir(parents=True)
    copied.write_bytes((PROJECT / defect.file).read_bytes())

    sow(tmp_path, defect)

    assert copied.read_bytes() != (PROJECT / defect.file).read_bytes()
    compile(copied.read_text(encoding="utf-8"), defect.file, "exec")
    assert defect.why
    assert len(defect.name) <= LONGEST_NAME


@each_defect
def test_its_tests_exist(defect: Defect) -> None:
    assert defect.tests
    for test in defect.tests:
        file, _, name = test.partition("[")[0].partition("::")
        assert name in names_in(file), test


def test_what_no_longer_fits_is_not_sown(tmp_path: Path) -> None:
    (tmp_path / "twice.py").write_text("lock()\nlock()\n")
    for old in ("lock()", "unlock()"):
        with pytest.raises(ValueError, match="the old text stands"):
            sow(tmp_path, Defect("a lock", "", "twice.py", old, "", ()))


@pytest.mark.torture
def test_every_defect_is_caught() -> None:
    assert [verdict.name for verdict in run_all() if not verdict.caught] == []
