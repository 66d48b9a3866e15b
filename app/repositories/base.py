"""What every repository shares: the session and the two ways to get a row."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.billing.errors import NotFound
from app.models import Base

Row = TypeVar("Row", bound=Base)


def one_of(column: InstrumentedAttribute[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """True where the column is one of the values: for any number of ids, which travel as one array.

    A list of so many parameters would be another statement for each number of them, to be planned anew.
    """
    return column == any_(literal(list(values), ARRAY(column.type)))


def as_uuid(text: str | None) -> UUID | None:
    """The id in the text; what has not the form of our ids is none of ours."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


class Repository(Generic[Row]):
    """Rows of one table. Never commits."""

    model: type[Row]

    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, row: Row) -> Row:
        """Insert the row and give it its id."""
        self.session.add(row)
        self.session.flush()
        return row

    def get(self, identity: object, *, lock: bool = False) -> Row:
        """The row with this primary key, locked against others when asked; raises NotFound.

        The lock lets others insert rows that refer to this one, so it holds up only its equals.
        """
        locking = {"key_share": True} if lock else None
        row = self.session.get(self.model, identity, with_for_update=locking, populate_existing=lock)
        if row is None:
            raise NotFound(f"{self.model.__tablename__} {identity}")
        return row
