"""Акт сверки: whole, from the ledger, and each opens where the one before it closed (J3, K1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from app.billing.actors import Actor
from app.billing.documents.kinds import DocumentKind
from app.billing.documents.reconciliation import ReconciliationAct
from app.billing.errors import BillingError, Conflict, InvalidInput, NotFound, NotPermitted
from app.billing.ledger import usage_given
from app.billing.periods import BillingInterval, local_date
from app.bootstrap import Container
from app.models import AuditEntry, Document, Payer, PayerKind
from app.services.bookkeeping import Cause, book
from app.services.corrections.reconciling import MOST_A_DAY, ReconciliationRequest, issue_reconciliation
from app.services.ledger_reports import customer_statement
from app.services.refunds import mark_refund_sent
from tests.clock import ManualClock
from tests.factories import FACTORY, create_customer, create_payer, rows
from tests.ledger_rows import PaidLine, Sale, sold
from tests.services.corrections.papers import ANNA, document, given, lowered, papers, printed, rub

START = date(2025, 11, 1)


def asked(
    container: Container, customer_id: int, first: date, last: date, actor: Actor | None = None
) -> Document:
    (payer,) = rows(container, Payer, customer_id=customer_id)
    document_id = issue_reconciliation(
        container.transactions,
        actor=actor or Actor.customer(customer_id),
        request=ReconciliationRequest(customer_id, payer.id, first, last),
        now=container.clock.now(),
    )
    return rows(container, Document, id=document_id)[0]


def act_of(document: Document) -> ReconciliationAct:
    act = printed(document)
    assert isinstance(act, ReconciliationAct)
    return act


def test_it_tells_every_event_by_its_document(container: Container, clock: ManualClock, alice: int) -> None:
    line = given(container, clock, alice, Sale(over=rub(1_000)))
    refund_id = lowered(container, line, rub(39_000))
    document(container)
    clock.advance(days=1)
    mark_refund_sent(
        container.transactions, actor=ANNA, refund_id=refund_id, reference="re_1", now=clock.now()
    )

    row = asked(container, alice, START, date(2026, 2, 11))
    act = act_of(row)

    (upd,) = papers(container, DocumentKind.TRANSFER)
    (ukd,) = papers(container, DocumentKind.TRANSFER_ADJUSTMENT)
    assert [(each.on, each.text, each.debit.minor, each.credit.minor) for each in act.rows] == [
        (date(2025, 12, 3), "Оплата, счёт № СЧ-2025-000001", 0, 100_000),
        (date(2025, 12, 31), f"Оказаны услуги, УПД № {upd.number} от 31.12.2025", 99_000, 0),
        (
            date(2026, 2, 10),
            f"Снижение стоимости услуг, возврат № {refund_id}, УКД № {ukd.number} от 10.02.2026",
            0,
            39_000,
        ),
        (date(2026, 2, 11), f"Возврат денег, возврат № {refund_id}, счёт № СЧ-2025-000001", 39_000, 0),
    ]
    assert (act.opening, act.closing) == (rub(0), rub(-1_000))
    assert (act.starts_on, act.ends_on, act.buyer.name) == (START, date(2026, 2, 11), "ООО «Ромашка»")
    assert (row.kind, row.issued_on, row.total_minor) == (
        DocumentKind.RECONCILIATION,
        date(2026, 2, 11),
        -1_000,
    )
    assert row.number == act.number == "АС-2026-000001"


def test_months_on_one_document_are_one_row(container: Container, clock: ManualClock, alice: int) -> None:
    given(container, clock, alice, Sale(other_line=rub(60_000)))
    act = act_of(asked(container, alice, date(2025, 12, 31), date(2025, 12, 31)))
    assert [row.debit.minor for row in act.rows] == [159_000]
    assert (act.opening, act.closing) == (rub(-159_000), rub(0))


def test_used_operations_are_service_too(container: Container, clock: ManualClock, alice: int) -> None:
    paid = sold(container, alice)
    with container.transactions.begin(FACTORY) as work:
        book(
            work,
            usage_given(rub(12_200), rub(2_200)),
            Cause(1, alice, invoice_id=paid.invoice_id),
            clock.now(),
        )
    act = act_of(asked(container, alice, START, local_date(clock.now())))
    assert [row.text for row in act.rows] == [
        "Оплата, счёт № СЧ-2026-000001",
        "Оказаны услуги, счёт № СЧ-2026-000001",
    ]


def test_a_buyer_abroad_reads_english(container: Container, clock: ManualClock, shop: object) -> None:
    berta = create_customer(container, "berta@example.com", country="DE")
    create_payer(container, berta, kind=PayerKind.FOREIGN_COMPANY, country="DE", inn=None, kpp=None)
    sold(container, berta)
    act = act_of(asked(container, berta, START, local_date(clock.now())))
    assert (act.language, act.rows[0].text) == ("en", "Payment, invoice No. СЧ-2026-000001")


@pytest.mark.parametrize("seed", range(4))
def test_each_act_opens_where_the_one_before_closed_and_closes_as_the_ledger_does(
    container: Container, clock: ManualClock, alice: int, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 - repeatable on purpose
    bob = create_customer(container, "bob@example.com")
    create_payer(container, bob)
    _anything_happens(container, clock, random, (alice, bob))
    today = local_date(clock.now())
    days = (today - START).days
    cuts = sorted({START + timedelta(days=random.randint(1, days)) for _ in range(4)})

    for customer_id in (alice, bob):
        closing = rub(0)
        for first, after in pairwise([START, *cuts, today + timedelta(days=1)]):
            act = act_of(asked(container, customer_id, first, after - timedelta(days=1)))
            ledger = customer_statement(
                container.transactions,
                seller_id=1,
                customer_id=customer_id,
                currency="RUB",
                first=first,
                last=after - timedelta(days=1),
            )
            assert act.opening == closing == ledger.opening.owed_by_customer
            assert act.closing == ledger.closing.owed_by_customer
            closing = act.closing
    assert len(papers(container, DocumentKind.RECONCILIATION)) >= 4


def _anything_happens(
    container: Container, clock: ManualClock, random: Random, customers: tuple[int, ...]
) -> None:
    """Sales, service, refunds of given and of unused service, money sent; over half a year."""
    clock.move_to(datetime(2025, 11, 5, 9, 0, tzinfo=UTC))
    lines: list[PaidLine] = []
    for _ in range(18):
        clock.advance(days=random.randint(0, 14))
        if random.random() < 0.6:
            sale = Sale(
                price=rub(random.randint(100, 10**6)),
                interval=random.choice(list(BillingInterval)),
                over=rub(random.randint(0, 1) * 77),
            )
            lines.append(sold(container, random.choice(customers), sale))
        elif lines:
            refund_id = lowered(
                container, lines.pop(random.randrange(len(lines))), rub(random.randint(1, 100))
            )
            if random.random() < 0.5:
                mark_refund_sent(
                    container.transactions,
                    actor=ANNA,
                    refund_id=refund_id,
                    reference=f"re_{refund_id}",
                    now=clock.now(),
                )
        document(container)


def test_the_same_one_asked_again_that_day_is_the_same_document(
    container: Container, clock: ManualClock, alice: int
) -> None:
    given(container, clock, alice)
    first = asked(container, alice, START, date(2026, 1, 31))
    assert asked(container, alice, START, date(2026, 1, 31)).id == first.id
    assert asked(container, alice, START, date(2026, 1, 30)).id != first.id
    clock.advance(days=1)
    assert asked(container, alice, START, date(2026, 1, 31)).id != first.id
    assert len(rows(container, AuditEntry, action="document.reconciliation")) == 3


def test_a_customer_asks_for_so_many_a_day_and_staff_for_more(
    container: Container, clock: ManualClock, alice: int
) -> None:
    given(container, clock, alice)
    for day in range(MOST_A_DAY):
        asked(container, alice, START, date(2026, 1, 1) + timedelta(days=day))
    with pytest.raises(Conflict) as refusal:
        asked(container, alice, START, date(2026, 2, 1))
    assert refusal.value.code == "RECONCILIATIONS_TOO_MANY"
    assert asked(container, alice, START, date(2026, 2, 1), ANNA).number.endswith("11")


def test_who_may_not_and_for_which_days_not(container: Container, clock: ManualClock, alice: int) -> None:
    bob = create_customer(container, "bob@example.com")
    payer_id = create_payer(container, bob)
    today = local_date(clock.now())
    refused: list[tuple[type[BillingError], Actor, int, date]] = [
        (NotFound, Actor.customer(bob), alice, today),
        (NotFound, Actor.customer(alice), alice, today),
        (NotPermitted, Actor.system("sweep"), bob, today),
        (InvalidInput, Actor.customer(bob), bob, today + timedelta(days=1)),
    ]
    for kind, actor, customer_id, last in refused:
        with pytest.raises(kind):
            issue_reconciliation(
                container.transactions,
                actor=actor,
                request=ReconciliationRequest(customer_id, payer_id, START, last),
                now=clock.now(),
            )
    assert papers(container) == []
