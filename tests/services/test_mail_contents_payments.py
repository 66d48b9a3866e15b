"""Mails about unpaid invoices, and about money on the balance (G4, design §3, §4)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from app.billing.actors import Actor
from app.billing.invoice import PaymentMethodKind
from app.billing.mail import MailKind
from app.billing.mail_data import (
    BalanceCreditedMail,
    BillingResumedMail,
    PaymentConfirmationMail,
    PaymentFailedMail,
    PaymentReceivedMail,
    PaymentReminderMail,
    RunningSubscription,
    SubscriptionSuspendedMail,
)
from app.billing.money import Money
from app.billing.payment import AttemptState, ChargeOutcome, OutcomeKind
from app.bootstrap import Container
from app.models import Invoice, PaymentAttempt, PaymentMethod, Subscription
from app.services.bank_transfers import Transfer, receive_transfer
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import buy, deliver_all, mails, order, promised, rows
from tests.payments.gateways import ScriptedGateway
from tests.services.charges import ask_for_charge, charge, with_gateway
from tests.services.mail_facts import change, facts_of, last_promised, swept_at, told

DAY = timedelta(days=1)
END = datetime(2026, 4, 2, 9, tzinfo=UTC)
"""Where the month that is bought at the start ends."""
MORNING = datetime(2026, 4, 1, 21, tzinfo=UTC)
"""The midnight in Moscow at which its renewal is due."""
PRICE = Money(99_000, "RUB")
LAST_DAY = date(2026, 4, 11)
"""Ten days after the first failure at that midnight."""


def unpaid(container: Container, clock: ManualClock, *slugs: str, card: bool = True) -> None:
    """A renewal that could not be charged on its day: the card declines, or there is none."""
    buy(container, 1, *(slugs or ("crm-connector",)))
    swept_at(container, clock, END - 3 * DAY)
    changed = {"token": "tok_insufficient_funds"} if card else {"deleted_at": clock.now()}
    change(container, PaymentMethod, 1, **changed)
    swept_at(container, clock, MORNING)


def transferred(container: Container, clock: ManualClock, invoice_id: int, money: Money) -> None:
    transfer = Transfer(invoice_id, money, f"bank-{clock.now():%d%H}")
    receive_transfer(container.transactions, actor=Actor.staff("anna"), transfer=transfer, now=clock.now())


def test_a_failed_renewal_names_the_next_try_and_the_end_of_access(
    container: Container, clock: ManualClock, alice: int
) -> None:
    unpaid(container, clock)
    mail = told(container, PaymentFailedMail)
    assert (mail.total, mail.method) == (PRICE, "Visa •••• 4242")
    assert mail.next_attempt_on == date(2026, 4, 3)
    assert mail.access_until == LAST_DAY
    assert not mail.is_order


def test_a_failed_order_has_no_dates(
    container: Container, clock: ManualClock, alice: int, method_id: int
) -> None:
    change(container, PaymentMethod, method_id, token="tok_insufficient_funds")
    invoice_id = order(container, alice, "crm-connector")
    ask_for_charge(container, alice, invoice_id, method_id)
    deliver_all(container)
    mail = told(container, PaymentFailedMail)
    assert (mail.next_attempt_on, mail.access_until, mail.is_order) == (None, None, True)

    transferred(container, clock, invoice_id, PRICE)
    assert last_promised(container, MailKind.PAYMENT_FAILED) is None


def test_a_charge_that_the_bank_asks_about_is_confirmed_by_one_link(
    container: Container, clock: ManualClock, alice: int, method_id: int
) -> None:
    invoice_id = order(container, alice, "crm-connector")
    asking = ChargeOutcome(OutcomeKind.AWAITING_CUSTOMER, "pi_1", redirect_url="https://bank.example/3ds")
    charge(container, invoice_id, method_id, charging=with_gateway(container, ScriptedGateway(asking)))
    (attempt,) = rows(container, PaymentAttempt, invoice_id=invoice_id)

    mail = told(container, PaymentConfirmationMail)

    assert mail.confirm_url == f"http://localhost/checkout/confirm/{attempt.id}"
    assert (mail.total, mail.method, mail.connectors) == (PRICE, "Visa •••• 4242", ("Crm connector",))
    assert mail.access_until is None, "nothing runs yet"
    assert "payment_reminder" not in mails(container)

    change(container, PaymentAttempt, attempt.id, state=AttemptState.ABANDONED, settled_at=clock.now())
    assert last_promised(container, MailKind.PAYMENT_CONFIRMATION) is None, "the page is closed"


def test_a_renewal_to_confirm_follows_the_dates_and_is_told_as_such(
    container: Container, clock: ManualClock, alice: int
) -> None:
    buy(container, alice, "crm-connector")
    swept_at(container, clock, END - 3 * DAY)
    asking = ChargeOutcome(OutcomeKind.AWAITING_CUSTOMER, "pi_1", redirect_url="https://bank.example/3ds")
    run = replace(container.billing_run(), now=MORNING, gateways={"test": ScriptedGateway(asking)})
    clock.move_to(MORNING)
    sweep(run)

    assert told(container, PaymentConfirmationMail).access_until == LAST_DAY
    assert "payment_reminder" not in mails(container), "there is something to charge"
    assert rows(container, Invoice, id=2)[0].next_attempt_at is not None


def test_with_nothing_to_charge_the_invoice_is_called_to_mind(
    container: Container, clock: ManualClock, alice: int
) -> None:
    unpaid(container, clock, "mail-connector", "crm-connector", card=False)
    mail = told(container, PaymentReminderMail)
    assert mail.connectors == ("Crm connector", "Mail connector")
    assert (mail.total, mail.access_until, mail.by_transfer) == (PRICE * 2, LAST_DAY, False)
    assert mail.pay_url == "http://localhost/invoices/2"

    change(container, Invoice, 2, method=PaymentMethodKind.BANK_TRANSFER)
    assert told(container, PaymentReminderMail).by_transfer

    transferred(container, clock, 2, PRICE * 2)
    assert last_promised(container, MailKind.PAYMENT_REMINDER) is None


def test_after_the_last_try_the_subscription_is_suspended(
    container: Container, clock: ManualClock, alice: int
) -> None:
    unpaid(container, clock)
    for day in (1, 3, 7):
        swept_at(container, clock, MORNING + day * DAY)
    mail = told(container, SubscriptionSuspendedMail)
    assert mail.connectors == ("Crm connector",)
    assert (mail.total, mail.access_until, mail.by_transfer) == (PRICE, LAST_DAY, False)

    transferred(container, clock, 2, PRICE)
    assert last_promised(container, MailKind.SUBSCRIPTION_SUSPENDED) is None


def test_money_that_no_invoice_takes_is_on_the_balance(
    container: Container, clock: ManualClock, alice: int
) -> None:
    buy(container, alice, "crm-connector")
    transferred(container, clock, 1, PRICE)

    mail = told(container, BalanceCreditedMail)

    assert (mail.credited, mail.balance) == (PRICE, PRICE)
    assert (mail.invoice_number, mail.received_at) == ("СЧ-2026-000001", clock.now())
    assert facts_of(container, MailKind.BALANCE_CREDITED, alice, payment_id=1) is None


def test_the_receipt_of_a_transfer_names_no_card(
    container: Container, clock: ManualClock, alice: int
) -> None:
    invoice_id = order(container, alice, "crm-connector")
    transferred(container, clock, invoice_id, PRICE)
    receipt = told(container, PaymentReceivedMail)
    assert receipt.method == "bank"
    assert receipt.services[0].last_day == date(2026, 4, 2)
    assert receipt.next_charge_on == date(2026, 4, 2)


def test_late_money_starts_the_subscription_again(
    container: Container, clock: ManualClock, alice: int
) -> None:
    unpaid(container, clock, card=False)
    swept_at(container, clock, MORNING + 11 * DAY)
    transferred(container, clock, 2, PRICE)

    assert told(container, BillingResumedMail).subscriptions == (
        RunningSubscription("Crm connector", date(2026, 5, 12)),
    )
    change(container, Subscription, 1, status="expired", renewal_due_at=None)
    assert last_promised(container, MailKind.BILLING_RESUMED) is None
    assert promised(container, "mail.balance_credited")
