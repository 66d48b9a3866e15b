"""What customers owe after lost disputes: paid out of their balance, or written off (H2, H3, K1)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from app.billing.actors import Actor
from app.billing.disputes import DisputePolicy, NoDebt
from app.billing.errors import InvalidInput, NotFound, NotPermitted
from app.billing.money import Money
from app.billing.provider import DisputeState
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import AuditEntry, BankLine, Dispute, LedgerEntry, Payment, Subscription
from app.services.bank_queue import Choice, match_chosen
from app.services.dispute_debts import pay_debt_from_balance, write_off_debt
from tests.bank import INN, bring, line
from tests.factories import buy, check, deliver_all, mails, production_key, rows
from tests.ledger_rows import Sale, assert_everything_ties, registered, sold
from tests.parallel import at_once
from tests.services.refunding import ANNA, balances, credit
from tests.services.test_disputes import PRICE, look, the_dispute

WHY = "клиент не отвечает"


@pytest.fixture
def payment(container: Container, alice: int) -> Payment:
    """A purchase that the acquirer took the money of."""
    registered(container, alice)
    buy(container, alice, "crm-connector", make_account="A")
    deliver_all(container)
    (payment,) = rows(container, Payment)
    return payment


@pytest.fixture
def lost(container: Container, payment: Payment) -> str:
    """Its bank has taken it back for good."""
    reference = container.test_acquirer.open_dispute(payment.provider_reference, PRICE)
    container.test_acquirer.end_dispute(reference, DisputeState.LOST)
    look(container, reference)
    return reference


def forgive(container: Container, actor: Actor = ANNA, reason: str = WHY, **changes: DisputePolicy) -> None:
    write_off_debt(
        container.transactions,
        actor=actor,
        dispute_id=the_dispute(container).id,
        reason=reason,
        now=container.clock.now(),
        **changes,
    )


def collect(container: Container, actor: Actor = ANNA, reason: str = "зачёт по письму клиента") -> Money:
    return pay_debt_from_balance(
        container.transactions,
        actor=actor,
        dispute_id=the_dispute(container).id,
        reason=reason,
        now=container.clock.now(),
    )


def transfer(container: Container, minor: int, number: str = "17") -> None:
    """The customer pays the invoice of the disputed payment once more; a person takes the line."""
    bring(
        container,
        line("Оплата по счёту СЧ-2026-000001", minor, party_inn=INN, reference=number),
        name=f"{number}.txt",
    )
    row = rows(container, BankLine)[-1]
    choice = Choice(line_id=row.id, reason="долг по спору", invoice_ids=(1,))
    match_chosen(container.transactions, actor=ANNA, choice=choice, now=container.clock.now())


def settled(dispute: Dispute) -> tuple[int, int, int]:
    return dispute.lost_minor, dispute.paid_minor, dispute.written_off_minor


def test_a_debt_is_written_off_and_access_ends(container: Container, alice: int, lost: str) -> None:
    key = production_key(container, alice)
    assert check(container, key, "A").allowed
    forgive(container)
    assert settled(the_dispute(container)) == (PRICE.minor, 0, PRICE.minor)
    assert "receivable" not in balances(container)
    assert balances(container)["bad_debts"] == PRICE.minor
    assert not check(container, key, "A").allowed
    assert rows(container, Subscription)[0].status is SubscriptionStatus.EXPIRED
    (deed,) = rows(container, AuditEntry, action="dispute.write_off")
    assert (deed.reason, deed.actor_identity, deed.customer_id) == (WHY, "anna", alice)
    assert deed.details == {"minor": PRICE.minor, "currency": "RUB"}
    assert_everything_ties(container)


def test_a_later_period_that_is_paid_keeps_its_access(container: Container, alice: int, lost: str) -> None:
    key = production_key(container, alice)
    sold(container, alice, Sale(renews=1), at=rows(container, Subscription)[0].period_end)
    forgive(container)
    assert check(container, key, "A").allowed
    assert rows(container, Subscription)[0].status is SubscriptionStatus.ACTIVE
    assert balances(container)["bad_debts"] == PRICE.minor


def test_the_policy_may_leave_access(container: Container, alice: int, lost: str) -> None:
    key = production_key(container, alice)
    forgive(container, policy=DisputePolicy(write_off_ends_access=False))
    assert check(container, key, "A").allowed
    assert_everything_ties(container)


def test_a_customer_pays_the_debt_by_a_transfer_and_keeps_access(
    container: Container, alice: int, lost: str
) -> None:
    key = production_key(container, alice)
    transfer(container, PRICE.minor + 100)
    assert collect(container) == PRICE
    assert settled(the_dispute(container)) == (PRICE.minor, PRICE.minor, 0)
    assert (credit(container), "receivable" in balances(container)) == (100, False)
    assert check(container, key, "A").allowed
    assert mails(container).count("balance_credited") == 1
    (deed,) = rows(container, AuditEntry, action="dispute.debt_paid")
    assert deed.details == {"minor": PRICE.minor, "currency": "RUB"}
    assert_everything_ties(container)
    with pytest.raises(NoDebt):
        forgive(container)


def test_a_debt_is_paid_in_parts_and_the_rest_is_written_off(container: Container, lost: str) -> None:
    transfer(container, 30_000)
    assert collect(container) == Money(30_000, "RUB")
    transfer(container, 20_000, "18")
    assert collect(container) == Money(20_000, "RUB")
    forgive(container)
    assert settled(the_dispute(container)) == (PRICE.minor, 50_000, PRICE.minor - 50_000)
    assert balances(container)["bad_debts"] == PRICE.minor - 50_000
    assert_everything_ties(container)


def test_what_is_won_back_after_all_gives_the_payment_back(container: Container, lost: str) -> None:
    transfer(container, 30_000)
    collect(container)
    forgive(container)
    for _ in range(2):
        container.test_acquirer.end_dispute(lost, DisputeState.WON)
        look(container, lost)
    assert settled(the_dispute(container)) == (0, 0, 0)
    assert credit(container) == 30_000
    assert {"receivable", "bad_debts"} & set(balances(container)) == set()
    assert_everything_ties(container)


def test_without_a_debt_or_a_balance_nothing_is_done(container: Container, lost: str) -> None:
    with pytest.raises(NoDebt) as refusal:
        collect(container)
    assert refusal.value.code == "BALANCE_EMPTY"
    forgive(container)
    for deed in (forgive, collect):
        with pytest.raises(NoDebt) as refusal:
            deed(container)
        assert refusal.value.code == "NO_DEBT"
    assert len(rows(container, AuditEntry, action="dispute.write_off")) == 1


def test_an_open_dispute_is_no_debt_yet(container: Container, payment: Payment) -> None:
    look(container, container.test_acquirer.open_dispute(payment.provider_reference, PRICE))
    with pytest.raises(NoDebt):
        forgive(container)


def unless_settled(deed: Callable[[Container], object], container: Container) -> None:
    with suppress(NoDebt):
        deed(container)


@pytest.mark.parametrize("deed", [forgive, collect])
def test_ten_people_at_once_settle_a_debt_once(
    container: Container, lost: str, deed: Callable[[Container], object]
) -> None:
    transfer(container, 3 * PRICE.minor)
    at_once(*[partial(unless_settled, deed, container)] * 10)
    kinds = [each.kind for each in rows(container, LedgerEntry)]
    assert kinds.count("debt_written_off") + kinds.count("debt_paid") == 1
    assert_everything_ties(container)


def test_only_staff_with_a_reason_decide(container: Container, alice: int, lost: str) -> None:
    for deed in (forgive, collect):
        with pytest.raises(NotPermitted):
            deed(container, Actor.customer(alice))
        with pytest.raises(InvalidInput) as refusal:
            deed(container, ANNA, "  ")
        assert refusal.value.code == "REASON_REQUIRED"
    with pytest.raises(NotFound):
        write_off_debt(
            container.transactions, actor=ANNA, dispute_id=999, reason=WHY, now=container.clock.now()
        )
    assert settled(the_dispute(container)) == (PRICE.minor, 0, 0)


def test_a_look_and_a_write_off_at_once_come_to_the_same_books(container: Container, lost: str) -> None:
    container.test_acquirer.end_dispute(lost, DisputeState.WON)
    at_once(partial(look, container, lost), partial(unless_settled, forgive, container))
    assert settled(the_dispute(container)) == (0, 0, 0)
    assert_everything_ties(container)
