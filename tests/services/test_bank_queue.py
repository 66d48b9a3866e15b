"""Lines that need a person: matched with what is chosen, kept as a part, put aside (H4)."""

from __future__ import annotations

import pytest

from app.billing.actors import Actor
from app.billing.bank_matching import Hint
from app.billing.errors import Conflict, InvalidInput, NotFound, NotPermitted
from app.billing.invoice import InvoiceStatus
from app.billing.money import Money
from app.billing.refunds import RefundStatus
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import (
    AuditEntry,
    BankLine,
    BankLineState,
    CustomerCredit,
    Invoice,
    Payment,
    Refund,
    StaffTask,
    Subscription,
)
from app.services.bank_queue import Choice, guesses_for, ignore_line, match_chosen, refund_for
from app.services.bank_transfers import Transfer, receive_transfer
from app.services.charging import open_checkout
from app.services.sweep import sweep
from tests.bank import ANNA, bring, broken_rules, line, sent
from tests.clock import ManualClock
from tests.factories import create_customer, create_payer, order, rows
from tests.parallel import at_once
from tests.services.test_bank_statements import NUMBER, approved_refund

WHY = "по письму клиента"


def choose(container: Container, *invoice_ids: int, line_id: int = 1, **more: object) -> None:
    choice = Choice(line_id, WHY, invoice_ids, **more)  # type: ignore[arg-type]
    match_chosen(container.transactions, actor=ANNA, choice=choice, now=container.clock.now())


def put_aside(container: Container, line_id: int = 1, actor: Actor = ANNA) -> None:
    ignore_line(container.transactions, actor=actor, line_id=line_id, reason=WHY, now=container.clock.now())


def bank_line(container: Container, line_id: int = 1) -> BankLine:
    return rows(container, BankLine, id=line_id)[0]


def credit(container: Container) -> int:
    return sum(row.amount_minor for row in rows(container, CustomerCredit))


def test_a_person_matches_a_line_with_a_reason(container: Container, invoice_id: int) -> None:
    bring(container, line("за услуги"))
    choose(container, invoice_id)
    row = bank_line(container)
    assert (row.state, row.decided_by, row.reason) == (BankLineState.MATCHED, "staff:anna", WHY)
    assert rows(container, Invoice)[0].status is InvoiceStatus.PAID
    (entry,) = rows(container, AuditEntry, action="bank_line.decide")
    assert (entry.reason, entry.actor_identity) == (WHY, "anna")
    assert broken_rules(container) == []


def test_parts_are_kept_towards_the_invoice_until_they_are_the_whole(
    container: Container, invoice_id: int
) -> None:
    bring(container, line(NUMBER, 40_000))
    with pytest.raises(Conflict) as refusal:
        choose(container, invoice_id)
    assert refusal.value.code == "UNDERPAID"
    choose(container, invoice_id, as_part=True)
    (invoice,) = rows(container, Invoice)
    assert (invoice.status, invoice.due) == (InvoiceStatus.OPEN, Money(59_000, "RUB"))
    assert credit(container) == 0
    assert [task for task in rows(container, StaffTask) if task.done_at is None] == []
    assert broken_rules(container) == []
    bring(container, line(NUMBER, 59_000, reference="18"), name="rest.txt")
    assert rows(container, Invoice)[0].status is InvoiceStatus.PAID
    assert rows(container, Subscription)[0].status is SubscriptionStatus.ACTIVE
    paid = [(row.provider, row.amount_minor, row.unallocated_minor) for row in rows(container, Payment)]
    assert sorted(paid) == [("balance", 40_000, 0), ("bank", 40_000, 40_000), ("bank", 59_000, 0)]
    assert broken_rules(container) == []


def test_a_part_of_what_lapses_is_free_on_the_balance(
    container: Container, invoice_id: int, clock: ManualClock
) -> None:
    bring(container, line(NUMBER, 40_000))
    choose(container, invoice_id, as_part=True)
    clock.advance(days=9)
    sweep(container.billing_run())
    assert rows(container, Invoice)[0].status is InvoiceStatus.VOID
    assert credit(container) == 40_000
    assert broken_rules(container) == []


def test_a_part_is_of_one_invoice_that_asks_for_more(
    container: Container, alice: int, invoice_id: int
) -> None:
    other = order(container, alice, "mail-connector")
    bring(container, line("за услуги"))
    for chosen in ((invoice_id,), (invoice_id, other)):
        with pytest.raises(Conflict) as refusal:
            choose(container, *chosen, as_part=True)
        assert refusal.value.code == "NOT_A_PART"
    assert rows(container, Payment) == []


def test_several_invoices_are_paid_by_exactly_their_sum(
    container: Container, alice: int, invoice_id: int
) -> None:
    other = order(container, alice, "mail-connector")
    bring(container, line("за услуги", 198_000), line("за услуги", 198_001))
    choose(container, invoice_id, other)
    assert {row.status for row in rows(container, Invoice)} == {InvoiceStatus.PAID}
    with pytest.raises(Conflict) as refusal:
        choose(container, invoice_id, other, line_id=2)
    assert refusal.value.code == "SUMS_DIFFER"
    assert broken_rules(container) == []


def test_a_duplicate_is_the_customers_money(container: Container, invoice_id: int) -> None:
    bring(container, line(NUMBER), line(NUMBER, reference="18"))
    choose(container, invoice_id, line_id=2)
    assert credit(container) == 99_000
    assert rows(container, StaffTask)[0].kind == "unallocated_payment"
    assert broken_rules(container) == []


def test_a_transfer_that_was_entered_by_hand_is_not_booked_again(
    container: Container, invoice_id: int
) -> None:
    transfer = Transfer(invoice_id, Money(99_000, "RUB"), "пп 17")
    receive_transfer(container.transactions, actor=ANNA, transfer=transfer, now=container.clock.now())
    bring(container, line(NUMBER), line(NUMBER, reference="18"))
    choose(container, invoice_id)
    assert bank_line(container).state is BankLineState.MATCHED
    assert (len(rows(container, Payment)), credit(container)) == (1, 0)
    choose(container, invoice_id, line_id=2)
    assert (len(rows(container, Payment)), credit(container)) == (2, 99_000)
    assert broken_rules(container) == []


def test_two_people_at_once_book_a_line_once(container: Container, invoice_id: int) -> None:
    bring(container, line("за услуги"))
    outcomes = at_once(lambda: choose(container, invoice_id), lambda: choose(container, invoice_id))
    assert outcomes.refusals == ["LINE_DECIDED"]
    assert len(rows(container, Payment)) == 1


def test_a_booked_line_is_booked_for_good(container: Container, invoice_id: int) -> None:
    bring(container, line(NUMBER))
    with pytest.raises(Conflict) as refusal:
        put_aside(container)
    assert refusal.value.code == "LINE_DECIDED"


def test_a_line_is_put_aside_and_taken_up_again(container: Container, invoice_id: int) -> None:
    bring(container, line("за услуги"))
    put_aside(container)
    assert (bank_line(container).state, bank_line(container).reason) == (BankLineState.IGNORED, WHY)
    assert rows(container, AuditEntry, action="bank_line.decide")[0].reason == WHY
    choose(container, invoice_id)
    assert bank_line(container).state is BankLineState.MATCHED


def test_only_staff_decide(container: Container, invoice_id: int) -> None:
    bring(container, line("за услуги"))
    for actor in (Actor.customer(1), Actor.system("scheduler")):
        with pytest.raises(NotPermitted):
            put_aside(container, actor=actor)
        with pytest.raises(NotPermitted):
            match_chosen(
                container.transactions,
                actor=actor,
                choice=Choice(1, WHY, (invoice_id,)),
                now=container.clock.now(),
            )
    assert bank_line(container).state is BankLineState.UNMATCHED


def test_what_can_not_be_is_refused(container: Container, alice: int, invoice_id: int) -> None:
    bob = create_customer(container, "bob@example.com")
    create_payer(container, bob)
    bobs = order(container, bob, "mail-connector")
    bring(container, line("за услуги"), sent("Возврат № 5"))
    with pytest.raises(InvalidInput) as nothing:
        choose(container)
    assert nothing.value.code == "NOTHING_CHOSEN"
    with pytest.raises(InvalidInput) as no_refund:
        choose(container, invoice_id, line_id=2)
    assert no_refund.value.code == "NOTHING_CHOSEN"
    with pytest.raises(Conflict) as several:
        choose(container, invoice_id, bobs)
    assert several.value.code == "SEVERAL_CUSTOMERS"
    for chosen in ((99,), (invoice_id, 99)):
        with pytest.raises(NotFound):
            choose(container, *chosen)
    with pytest.raises(InvalidInput):
        match_chosen(
            container.transactions, actor=ANNA, choice=Choice(1, " ", (1,)), now=container.clock.now()
        )
    assert rows(container, Payment) == []


def test_an_invoice_that_is_being_paid_by_card_waits(
    container: Container, alice: int, invoice_id: int
) -> None:
    open_checkout(
        container.charging,
        customer_id=alice,
        invoice_id=invoice_id,
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )
    bring(container, line(NUMBER))
    assert bank_line(container).finding == "charge_in_progress"
    with pytest.raises(Conflict) as refusal:
        choose(container, invoice_id)
    assert refusal.value.code == "CHARGE_IN_PROGRESS"


def test_the_best_guess_comes_first_with_its_reasons(
    container: Container, alice: int, invoice_id: int
) -> None:
    premium = order(container, alice, "premium-connector")
    bring(container, line("за услуги"))
    with container.transactions.reading() as repositories:
        guesses = guesses_for(repositories, repositories.bank_lines.get(1))
    assert [(each.invoice.id, each.guess.hints) for each in guesses] == [
        (invoice_id, (Hint.PAYER, Hint.SUM, Hint.RECENT)),
        (premium, (Hint.PAYER, Hint.RECENT)),
    ]


def test_a_person_settles_a_refund_whose_number_was_mistyped(container: Container, alice: int) -> None:
    refund_id = approved_refund(container, alice)
    bring(container, sent("Возврат № 77"), sent("Возврат № 77", 98_000), name="out.txt")
    with pytest.raises(Conflict) as refusal:
        choose(container, line_id=3, refund_id=refund_id)
    assert refusal.value.code == "REFUND_NOT_AWAITED"
    choose(container, line_id=2, refund_id=refund_id)
    assert bank_line(container, 2).state is BankLineState.SETTLED_REFUND
    assert rows(container, Refund)[0].status is RefundStatus.SENT
    assert broken_rules(container) == []


def test_a_queue_offers_the_refund_that_a_line_names(container: Container, alice: int) -> None:
    refund_id = approved_refund(container, alice)
    bring(container, sent(f"Возврат № {refund_id}", 98_000), name="out.txt")
    with container.transactions.reading() as repositories:
        found = [refund_for(repositories, row) for row in repositories.bank_lines.waiting(10)]
    assert [each.id for each in found if each] == [refund_id]
