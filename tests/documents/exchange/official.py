"""What stands beside the project (../shared/fns) and judges files of electronic exchange from outside."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from lxml import etree

from app.billing.documents.files import ExchangeFile

FOLDER = Path(__file__).parents[4] / "shared" / "fns"
SCHEMA = FOLDER / "xsd" / "ON_NSCHFDOPPR_1_997_01_05_03_05.reconstructed.xsd"
SCHEMATRON = FOLDER / "schematron_503.py"
PRESENT = SCHEMA.is_file() and SCHEMATRON.is_file()


def _conditions() -> list[tuple[str, str, str, str | None, str]]:
    """Context, condition, what must hold with it, what must hold without it, and the words for it."""
    if not PRESENT:
        return []
    spec = importlib.util.spec_from_file_location("schematron_503", SCHEMATRON)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    conditions: list[tuple[str, str, str, str | None, str]] = module.R
    return conditions


def _compiled(expression: str) -> Any:
    return etree.XPath(f"boolean({expression})")


XSD: Any = etree.XMLSchema(etree.parse(SCHEMA)) if PRESENT else None
CONDITIONS = [
    (etree.XPath(where), _compiled(when), _compiled(then), _compiled(otherwise or "true()"), words)
    for where, when, then, otherwise, words in _conditions()
]


def objections(file: ExchangeFile) -> list[str]:
    """What the schema and the schematron say against the file; nothing where they are absent."""
    root = etree.fromstring(file.content)
    found = [] if root.get("ИдФайл") == file.name.removesuffix(".xml") else ["the name is not ИдФайл"]
    if not PRESENT:
        return found
    if not XSD.validate(root):
        found += [str(error) for error in XSD.error_log]
    for where, when, then, otherwise, words in CONDITIONS:
        nodes: Any = where(root)
        found += [words for node in nodes if not (then(node) if when(node) else otherwise(node))]
    return found
