"""Writes many rows with one statement: they travel as one JSON document, which PostgreSQL reads as a table.

A statement for each row costs more than the rows themselves, for the program and for the database.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    CursorResult,
    Dialect,
    Table,
    TextClause,
    inspect,
    text,
)
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from app.models import Base

MANY = 20
"""So many changed rows of a table are worth a statement of their own."""
DIALECT: Dialect = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's


class NotTold(TypeError):
    """The value has no form in a document: bytes, a duration, an expression of SQL."""


@cache
def column_names(table: type[Base]) -> frozenset[str]:
    """The columns of a table."""
    return frozenset(each.name for each in _target(table).columns)


def insert_rows(
    session: Session,
    table: type[Base],
    rows: Sequence[Mapping[str, Any]],
    *,
    skip_conflicts: bool = False,
) -> None:
    """Insert rows that all set the same columns; those not set get their defaults.

    With `skip_conflicts` a row that breaks a unique wall is left out. Nothing becomes part of the session.
    Raises NotTold for a value that can't be told so.
    """
    if rows:
        statement, defaults = _insertion(table, tuple(rows[0]), skip_conflicts)
        session.execute(
            statement, {"rows": _document([{**defaults, **row} for row in rows] if defaults else rows)}
        )


@cache
def _insertion(
    table: type[Base], names: tuple[str, ...], skip_conflicts: bool
) -> tuple[TextClause, dict[str, Any]]:
    target = _target(table)
    defaults = {
        each.name: each.default.arg
        for each in target.columns
        if each.name not in names and isinstance(each.default, ScalarElementColumnDefault)
    }
    columns = [target.columns[name] for name in (*defaults, *names)]
    written = ", ".join(map(_name, columns))
    conflicts = "ON CONFLICT DO NOTHING" if skip_conflicts else ""
    statement = f"INSERT INTO {target.name} ({written}) SELECT {written} FROM {_given(columns)} {conflicts}"  # noqa: S608
    return text(statement), defaults


def _given(columns: Iterable[Column[Any]]) -> str:
    """The rows of the document as a table."""
    typed = ", ".join(f"{_name(each)} {each.type.compile(DIALECT)}" for each in columns)
    return f"json_to_recordset(CAST(:rows AS json)) AS given({typed})"


def _name(column: Column[Any]) -> str:
    return DIALECT.identifier_preparer.quote(column.name)


def _document(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"), default=_text)


def _text(value: object) -> str:
    if isinstance(value, date):  # a datetime is one too
        return _iso(value)
    if isinstance(value, UUID):
        return str(value)
    raise NotTold(f"no document holds a {type(value).__name__}")


@lru_cache(maxsize=1000)  # most instants of a document are the same one
def _iso(instant: date) -> str:
    return instant.isoformat()


def write_changes_together(session: Session, *_: object) -> None:
    """Before a flush: write the changes of many rows of a table with one statement, as `insert_rows` does.

    The session takes them as written. What can't be told so is left to the session: few rows, changed
    relations, values that no document holds, anything while new rows wait that the changed ones may refer to.
    """
    if session.new or session.deleted:
        return
    for (table, changed), rows in _changed(session).items():
        if len(rows) >= MANY and changed <= _changeable(table):
            with suppress(NotTold):
                _write_changes(session, table, sorted(changed), rows)


def _changed(session: Session) -> Mapping[tuple[type[Base], frozenset[str]], Sequence[Base]]:
    """The changed rows by table and by names of what was set."""
    rows: dict[tuple[type[Base], frozenset[str]], list[Base]] = defaultdict(list)
    for row in session.dirty:
        table: type[Base] = type(row)
        rows[table, _attributes(table) - inspect(row).unmodified].append(row)
    return rows


@cache
def _attributes(table: type[Base]) -> frozenset[str]:
    return frozenset(inspect(table).attrs.keys())


@cache
def _changeable(table: type[Base]) -> frozenset[str]:
    """The columns of a table whose rows have one number; nothing of another table."""
    if len(_target(table).primary_key) > 1:
        return frozenset()
    return column_names(table) - {_key(table).name}


def _write_changes(session: Session, table: type[Base], changed: Sequence[str], rows: Sequence[Base]) -> None:
    key = _key(table).name
    document = [{key: getattr(row, key), **{name: vars(row)[name] for name in changed}} for row in rows]
    result = session.execute(_change(table, tuple(changed)), {"rows": _document(document)})
    assert isinstance(result, CursorResult), "an UPDATE answers with a cursor"
    assert result.rowcount == len(rows), "nobody deletes what a use case holds"
    for row in rows:
        # What the session does after an UPDATE of its own; told attribute by attribute it would look again.
        state = inspect(row)
        state._commit_all(state.dict, session.identity_map)


@cache
def _change(table: type[Base], changed: tuple[str, ...]) -> TextClause:
    target, key = _target(table), _key(table)
    columns = [target.columns[name] for name in changed]
    values = ", ".join(f"{_name(each)} = given.{_name(each)}" for each in columns)
    source = _given([key, *columns])
    return text(
        f"UPDATE {target.name} SET {values} FROM {source} WHERE {target.name}.{key.name} = given.{key.name}"  # noqa: S608
    )


def _key(table: type[Base]) -> Column[Any]:
    (key,) = _target(table).primary_key
    return key


def _target(table: type[Base]) -> Table:
    target = inspect(table).local_table
    assert isinstance(target, Table), "every model has a table of its own"
    return target
