"""Attempts, payments, saved methods and the webhook inbox."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, select, text
from sqlalchemy.dialects.postgresql import insert

from app.billing.errors import NotFound
from app.billing.payment import IN_DOUBT, UNSETTLED, AttemptState, GatewayEvent
from app.models import Invoice, Payment, PaymentAttempt, PaymentMethod, WebhookEvent, WebhookState
from app.models.payment import NAMES_NO_METHOD
from app.repositories.base import Repository, as_uuid, one_of


@dataclass(slots=True)
class PastAttempts:
    """What was tried on one invoice before."""

    last_ordinal: int = 0
    unsettled: bool = False
    refused_methods: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class PastByInvoice:
    """What was tried before, by invoice; nothing for a new one."""

    _by_invoice: dict[int, PastAttempts]

    def of(self, invoice_id: int) -> PastAttempts:
        """What was tried on this invoice."""
        return self._by_invoice.get(invoice_id) or PastAttempts()


class PaymentAttemptRepository(Repository[PaymentAttempt]):
    """Attempts to charge."""

    model = PaymentAttempt

    def unsettled(self, invoice_id: int) -> PaymentAttempt | None:
        """The attempt on this invoice whose end is still to come."""
        return self.session.scalar(
            select(PaymentAttempt)
            .where(PaymentAttempt.invoice_id == invoice_id, PaymentAttempt.state.in_(UNSETTLED))
            .order_by(PaymentAttempt.ordinal.desc())
            .limit(1)
        )

    def past_of(self, invoices: Mapping[int, int | None]) -> PastByInvoice:
        """What was tried on these invoices, which must be locked; each with the one that it replaces.

        A method that was refused for good stays so when the invoice was issued again for fewer lines.
        """
        rows = self.session.execute(
            select(
                PaymentAttempt.invoice_id,
                PaymentAttempt.ordinal,
                PaymentAttempt.state,
                PaymentAttempt.hard_decline,
                PaymentAttempt.payment_method_id,
            ).where(one_of(PaymentAttempt.invoice_id, invoices))
        )
        past: dict[int, PastAttempts] = defaultdict(PastAttempts)
        for row in rows:
            tried = past[row.invoice_id]
            tried.last_ordinal = max(tried.last_ordinal, row.ordinal)
            tried.unsettled = tried.unsettled or row.state in UNSETTLED
            if row.hard_decline and row.payment_method_id is not None:
                tried.refused_methods.add(row.payment_method_id)
        self._add_refused_before(past, invoices)
        return PastByInvoice(past)

    def _add_refused_before(self, past: dict[int, PastAttempts], invoices: Mapping[int, int | None]) -> None:
        """Follow the replaced invoices back, one statement for each time that any was issued again."""
        replaced = {before: invoice_id for invoice_id, before in invoices.items() if before is not None}
        while replaced:
            rows = self.session.execute(
                select(Invoice.id, Invoice.replaces_id, PaymentAttempt.payment_method_id)
                .outerjoin(
                    PaymentAttempt, (PaymentAttempt.invoice_id == Invoice.id) & PaymentAttempt.hard_decline
                )
                .where(one_of(Invoice.id, replaced))
            ).all()
            for row in rows:
                if row.payment_method_id is not None:
                    past[replaced[row.id]].refused_methods.add(row.payment_method_id)
            replaced = {row.replaces_id: replaced[row.id] for row in rows if row.replaces_id is not None}

    def owners(self, attempt_ids: Collection[UUID]) -> Sequence[tuple[int, int]]:
        """Invoice and customer of each attempt; raises NotFound when one is not known."""
        rows = self.session.execute(
            select(PaymentAttempt.id, Invoice.id, Invoice.customer_id)
            .join(Invoice)
            .where(one_of(PaymentAttempt.id, attempt_ids))
        ).all()
        if len(rows) != len(set(attempt_ids)):
            raise NotFound("payment attempt")
        return [(row[1], row[2]) for row in rows]

    def locked_all(self, attempt_ids: Collection[UUID]) -> Sequence[PaymentAttempt]:
        """These attempts, locked in the order of their ids."""
        return self.session.scalars(
            select(PaymentAttempt)
            .where(one_of(PaymentAttempt.id, attempt_ids))
            .order_by(PaymentAttempt.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()

    def waiting_on(self, invoice_ids: Collection[int]) -> Sequence[PaymentAttempt]:
        """Attempts on these invoices that wait for the customer at the provider."""
        return self.session.scalars(
            select(PaymentAttempt).where(
                one_of(PaymentAttempt.invoice_id, invoice_ids),
                PaymentAttempt.state == AttemptState.AWAITING_CUSTOMER,
            )
        ).all()

    def exists(self, attempt_id: UUID) -> bool:
        """Whether the attempt is ours."""
        return self.session.get(PaymentAttempt, attempt_id) is not None

    def next_ordinal(self, invoice_id: int) -> int:
        """The number of the next attempt on this invoice, which must be locked."""
        last = self.session.scalar(
            select(func.max(PaymentAttempt.ordinal)).where(PaymentAttempt.invoice_id == invoice_id)
        )
        return (last or 0) + 1

    def of_invoice(self, invoice_id: int) -> Sequence[PaymentAttempt]:
        """All attempts on an invoice, oldest first."""
        return self.session.scalars(
            select(PaymentAttempt)
            .where(PaymentAttempt.invoice_id == invoice_id)
            .order_by(PaymentAttempt.ordinal)
        ).all()

    def of_customer(self, customer_id: int, attempt_id: UUID) -> PaymentAttempt:
        """This attempt if it is the customer's, else NotFound."""
        attempt = self.session.scalar(
            select(PaymentAttempt)
            .join(Invoice)
            .where(PaymentAttempt.id == attempt_id, Invoice.customer_id == customer_id)
        )
        if attempt is None:
            raise NotFound("payment attempt")
        return attempt

    def awaiting(self, customer_id: int) -> Sequence[PaymentAttempt]:
        """The customer's attempts that wait for them at the provider, newest first."""
        return self.session.scalars(
            select(PaymentAttempt)
            .join(Invoice)
            .where(Invoice.customer_id == customer_id, PaymentAttempt.state == AttemptState.AWAITING_CUSTOMER)
            .order_by(PaymentAttempt.started_at.desc())
        ).all()

    def in_doubt(self, started_before: datetime) -> Sequence[UUID]:
        """Ids of attempts whose money may have moved, started before the instant (real time)."""
        return self.session.scalars(
            select(PaymentAttempt.id)
            .where(PaymentAttempt.state.in_(IN_DOUBT), PaymentAttempt.started_at < started_before)
            .order_by(PaymentAttempt.started_at, PaymentAttempt.invoice_id)
        ).all()

    def without_method(self, provider: str, started_since: datetime) -> Sequence[UUID]:
        """Ids of attempts since the instant (real time) that the customer paid on a page of the provider,
        and whose payment names no method, the newest first.
        """
        return self.session.scalars(
            select(PaymentAttempt.id)
            .join(Payment, Payment.attempt_id == PaymentAttempt.id)
            .where(
                Payment.provider == provider,
                text(f"payment.{NAMES_NO_METHOD}"),
                PaymentAttempt.payment_method_id.is_(None),
                PaymentAttempt.started_at >= started_since,
            )
            .order_by(PaymentAttempt.started_at.desc())
        ).all()

    def awaiting_customer(self, started_before: datetime) -> Sequence[UUID]:
        """Ids of attempts that wait for the customer at the provider since before the instant."""
        return self.session.scalars(
            select(PaymentAttempt.id)
            .where(
                PaymentAttempt.state == AttemptState.AWAITING_CUSTOMER,
                PaymentAttempt.started_at < started_before,
            )
            .order_by(PaymentAttempt.started_at, PaymentAttempt.invoice_id)
        ).all()


class PaymentRepository(Repository[Payment]):
    """Money that came in."""

    model = Payment

    def of_attempt(self, attempt_id: UUID) -> Payment:
        """The payment that the attempt made; raises NotFound."""
        payment = self.session.scalar(select(Payment).where(Payment.attempt_id == attempt_id))
        if payment is None:
            raise NotFound("payment")
        return payment

    def is_known(self, provider: str, reference: str) -> bool:
        """Whether this money of the provider was booked before."""
        same = (Payment.provider == provider) & (Payment.provider_reference == reference)
        return self.session.scalar(select(exists().where(same))) or False

    def by_reference(self, provider: str, reference: str) -> Payment | None:
        """The payment that the provider calls so."""
        return self.session.scalar(
            select(Payment).where(Payment.provider == provider, Payment.provider_reference == reference)
        )


DEFAULT_FIRST = (PaymentMethod.preferred_at.desc().nulls_last(), PaymentMethod.id.desc())


CHARGEABLE = (PaymentMethod.deleted_at.is_(None), PaymentMethod.unusable_since.is_(None))


class PaymentMethodRepository(Repository[PaymentMethod]):
    """Saved methods."""

    model = PaymentMethod

    def of_customer(self, customer_id: int) -> Sequence[PaymentMethod]:
        """The customer's methods that may be charged, the default first, then newest first."""
        return self.session.scalars(
            select(PaymentMethod)
            .where(PaymentMethod.customer_id == customer_id, *CHARGEABLE)
            .order_by(*DEFAULT_FIRST)
        ).all()

    def of_customers(self, customer_ids: Collection[int]) -> dict[int, list[PaymentMethod]]:
        """The methods that may be charged, the default first, then newest first, by customer."""
        rows = self.session.scalars(
            select(PaymentMethod)
            .where(one_of(PaymentMethod.customer_id, customer_ids), *CHARGEABLE)
            .order_by(*DEFAULT_FIRST)
        )
        by_customer: dict[int, list[PaymentMethod]] = defaultdict(list)
        for row in rows:
            by_customer[row.customer_id].append(row)
        return by_customer

    def kept(self, customer_id: int) -> Sequence[PaymentMethod]:
        """What the customer has saved and not deleted: first what may be charged, the default before all."""
        return self.session.scalars(
            select(PaymentMethod)
            .where(PaymentMethod.customer_id == customer_id, PaymentMethod.deleted_at.is_(None))
            .order_by(PaymentMethod.unusable_since.is_not(None), *DEFAULT_FIRST)
        ).all()

    def one_kept(self, customer_id: int, method_id: int) -> PaymentMethod:
        """This method if the customer has it and has not deleted it, chargeable or not; else NotFound."""
        for method in self.kept(customer_id):
            if method.id == method_id:
                return method
        raise NotFound("payment method")

    def one_of_customer(self, customer_id: int, method_id: int) -> PaymentMethod:
        """This chargeable method if it is the customer's, else NotFound."""
        for method in self.of_customer(customer_id):
            if method.id == method_id:
                return method
        raise NotFound("payment method")

    def by_token(self, provider: str, token: str) -> PaymentMethod | None:
        """The method that the provider calls so, locked; a deleted one too."""
        return self.session.scalar(
            select(PaymentMethod)
            .where(PaymentMethod.provider == provider, PaymentMethod.token == token)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )

    def keep(self, method: PaymentMethod) -> None:
        """Store the method; one that is known already stays as it is, but can be charged again."""
        self.session.execute(
            insert(PaymentMethod)
            .values(
                customer_id=method.customer_id,
                provider=method.provider,
                token=method.token,
                brand=method.brand,
                last4=method.last4,
                fingerprint=method.fingerprint,
                valid_until=method.valid_until,
                created_at=method.created_at,
            )
            .on_conflict_do_update(
                index_elements=[PaymentMethod.provider, PaymentMethod.token],
                set_={"unusable_since": None, "valid_until": method.valid_until},
                where=PaymentMethod.customer_id == method.customer_id,
            )
        )

    def keep_added(self, method: PaymentMethod, asked_at: datetime) -> PaymentMethod | None:
        """Store a method that its customer asked to add, and answer it.

        One that was deleted before it was asked for is there again; one deleted since stays deleted, and
        so does another customer's: None.
        """
        self.keep(method)
        stored = self.by_token(method.provider, method.token)
        if stored is None or stored.customer_id != method.customer_id:
            return None
        if stored.deleted_at is not None and stored.deleted_at <= asked_at:
            stored.deleted_at = stored.unusable_since = None
        return stored if stored.deleted_at is None else None


class WebhookEventRepository(Repository[WebhookEvent]):
    """The inbox."""

    model = WebhookEvent

    def store(self, provider: str, event: GatewayEvent, now: datetime) -> int | None:
        """Store a verified event once; its id, or None when it is known already."""
        return self.session.scalar(
            insert(WebhookEvent)
            .values(
                provider=provider,
                event_id=event.event_id,
                kind=event.kind,
                subject=event.subject,
                attempt_id=as_uuid(event.attempt_id),
                object_reference=event.object_reference,
                state=WebhookState.RECEIVED,
                received_at=now,
            )
            .on_conflict_do_nothing(index_elements=[WebhookEvent.provider, WebhookEvent.event_id])
            .returning(WebhookEvent.id)
        )
