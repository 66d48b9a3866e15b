"""The transaction boundary: repositories on one session, records of what happened, one commit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, sessionmaker

from app.billing.actors import Actor
from app.billing.compensation import COMPENSATION_TRANSITIONS
from app.billing.invoice import INVOICE_TRANSITIONS
from app.billing.mail import MailKind
from app.billing.method_setup import SETUP_TRANSITIONS
from app.billing.month_closing import CLOSING_TRANSITIONS
from app.billing.payment import ATTEMPT_TRANSITIONS
from app.billing.ports import Clock
from app.billing.refunds import REFUND_TRANSITIONS
from app.billing.subscription import SUBSCRIPTION_TRANSITIONS
from app.billing.transitions import Status, TransitionTable
from app.models import (
    AuditEntry,
    Base,
    Compensation,
    Invoice,
    MethodSetup,
    MonthClosing,
    OutboxMessage,
    OutboxStatus,
    PaymentAttempt,
    Refund,
    StaffTask,
    StatusChange,
    Subscription,
)
from app.repositories.api_keys import ApiKeyRepository
from app.repositories.bank_statements import BankLineRepository, BankStatementRepository
from app.repositories.carts import CartRepository
from app.repositories.catalogue import ConnectorRepository, SellerRepository, TermsRepository
from app.repositories.catalogue_publications import CataloguePublicationRepository
from app.repositories.closing_checks import ClosingCheckRepository
from app.repositories.corrections import CorrectionRepository
from app.repositories.credits import CustomerCreditRepository
from app.repositories.customers import (
    CustomerRepository,
    CustomerSessionRepository,
    OneTimeTokenRepository,
    PayerRepository,
)
from app.repositories.document_lists import DocumentListRepository
from app.repositories.documents import DocumentRepository
from app.repositories.exchange_rates import ExchangeRateRepository
from app.repositories.fiscal_receipts import FiscalReceiptRepository
from app.repositories.invoices import InvoiceRepository
from app.repositories.ledger import LedgerRepository, ServiceMonthRepository
from app.repositories.long_work import LongWorkRepository
from app.repositories.many_rows import column_names, insert_rows, write_changes_together
from app.repositories.metering import MeteringRepository
from app.repositories.method_setups import MethodSetupRepository
from app.repositories.month_closings import MonthClosingRepository
from app.repositories.outbox import OutboxRepository
from app.repositories.payer_events import PayerEventRepository
from app.repositories.payment_history import PaymentHistoryRepository
from app.repositories.payments import (
    PaymentAttemptRepository,
    PaymentMethodRepository,
    PaymentRepository,
    WebhookEventRepository,
)
from app.repositories.price_campaigns import PriceCampaignRepository
from app.repositories.promotions import PromoCodeRepository
from app.repositories.provider_use import ProviderModeRepository, ProviderOrderRepository
from app.repositories.providers import DisputeRepository, ProviderCursorRepository
from app.repositories.refunds import CompensationRepository, RefundRepository
from app.repositories.registers import RegisterRepository
from app.repositories.registers_deeds import DeedRepository
from app.repositories.registers_ledger import RegisterLedgerRepository
from app.repositories.registers_tie import RegisterTieRepository
from app.repositories.staff import StaffTaskRepository
from app.repositories.subscriptions import SubscriptionRepository
from app.repositories.undocumented import UndocumentedRepository
from app.services.fault_points import AFTER_COMMIT, BEFORE_COMMIT, fault_point

SHORT_QUEUE = "short"
DOCUMENT_QUEUE = "documents"
WORK_QUEUE = "work"
"""Long work, in turns of seconds: before documents, which may be thousands, and after everything short."""
WRITING_ORDER = {table.name: place for place, table in enumerate(Base.metadata.sorted_tables)}


class PaperRepositories:
    """What documents and registers are made from and kept in."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.documents = DocumentRepository(session)
        self.document_lists = DocumentListRepository(session)
        self.long_work = LongWorkRepository(session)
        self.month_closings = MonthClosingRepository(session)
        self.registers = RegisterRepository(session)
        self.register_ledger = RegisterLedgerRepository(session)
        self.register_tie = RegisterTieRepository(session)
        self.deeds = DeedRepository(session)
        self.closing_checks = ClosingCheckRepository(session)
        self.undocumented = UndocumentedRepository(session)
        self.corrections = CorrectionRepository(session)
        self.payer_events = PayerEventRepository(session)
        self.fiscal_receipts = FiscalReceiptRepository(session)


class Repositories(PaperRepositories):
    """Every repository on one session."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.customers = CustomerRepository(session)
        self.payers = PayerRepository(session)
        self.customer_sessions = CustomerSessionRepository(session)
        self.one_time_tokens = OneTimeTokenRepository(session)
        self.connectors = ConnectorRepository(session)
        self.terms = TermsRepository(session)
        self.sellers = SellerRepository(session)
        self.carts = CartRepository(session)
        self.subscriptions = SubscriptionRepository(session)
        self.metering = MeteringRepository(session)
        self.invoices = InvoiceRepository(session)
        self.attempts = PaymentAttemptRepository(session)
        self.payments = PaymentRepository(session)
        self.payment_methods = PaymentMethodRepository(session)
        self.method_setups = MethodSetupRepository(session)
        self.provider_modes = ProviderModeRepository(session)
        self.provider_orders = ProviderOrderRepository(session)
        self.webhook_events = WebhookEventRepository(session)
        self.api_keys = ApiKeyRepository(session)
        self.outbox = OutboxRepository(session)
        self.ledger = LedgerRepository(session)
        self.service_months = ServiceMonthRepository(session)
        self.refunds = RefundRepository(session)
        self.disputes = DisputeRepository(session)
        self.provider_cursors = ProviderCursorRepository(session)
        self.compensations = CompensationRepository(session)
        self.price_campaigns = PriceCampaignRepository(session)
        self.credits = CustomerCreditRepository(session)
        self.promo_codes = PromoCodeRepository(session)
        self.staff_tasks = StaffTaskRepository(session)
        self.bank_statements = BankStatementRepository(session)
        self.bank_lines = BankLineRepository(session)
        self.payment_history = PaymentHistoryRepository(session)
        self.catalogue_publications = CataloguePublicationRepository(session)
        self.exchange_rates = ExchangeRateRepository(session)


class UnitOfWork(Repositories):
    """One open transaction of one actor.

    History, audit and outbox rows, and rows given to `insert`, are collected and written with one insert
    per table right before the commit, so that a use case over 200 rows costs a handful of statements.
    """

    def __init__(self, session: Session, actor: Actor, wall_clock: Clock) -> None:
        super().__init__(session)
        self.actor = actor
        self._wall_clock = wall_clock
        self._records: dict[type[Base], list[dict[str, Any]]] = defaultdict(list)

    def take_ids(self, table: type[Base], count: int) -> Iterator[int]:
        """Ids for rows that are inserted at the end but must be referred to before."""
        if not count:
            return iter(())
        sequence = select(func.pg_get_serial_sequence(table.__tablename__, "id")).scalar_subquery()
        series = func.generate_series(1, count).table_valued("n")
        return iter(self.session.scalars(select(func.nextval(sequence)).select_from(series)).all())

    def write(self, table: type[Base], **values: Any) -> None:
        """Insert a row of these values with the others of its table at the end.

        Rows of one table must set the same columns; those not set get their defaults.
        """
        self._records[table].append(values)

    def insert(self, row: Base) -> None:
        """As `write`, for a row that is an object already. It never becomes part of the session."""
        columns = column_names(type(row))
        self.write(type(row), **{name: value for name, value in vars(row).items() if name in columns})

    def move_subscription(self, row: Subscription, status: Any, reason: str, now: datetime) -> None:
        """Change a subscription's status as its table allows, with a history row."""
        self._move("subscription", row, "status", SUBSCRIPTION_TRANSITIONS, status, reason, now)

    def move_invoice(self, row: Invoice, status: Any, reason: str, now: datetime) -> None:
        """Change an invoice's status as its table allows, with a history row."""
        self._move("invoice", row, "status", INVOICE_TRANSITIONS, status, reason, now)

    def move_attempt(self, row: PaymentAttempt, state: Any, reason: str, now: datetime) -> None:
        """Change an attempt's state as its table allows, with a history row."""
        self._move("payment_attempt", row, "state", ATTEMPT_TRANSITIONS, state, reason, now)

    def move_setup(self, row: MethodSetup, state: Any, reason: str, now: datetime) -> None:
        """Change the state of adding a method as its table allows, with a history row."""
        self._move("method_setup", row, "state", SETUP_TRANSITIONS, state, reason, now)

    def move_refund(self, row: Refund, status: Any, reason: str, now: datetime) -> None:
        """Change a refund's status as its table allows, with a history row."""
        self._move("refund", row, "status", REFUND_TRANSITIONS, status, reason, now)

    def move_compensation(self, row: Compensation, status: Any, reason: str, now: datetime) -> None:
        """Change a compensation's status as its table allows, with a history row."""
        self._move("compensation", row, "status", COMPENSATION_TRANSITIONS, status, reason, now)

    def move_closing(self, row: MonthClosing, state: Any, reason: str, now: datetime) -> None:
        """Change the state of a month's closing as its table allows, with a history row."""
        self._move("month_closing", row, "state", CLOSING_TRANSITIONS, state, reason, now)

    def record_status(
        self, kind: str, identity: object, old: str | None, new: str, reason: str, now: datetime
    ) -> None:
        """Write a history row: the first status of an object, or one that no table governs."""
        self._records[StatusChange].append(
            {
                "object_kind": kind,
                "object_id": str(identity),
                "old_status": old,
                "new_status": new,
                "at": now,
                "actor_kind": self.actor.kind,
                "actor_identity": self.actor.identity,
                "reason": reason,
            }
        )

    def audit(
        self,
        action: str,
        kind: str,
        identity: object,
        *,
        now: datetime,
        customer_id: int | None = None,
        reason: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Write an audit entry. Details hold ids and masked values only."""
        self._records[AuditEntry].append(
            {
                "at": now,
                "actor_kind": self.actor.kind,
                "actor_identity": self.actor.identity,
                "action": action,
                "object_kind": kind,
                "object_id": str(identity),
                "customer_id": customer_id,
                "reason": reason,
                "details": dict(details or {}),
            }
        )

    def promise_mail(
        self, kind: MailKind, customer_id: int, *, dedupe_key: str | None = None, **payload: Any
    ) -> None:
        """Promise a mail to a customer: it leaves after the commit, once. The payload holds ids only."""
        self.promise_job(
            f"mail.{kind.value}",
            customer_id=customer_id,
            dedupe_key=None if dedupe_key is None else f"mail.{kind.value}:{dedupe_key}",
            **payload,
        )

    def promise_job(
        self,
        name: str,
        *,
        queue: str = SHORT_QUEUE,
        customer_id: int | None = None,
        dedupe_key: str | None = None,
        **payload: Any,
    ) -> None:
        """Promise work to a worker. A second promise with the same `dedupe_key` is dropped."""
        instant = self._wall_clock.now()
        self._records[OutboxMessage].append(
            {
                "name": name,
                "queue": queue,
                "payload": payload,
                "dedupe_key": dedupe_key,
                "customer_id": customer_id,
                "status": OutboxStatus.WAITING,
                "attempts": 0,
                "created_at": instant,
                "available_at": instant,
            }
        )

    def ask_staff(
        self, kind: str, object_kind: str, identity: object, customer_id: int | None, now: datetime
    ) -> None:
        """Leave a task for a person; the same task twice is one until it is done."""
        self._records[StaffTask].append(
            {
                "kind": kind,
                "object_kind": object_kind,
                "object_id": str(identity),
                "customer_id": customer_id,
                "created_at": now,
            }
        )

    def write_records(self) -> None:
        """Insert what was collected, one statement per table, what is referred to first."""
        self.session.flush()
        for table in sorted(self._records, key=lambda each: WRITING_ORDER[each.__tablename__]):
            skip = table in (OutboxMessage, StaffTask)
            insert_rows(self.session, table, self._records[table], skip_conflicts=skip)
        self._records.clear()

    def _move(
        self,
        kind: str,
        row: Any,
        column: str,
        table: TransitionTable[Status],
        new: Status,
        reason: str,
        now: datetime,
    ) -> None:
        old = getattr(row, column)
        table.check(old, new)
        setattr(row, column, new)
        self.record_status(kind, row.id, old.value, new.value, reason, now)


class Transactions:
    """Opens transactions. The only code that commits."""

    def __init__(self, session_factory: sessionmaker[Session], wall_clock: Clock) -> None:
        self._session_factory = session_factory
        self._wall_clock = wall_clock
        event.listen(session_factory, "before_flush", write_changes_together)

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[UnitOfWork]:
        """A transaction that commits when the block ends and is undone when it raises."""
        with self._session_factory() as session:
            work = UnitOfWork(session, actor, self._wall_clock)
            yield work
            session.flush()
            work.write_records()
            fault_point(BEFORE_COMMIT)
            session.commit()
        fault_point(AFTER_COMMIT)

    @contextmanager
    def reading(self) -> Iterator[Repositories]:
        """Repositories to read with; whatever is changed in the block is thrown away."""
        with self._session_factory() as session:
            yield Repositories(session)
