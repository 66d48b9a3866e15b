"""Subscriptions and their paid periods."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.billing.entitlement import SubscriptionFacts
from app.billing.invoice import PaymentMethodKind
from app.billing.periods import BillingInterval
from app.billing.subscription import RENEWING, SubscriptionStatus
from app.models.base import Base, CurrencyCode, Identifier, Instant, enumeration
from app.models.catalogue import Connector
from app.models.customer import Customer


class Subscription(Base):
    """One connector in one Make account, one row for life (design §3)."""

    __tablename__ = "subscription"
    __table_args__ = (
        Index(
            "uq_subscription_live_account",
            "customer_id",
            "connector_id",
            "make_account",
            unique=True,
            postgresql_where=text("status NOT IN ('pending', 'expired') AND make_account IS NOT NULL"),
        ),
        Index("ix_subscription_customer", "customer_id"),
        Index("ix_subscription_trial_end", "trial_ends_at", postgresql_where=text("status = 'trial'")),
        Index("ix_subscription_period_end", "status", "period_end"),
        Index(
            "ix_subscription_notice_due", "notice_due_at", postgresql_where=text("notice_due_at IS NOT NULL")
        ),
        Index(
            "ix_subscription_renewal_due",
            "renewal_due_at",
            postgresql_where=text("renewal_due_at IS NOT NULL"),
        ),
        CheckConstraint("anchor_day BETWEEN 1 AND 31", name="anchor_day"),
        CheckConstraint("make_account <> ''", name="make_account_not_empty"),
        CheckConstraint("status <> 'trial' OR trial_ends_at IS NOT NULL", name="trial_has_end"),
        CheckConstraint(
            "status NOT IN ('active', 'payment_pending', 'suspended', 'canceled')"
            " OR (period_end IS NOT NULL AND anchor_day IS NOT NULL AND first_paid_at IS NOT NULL)",
            name="paid_has_period",
        ),
        CheckConstraint("nominal_period_end <= period_end", name="extension_is_later"),
        CheckConstraint(
            "(renewal_interval IS NULL) = (renewal_price_version_id IS NULL)", name="switch_has_price"
        ),
        CheckConstraint(
            "renewal_due_at IS NULL OR (status IN ('active', 'trial') AND auto_renew)",
            name="renewal_is_wanted",
        ),
    )

    id: Mapped[Identifier]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    connector_id: Mapped[int] = mapped_column(ForeignKey("connector.id"), index=True)
    make_account: Mapped[str | None] = mapped_column(String(128))
    previous_make_account: Mapped[str | None] = mapped_column(String(128))
    make_account_changed_at: Mapped[Instant | None]
    """When the account was bound or last changed."""
    status: Mapped[SubscriptionStatus] = mapped_column(enumeration(SubscriptionStatus, "status"))
    interval: Mapped[BillingInterval] = mapped_column(enumeration(BillingInterval, "interval"))
    currency: Mapped[CurrencyCode]
    auto_renew: Mapped[bool] = mapped_column(default=True)
    anchor_day: Mapped[int | None]
    trial_ends_at: Mapped[Instant | None]
    trial_notice_at: Mapped[Instant | None]
    """When the notice of the trial's end was written (C3)."""
    first_paid_at: Mapped[Instant | None]
    period_start: Mapped[Instant | None]
    period_end: Mapped[Instant | None]
    first_failed_at: Mapped[Instant | None]
    canceled_at: Mapped[Instant | None]
    created_at: Mapped[Instant]
    method: Mapped[PaymentMethodKind] = mapped_column(
        enumeration(PaymentMethodKind, "method"), default=PaymentMethodKind.CARD
    )
    """How renewals are collected."""
    payment_method_id: Mapped[int | None] = mapped_column(ForeignKey("payment_method.id"))
    """The saved method that pays renewals; NULL is the customer's newest one."""
    price_version_id: Mapped[int | None] = mapped_column(ForeignKey("price_version.id"))
    """The price of the running period, which renewals keep until a price change was announced (G5)."""
    renewal_interval: Mapped[BillingInterval | None] = mapped_column(
        enumeration(BillingInterval, "renewal_interval")
    )
    """Month or year from the next renewal on, when it was switched (F3)."""
    renewal_price_version_id: Mapped[int | None] = mapped_column(ForeignKey("price_version.id"))
    """The price that the customer was shown when switching."""
    promo_code_id: Mapped[int | None] = mapped_column(ForeignKey("promo_code.id"))
    """A code that lowers every period."""
    nominal_period_end: Mapped[Instant | None]
    """Where the paid period would have ended without extra days: the billing day stays there (H7)."""
    continues_after_trial: Mapped[bool] = mapped_column(default=False)
    """The customer wants the trial to continue as a paid subscription (C4)."""
    metered: Mapped[bool] = mapped_column(default=False)
    """Priced per operation, invoiced after each calendar month (I1)."""
    notice_due_at: Mapped[Instant | None]
    """When the customer is told what the end of the period brings; NULL: told, or nothing to tell."""
    noticed_at: Mapped[Instant | None]
    noticed_period_end: Mapped[Instant | None]
    """The end of the period that the last notice spoke of."""
    renewal_due_at: Mapped[Instant | None]
    """When the next period is to be invoiced; NULL: not yet announced, invoiced already, or never."""

    customer: Mapped[Customer] = relationship()
    connector: Mapped[Connector] = relationship()
    periods: Mapped[list[SubscriptionPeriod]] = relationship(order_by="SubscriptionPeriod.starts_at")

    @property
    def wants_renewal(self) -> bool:
        """Whether the customer has neither cancelled it nor switched its renewal off."""
        return self.auto_renew and self.canceled_at is None

    @property
    def renews(self) -> bool:
        """Whether a paid renewal would continue it, and its customer wants that."""
        return self.status in RENEWING and self.wants_renewal

    def facts(self) -> SubscriptionFacts:
        """The snapshot that the rules of access take."""
        return SubscriptionFacts(
            subscription_id=self.id,
            connector=self.connector.slug,
            status=self.status,
            make_account=self.make_account,
            previous_make_account=self.previous_make_account,
            auto_renew=self.auto_renew,
            trial_ends_at=self.trial_ends_at,
            first_paid_at=self.first_paid_at,
            period_end=self.period_end,
            first_failed_at=self.first_failed_at,
            canceled_at=self.canceled_at,
            billing_parked=self.customer.billing_parked_at is not None,
            metered=self.metered,
        )


class SubscriptionPeriod(Base):
    """A stretch of time that was paid; stretches of one subscription never overlap."""

    __tablename__ = "subscription_period"
    __table_args__ = (
        UniqueConstraint("subscription_id", "starts_at"),
        UniqueConstraint("invoice_line_id"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        ExcludeConstraint(
            (text("int8range(subscription_id, subscription_id, '[]')"), "&&"),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            name="ex_subscription_period_no_overlap",
            using="gist",
        ),
    )

    id: Mapped[Identifier]
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"))
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    price_version_id: Mapped[int] = mapped_column(ForeignKey("price_version.id"))
    invoice_line_id: Mapped[int] = mapped_column(ForeignKey("invoice_line.id"))
