"""The mutation score: which modules have rules, and how what the tool says is added up."""

import tomllib
from pathlib import Path

import pytest

from tools.mutation import ROOT, Score, copy_tree, in_all, scores, survivors, table

RESULTS = """
    app.billing.money.x_total__mutmut_1: killed
    app.billing.money.xǁMoneyǁshare__mutmut_2: survived
    app.billing.money.xǁMoneyǁshare__mutmut_3: timeout
    app.billing.tax.x_included_vat__mutmut_1: no tests
"""
WITHOUT_RULES = {
    "__init__",
    "actors",
    "bank_statement",
    "catalogue_sync",
    "documents/__init__",
    "documents/adjustment",
    "documents/files",
    "documents/invoice",
    "documents/kinds",
    "documents/listing",
    "documents/parties",
    "documents/receipt",
    "documents/reconciliation",
    "documents/snapshot",
    "documents/tax_document",
    "documents/titles",
    "errors",
    "fiscal_snapshot",
    "invoice",
    "long_work",
    "mail",
    "method_setup",
    "payment",
    "ports",
    "provider",
    "rendering",
    "requisites",
    "statement_folder",
    "statement_refusal",
    "subscription",
}
"""Names, tables and texts; and control digits, which are proved against another implementation."""


def test_every_module_of_rules_is_mutated() -> None:
    mutated = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutmut"]["only_mutate"]

    rules = ROOT / "app/billing"
    modules = {str(path.relative_to(rules).with_suffix("")) for path in rules.glob("*.py")}
    modules |= {str(path.relative_to(rules).with_suffix("")) for path in rules.glob("documents/*.py")}

    assert sorted(mutated) == sorted(f"app/billing/{module}.py" for module in modules - WITHOUT_RULES)


def test_a_mutant_counts_unless_a_test_kills_it() -> None:
    by_module = scores(RESULTS)

    assert by_module == {"money": Score(3, 2), "tax": Score(1, 0)}
    assert in_all(by_module) == Score(4, 2)
    assert table(by_module).splitlines()[-1] == "in all               4 mutants     2 killed   50.0 %"
    assert survivors(RESULTS) == [
        "app.billing.money.xǁMoneyǁshare__mutmut_2: survived",
        "app.billing.tax.x_included_vat__mutmut_1: no tests",
    ]


@pytest.mark.parametrize(("score", "percent"), [(Score(0, 0), 100.0), (Score(8, 1), 12.5)])
def test_percent_is_killed_of_all(score: Score, percent: float) -> None:
    assert score.percent == percent


def test_a_run_goes_on_unless_the_tree_changed(tmp_path: Path) -> None:
    paths = [Path("pyproject.toml"), Path("app/billing/tax.py")]
    copy_tree(paths, tmp_path / "copy")
    (tmp_path / "copy" / "found").touch()

    copy_tree(paths, tmp_path / "copy")

    assert (tmp_path / "copy" / "found").exists()
    assert (tmp_path / "copy" / paths[1]).read_bytes() == (ROOT / paths[1]).read_bytes()
    copy_tree(paths[:1], tmp_path / "copy")
    assert not (tmp_path / "copy" / "found").exists()
    assert not (tmp_path / "copy" / paths[1]).exists()
