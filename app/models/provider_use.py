"""How providers are used in this database: their mode, and their names for what we asked them for."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Instant


class ProviderMode(Base):
    """Whether a provider has taken real money in this database: test and live objects never mix."""

    __tablename__ = "provider_mode"

    provider: Mapped[str] = mapped_column(String(32), primary_key=True)
    live: Mapped[bool]
    since: Mapped[Instant]


class ProviderOrder(Base):
    """What a provider calls an attempt or a setup of ours, noted before it is asked."""

    __tablename__ = "provider_order"

    provider: Mapped[str] = mapped_column(String(32), primary_key=True)
    our_id: Mapped[UUID] = mapped_column(primary_key=True)
    noted_at: Mapped[Instant]
    reference: Mapped[str | None] = mapped_column(String(128))
    """NULL until its answer arrived: it may have done what it was asked for all the same."""
