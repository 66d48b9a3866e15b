"""Writes many rows with one statement: they travel as one JSON document, which PostgreSQL reads as a table.

A statement for each row costs more than the rows themselves, for the program and for the database.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    Column,
    Table,
    TableValuedAlias,
    Text,
    bindparam,
    cast,
    column,
    func,
    inspect,
    select,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from app.models import Base


def insert_rows(
    session: Session,
    table: type[Base],
    rows: Sequence[Mapping[str, Any]],
    *,
    skip_conflicts: bool = False,
) -> None:
    """Insert rows that all set the same columns; those not set get their defaults.

    With `skip_conflicts` a row that breaks a unique wall is left out. Nothing becomes part of the session.
    """
    if rows:
        statement, defaults = _insertion(table, tuple(rows[0]), skip_conflicts)
        session.execute(
            statement, {"rows": _document([{**defaults, **row} for row in rows] if defaults else rows)}
        )


@cache
def _insertion(
    table: type[Base], names: tuple[str, ...], skip_conflicts: bool
) -> tuple[Insert, dict[str, Any]]:
    target = inspect(table).local_table
    assert isinstance(target, Table), "every model has a table of its own"
    defaults = {
        each.name: each.default.arg
        for each in target.columns
        if each.name not in names and isinstance(each.default, ScalarElementColumnDefault)
    }
    written = [*defaults, *names]
    given = _given([target.columns[name] for name in written])
    statement = insert(target).from_select(written, select(given))
    return statement.on_conflict_do_nothing() if skip_conflicts else statement, defaults


def _given(columns: Sequence[Column[Any]]) -> TableValuedAlias:
    rows = func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON))
    typed = [column(each.name, each.type) for each in columns]
    return rows.table_valued(*typed, name="given").render_derived(with_types=True)


def _document(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False, default=_text)


def _text(value: object) -> str:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"no row holds a {type(value).__name__}")
