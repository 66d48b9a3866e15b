"""Mails about refunds and compensation, through their use cases (H7)."""

from datetime import date, timedelta

import pytest

from app.billing.actors import Actor
from app.billing.compensation import CompensationFacts, CompensationKind
from app.billing.errors import NotFound
from app.billing.mail import MailKind
from app.billing.mail_data import (
    CompensationGrantedMail,
    ExtraDays,
    PromisedDiscount,
    RefundDecidedMail,
    RefundRequestedMail,
    RefundSentMail,
)
from app.billing.money import Money
from app.bootstrap import Container
from app.models import PromoCode
from app.services.compensation import CompensationRequest, approve_compensation, request_compensation
from app.services.refunds import (
    RefundRequest,
    approve_refund,
    mark_refund_sent,
    reject_refund,
    request_refund,
)
from app.services.subscriptions import Asked, cancel_subscription
from tests.clock import ManualClock
from tests.factories import buy, create_customer
from tests.services.mail_facts import change, credit, facts_of, last_promised, swept_at, told

ANNA, BORIS = Actor.staff("anna"), Actor.staff("boris")
PRICE = Money(99_000, "RUB")
NOTHING = Money(0, "RUB")


def requested(container: Container, customer_id: int, line_id: int = 1) -> int:
    return request_refund(
        container.transactions,
        actor=Actor.customer(customer_id),
        request=RefundRequest(customer_id, line_id, "не нужен"),
        now=container.clock.now(),
    )


def approved(container: Container, refund_id: int) -> None:
    approve_refund(
        container.transactions, actor=ANNA, refund_id=refund_id, reason="да", now=container.clock.now()
    )


def test_a_refund_from_request_to_money(container: Container, clock: ManualClock, alice: int) -> None:
    buy(container, alice, "crm-connector")
    asked_at = clock.now()
    refund_id = requested(container, alice)
    mail = told(container, RefundRequestedMail)
    assert (mail.connector, mail.amount, mail.requested_at) == ("Crm connector", PRICE, asked_at)
    assert (mail.invoice_number, mail.invoice_url) == ("СЧ-2026-000001", "http://localhost/invoices/1")
    assert facts_of(container, MailKind.REFUND_DECIDED, alice, refund_id=refund_id) is None
    assert facts_of(container, MailKind.REFUND_SENT, alice, refund_id=refund_id) is None

    approved(container, refund_id)
    assert last_promised(container, MailKind.REFUND_REQUESTED) is None
    decision = told(container, RefundDecidedMail)
    assert (decision.approved, decision.amount, decision.to_balance) == (True, PRICE, NOTHING)
    assert (decision.method, decision.last_day) == ("Visa •••• 4242", None)

    clock.advance(hours=1)
    mark_refund_sent(
        container.transactions, actor=ANNA, refund_id=refund_id, reference="re_1", now=clock.now()
    )
    sent = told(container, RefundSentMail)
    assert (sent.amount, sent.to_balance, sent.method) == (PRICE, NOTHING, "Visa •••• 4242")
    assert sent.sent_at == asked_at + timedelta(hours=1)


def test_a_refund_that_is_refused_leaves_access(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    refund_id = requested(container, alice)
    reject_refund(
        container.transactions,
        actor=ANNA,
        refund_id=refund_id,
        reason="нет",
        now=container.clock.now(),
    )
    decision = told(container, RefundDecidedMail)
    assert (decision.approved, decision.last_day) == (False, date(2026, 4, 2))


def test_what_the_balance_paid_returns_there(container: Container, alice: int) -> None:
    credit(container, alice, 40_000)
    buy(container, alice, "crm-connector")
    refund_id = requested(container, alice)
    approved(container, refund_id)
    decision = told(container, RefundDecidedMail)
    assert (decision.amount, decision.to_balance) == (PRICE, Money(40_000, "RUB"))


def test_nobody_reads_of_anothers_refund_or_gift(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    refund_id = requested(container, alice)
    compensation_id = given(
        container, alice, CompensationFacts(CompensationKind.BALANCE, "сбой", amount=PRICE)
    )
    bob = create_customer(container, "bob@example.com")
    with pytest.raises(NotFound):
        facts_of(container, MailKind.REFUND_REQUESTED, bob, refund_id=refund_id)
    with pytest.raises(NotFound):
        facts_of(container, MailKind.COMPENSATION_GRANTED, bob, compensation_id=compensation_id)


def given(container: Container, customer_id: int, facts: CompensationFacts) -> int:
    """Ask for it and approve it."""
    subscription_id = None if facts.kind is CompensationKind.BALANCE else 1
    compensation_id = asked_for(container, customer_id, facts, subscription_id)
    approve_compensation(
        container.transactions,
        actor=BORIS,
        compensation_id=compensation_id,
        reason="да",
        now=container.clock.now(),
    )
    return compensation_id


def asked_for(
    container: Container, customer_id: int, facts: CompensationFacts, subscription_id: int | None
) -> int:
    return request_compensation(
        container.transactions,
        actor=ANNA,
        request=CompensationRequest(customer_id, facts, subscription_id),
        now=container.clock.now(),
    )


def test_extra_days_name_the_new_end(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    given(container, alice, CompensationFacts(CompensationKind.EXTRA_DAYS, "сбой", days=5))
    mail = told(container, CompensationGrantedMail)
    assert mail.extra_days == ExtraDays("Crm connector", 5, date(2026, 4, 7))
    assert (mail.goodwill, mail.discount) == (None, None)
    assert mail.account_url == "http://localhost/subscriptions/1"


def test_goodwill_names_its_amount(container: Container, alice: int) -> None:
    given(container, alice, CompensationFacts(CompensationKind.BALANCE, "сбой", amount=PRICE))
    mail = told(container, CompensationGrantedMail)
    assert (mail.extra_days, mail.goodwill, mail.discount) == (None, PRICE, None)
    assert mail.account_url == "http://localhost/subscriptions"


def test_a_discount_of_what_runs_comes_by_itself(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    given(container, alice, CompensationFacts(CompensationKind.DISCOUNT, "сбой", percent=1_000))
    assert told(container, CompensationGrantedMail).discount == PromisedDiscount(1_000, "")

    change(container, PromoCode, 1, redemptions=1)
    assert last_promised(container, MailKind.COMPENSATION_GRANTED) is None


def test_a_discount_of_what_has_ended_needs_its_code(
    container: Container, clock: ManualClock, alice: int
) -> None:
    buy(container, alice, "crm-connector")
    cancel_subscription(container.transactions, Asked.by_customer(alice, 1, clock.now()))
    swept_at(container, clock, clock.now() + timedelta(days=40))
    given(container, alice, CompensationFacts(CompensationKind.DISCOUNT, "сбой", percent=1_000))
    assert told(container, CompensationGrantedMail).discount == PromisedDiscount(1_000, "SORRY-000001")


def test_what_is_not_given_yet_is_not_told(container: Container, alice: int) -> None:
    facts = CompensationFacts(CompensationKind.BALANCE, "сбой", amount=PRICE)
    compensation_id = asked_for(container, alice, facts, None)
    told_of = facts_of(container, MailKind.COMPENSATION_GRANTED, alice, compensation_id=compensation_id)
    assert told_of is None
