"""No file leaves that breaks the format: by the tax service's schema where installed, and by our rules."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from app.billing.documents.files import ExchangeFileInvalid
from app.billing.errors import BillingError
from app.documents.exchange.rules import RULES, File

_ELEMENT = re.compile(r"Element '([^']*)'(?:, attribute '([^']*)')?")


class ExchangeSchemaUnreadable(BillingError):
    """The installed schema is no XSD that can be compiled."""

    code = "EXCHANGE_SCHEMA_UNREADABLE"


@lru_cache(maxsize=1)
def compiled_schema(file: Path) -> Any:
    """The schema, compiled once in a process; raises ExchangeSchemaUnreadable."""
    try:
        return etree.XMLSchema(etree.fromstring(file.read_bytes(), _parser()))
    except (OSError, etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        raise ExchangeSchemaUnreadable(f"{file.name}: {type(error).__name__}") from error


def require_valid(content: bytes, name: str, schema: Any | None = None) -> None:
    """Raise ExchangeFileInvalid, which names the rule and the place and no value of the file."""
    try:
        root = etree.fromstring(content, _parser())
    except etree.XMLSyntaxError as error:
        raise ExchangeFileInvalid("not well-formed XML") from error
    if root.getroottree().docinfo.doctype:
        raise ExchangeFileInvalid("DOCTYPE at / (a file has none, so no entity can be meant by it)")
    if name != f"{root.get('ИдФайл')}.xml":
        raise ExchangeFileInvalid("FILE_NAME at /Файл/@ИдФайл (Ф: имя файла повторяет ИдФайл)")
    if schema is not None and not schema.validate(root):
        raise ExchangeFileInvalid(_told(schema.error_log[0]))
    _require_rules(root)


def _require_rules(root: Any) -> None:
    file = File(root)
    if root.tag != "Файл" or file.document is None or file.document.find("СвСчФакт") is None:
        raise ExchangeFileInvalid("STRUCTURE at /Файл/Документ/СвСчФакт (Ф, табл. 5.1)")
    for rule in RULES:
        for place in rule.broken(file):
            where = root.getroottree().getpath(place)
            raise ExchangeFileInvalid(f"{rule.name} at {where} ({rule.source})")


def _told(error: Any) -> str:
    """The rule and the place of an error of the schema; its message would tell the value as well."""
    found = _ELEMENT.match(error.message)
    names = [name for name in (found.groups() if found else ()) if name]
    return f"{error.type_name} at {error.path or '/'} ({'/@'.join(names)})"


def _parser() -> Any:
    """A parser that reads nothing but what it is given: no entity, no DTD, no network."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
