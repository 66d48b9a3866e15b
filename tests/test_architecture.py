"""The rules of the house that tools can check: import contracts, sizes, names, who commits."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
MODULES = sorted(path.relative_to(PROJECT) for path in (PROJECT / "app").rglob("*.py"))
# A migration is a record of one step, written by a tool and never changed: its length says nothing.
MIGRATIONS = Path("app/migrations/versions")
CHECKED = [path for path in MODULES if not path.is_relative_to(MIGRATIONS)] + [
    Path("config.py"),
    Path("run.py"),
]
CONTRACTS = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

LONGEST_MODULE = 400
LONGEST_FUNCTION = 40
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc", "processor"}
MAY_COMMIT = (
    "app/services/unit_of_work.py",  # the one transaction boundary
    "app/embedded/",  # not the product's database
    "app/migrations/",  # Alembic's own transactions
    "app/payments/test_acquirer/",  # the acquirer's own ledger, another company in real life
)

# For every contract an import that breaks it: the module that gets it, and what it imports.
PLANTED = {
    "layers": ("app/models/planted.py", "app.services"),
    "billing": ("app/billing/planted.py", "flask"),
    "use-cases": ("app/services/planted.py", "rq"),
    "documents": ("app/documents/planted.py", "sqlalchemy"),
    "back-office": ("app/jobs/planted.py", "flask_appbuilder"),
    "embedded-knows-nothing": ("app/embedded/planted.py", "app.models"),
    "embedded-is-a-tool": ("app/portal/planted.py", "app.embedded"),
}


def module_name(path: str | Path) -> str:
    return str(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def lint_imports(tree: Path) -> str:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([command, "--no-cache"], cwd=tree, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def report_on_planted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What import-linter says about a copy of the tree in which every contract is broken once."""
    tree = tmp_path_factory.mktemp("tree")
    shutil.copy(PROJECT / "pyproject.toml", tree)
    shutil.copytree(PROJECT / "app", tree / "app", ignore=only_python)
    for path, imported in PLANTED.values():
        (tree / path).write_text(f"import {imported}\n")
    (tree / "app" / "unplaced").mkdir()
    (tree / "app" / "unplaced" / "__init__.py").touch()
    return lint_imports(tree)


def only_python(directory: str, names: list[str]) -> list[str]:
    return [
        name
        for name in names
        if name == "__pycache__" or not (name.endswith(".py") or Path(directory, name).is_dir())
    ]


def test_every_contract_has_a_planted_breach() -> None:
    assert {contract["id"] for contract in CONTRACTS} == set(PLANTED)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: str(contract["id"]))
def test_a_breach_of_the_contract_is_reported(contract: dict[str, str], report_on_planted: str) -> None:
    path, imported = PLANTED[contract["id"]]

    assert f"{contract['name']} BROKEN" in report_on_planted
    assert f"{module_name(path)} -> {imported} (l.1)" in report_on_planted


def test_a_package_without_a_layer_is_reported(report_on_planted: str) -> None:
    assert "unplaced" in report_on_planted


def imported_roots(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@dataclass(frozen=True)
class Function:
    """A function of the product with its place and its length without the docstring."""

    place: str
    name: str
    lines: int
    has_docstring: bool
    is_public: bool


def functions(path: Path) -> Iterator[Function]:
    tree = ast.parse((PROJECT / path).read_text(encoding="utf-8"))
    private = {
        child for node in ast.walk(tree) if hidden(node) for child in ast.walk(node) if child is not node
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node) is not None
            first = node.body[0]
            comment = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
            lines = (node.end_lineno or 0) - node.lineno + 1 - comment
            is_public = not node.name.startswith("_") and node not in private
            yield Function(f"{path}:{node.lineno}", node.name, lines, documented, is_public)


def hidden(node: ast.AST) -> bool:
    """Whether what stands inside is nobody else's business: functions, private classes."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return True
    return isinstance(node, ast.ClassDef) and node.name.startswith("_")


def test_the_rules_of_billing_need_the_standard_library_only() -> None:
    foreign = [
        f"{path}: {name}"
        for path in MODULES
        if path.is_relative_to("app/billing")
        for name in imported_roots(ast.parse((PROJECT / path).read_text(encoding="utf-8")))
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("app.billing")
    ]
    assert foreign == []


def test_no_module_is_too_long() -> None:
    lengths = {str(path): len((PROJECT / path).read_text().splitlines()) for path in CHECKED}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def test_no_function_is_too_long() -> None:
    found = [function for path in CHECKED for function in functions(path)]
    assert [f"{f.place} {f.name}: {f.lines}" for f in found if f.lines > LONGEST_FUNCTION] == []


def test_every_public_function_has_a_docstring() -> None:
    found = [function for path in CHECKED for function in functions(path)]
    bare = [f for f in found if f.is_public and not f.has_docstring]
    assert [f"{f.place} {f.name}" for f in bare] == []


def test_names_say_something() -> None:
    assert [str(path) for path in MODULES if set(path.with_suffix("").parts) & EMPTY_NAMES] == []


def test_only_the_unit_of_work_commits() -> None:
    commits = [
        f"{path}:{node.lineno}"
        for path in MODULES
        if not str(path).startswith(MAY_COMMIT)
        for node in ast.walk(ast.parse((PROJECT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert commits == []
