"""The base of every table: naming of constraints, common column types."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from sqlalchemy import BigInteger, DateTime, Enum, Identity, MetaData, String
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Identifier = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Minor = Annotated[int, mapped_column(BigInteger)]
"""An amount in minor units of the currency beside it."""
CurrencyCode = Annotated[str, mapped_column(String(3))]


class Base(DeclarativeBase):
    """Tables of the product; staff accounts (ab_*) belong to Flask-AppBuilder and are never referenced."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


def enumeration(kind: type[StrEnum], name: str) -> Enum:
    """A text column that holds only the values of the enumeration (a CHECK in the database)."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )
