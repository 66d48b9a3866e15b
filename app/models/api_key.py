"""API keys and the statistics of their use."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.billing.api_key import ApiKeyKind, ApiKeyStatus, KeyFacts, closing_time, masked
from app.models.base import Base, Identifier, Instant, enumeration
from app.models.customer import Customer

LIVE = "status IN ('unclaimed', 'active')"
"""What `LIVE_KEYS` are, for indexes."""


class ApiKey(Base):
    """A key opens every connector that its customer is subscribed to (E2). The secret is never stored."""

    __tablename__ = "api_key"
    __table_args__ = (
        Index("ix_api_key_customer", "customer_id"),
        Index("ix_api_key_expiry", "expires_at", postgresql_where=text(f"expires_at IS NOT NULL AND {LIVE}")),
        Index(
            "ix_api_key_replaced",
            "replaced_by_id",
            postgresql_where=text(f"replaced_by_id IS NOT NULL AND {LIVE}"),
        ),
        CheckConstraint(
            "(status = 'unclaimed') = (claimed_at IS NULL) OR status IN ('deactivated', 'expired')",
            name="claimed_at_with_status",
        ),
        CheckConstraint(
            "(claimed_at IS NULL) = (fingerprint IS NULL) AND (claimed_at IS NULL) = (bcrypt_hash IS NULL)",
            name="secret_with_claim",
        ),
        CheckConstraint("deleted_at IS NULL OR status IN ('deactivated', 'expired')", name="deleted_is_off"),
        CheckConstraint("(replaced_by_id IS NULL) = (rotation_overlap IS NULL)", name="rotation_whole"),
    )

    id: Mapped[Identifier]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[ApiKeyKind] = mapped_column(enumeration(ApiKeyKind, "kind"))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    name: Mapped[str] = mapped_column(String(100))
    group_name: Mapped[str | None] = mapped_column(String(100))
    status: Mapped[ApiKeyStatus] = mapped_column(enumeration(ApiKeyStatus, "status"))
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    bcrypt_hash: Mapped[str | None] = mapped_column(String(60))
    last4: Mapped[str | None] = mapped_column(String(4))
    created_at: Mapped[Instant]
    claimed_at: Mapped[Instant | None]
    """When the secret was shown, once."""
    verified_at: Mapped[Instant | None]
    """When bcrypt confirmed the key, at its first use."""
    last_used_at: Mapped[Instant | None]
    expires_at: Mapped[Instant | None]
    deactivated_at: Mapped[Instant | None]
    deleted_at: Mapped[Instant | None]
    """The owner took it off the list; its history and statistics stay."""
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("api_key.id"))
    """The key that takes over when this one is rotated."""
    rotation_overlap: Mapped[timedelta | None]
    """How long this key still works once the one that takes over was shown."""

    customer: Mapped[Customer] = relationship()
    replaced_by: Mapped[ApiKey | None] = relationship(remote_side="ApiKey.id")

    @property
    def masked(self) -> str:
        """The key as people may see it."""
        return masked(self.kind, self.last4)

    def facts(self, production_key_shown_at: datetime | None) -> KeyFacts:
        """What the rules need to know about the key."""
        replacement = self.replaced_by
        shown_at = None if replacement is None else replacement.claimed_at
        return KeyFacts(
            kind=self.kind,
            status=self.status,
            expires_at=self.expires_at,
            production_key_shown_at=production_key_shown_at,
            closes_at=closing_time(shown_at, self.rotation_overlap),
        )


class CheckUsage(Base):
    """How often a key asked about a connector from an account on a day, and how often it was allowed."""

    __tablename__ = "check_usage"

    day: Mapped[date] = mapped_column(primary_key=True)
    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id"), primary_key=True)
    connector: Mapped[str] = mapped_column(String(64), primary_key=True)
    make_account: Mapped[str] = mapped_column(String(128), primary_key=True)
    allowed: Mapped[int] = mapped_column(BigInteger)
    denied: Mapped[int] = mapped_column(BigInteger)


class UsageReport(Base):
    """What a connector says of its own work; analytics only, never access (D5)."""

    __tablename__ = "usage_report"
    __table_args__ = (
        UniqueConstraint("api_key_id", "idempotency_key"),
        CheckConstraint("count > 0", name="count_positive"),
    )

    id: Mapped[Identifier]
    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id"))
    connector_id: Mapped[int] = mapped_column(ForeignKey("connector.id"))
    operation: Mapped[str] = mapped_column(String(64))
    count: Mapped[int]
    idempotency_key: Mapped[str] = mapped_column(String(128))
    reported_at: Mapped[Instant]
