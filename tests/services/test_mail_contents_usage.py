"""Mails about pay-as-you-go: the preliminary sum, the bill, its reminder and its receipt (I1, G2)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.billing.actors import Actor
from app.billing.invoice import InvoicePurpose, InvoiceStatus, PaymentMethodKind
from app.billing.mail import MailKind
from app.billing.mail_data import (
    PaidService,
    PaymentReceivedMail,
    PaymentReminderMail,
    UsageInvoicedMail,
    UsageNoticeMail,
    UsedOperations,
)
from app.billing.metering import period_of
from app.billing.money import Money
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import Invoice, OperationPrice, Subscription, UsageMonth
from app.services.bank_transfers import Transfer, receive_transfer
from app.services.invoicing import InvoiceDraft, LineDraft, issue_invoices
from tests.clock import ManualClock
from tests.factories import FACTORY, LONG_AGO
from tests.services.mail_facts import change, facts_of, insert, told
from tests.services.subscribers import MONTH, subscribe

MARCH = date(2026, 3, 1)
END = datetime(2026, 3, 31, 21, tzinfo=UTC)
DAY = timedelta(days=1)
COST = Money(3_702, "RUB")
"""1 234 operations at 3 roubles for a hundred."""


@pytest.fixture
def metered(container: Container, shop: dict[str, int], alice: int) -> int:
    """Alice's metered subscription with 1 234 operations in March."""
    row_id = subscribe(container, alice, shop["crm-connector"], metered=True, period_end=END)
    insert(
        container,
        OperationPrice(
            connector_id=shop["crm-connector"],
            currency="RUB",
            amount_minor=300,
            operations=100,
            valid_from=LONG_AGO,
        ),
    )
    with container.transactions.begin(FACTORY) as work:
        work.session.add(
            UsageMonth(subscription_id=row_id, month=MARCH, operations=1_234, noticed_at=END - 3 * DAY)
        )
    return row_id


def notice(container: Container, customer_id: int, subscription_id: int) -> UsageNoticeMail | None:
    data = facts_of(
        container,
        MailKind.USAGE_NOTICE,
        customer_id,
        subscription_id=subscription_id,
        month=MARCH.isoformat(),
    )
    assert data is None or isinstance(data, UsageNoticeMail)
    return data


def billed(container: Container, subscription_id: int, charge_at: datetime | None = None) -> int:
    """The bill of March, made right after it."""
    with container.transactions.begin(FACTORY) as work:
        (payer,) = work.payers.of_customers({1}).values()
        line = LineDraft(
            subscription_id=subscription_id,
            connector_id=1,
            description="Операции",
            interval=MONTH,
            price=COST,
            operation_price_id=1,
            quantity=1_234,
            period=period_of(MARCH),
        )
        draft = InvoiceDraft(
            customer_id=1,
            payer=payer,
            purpose=InvoicePurpose.USAGE,
            method=PaymentMethodKind.CARD,
            due_on=date(2026, 4, 8),
            next_attempt_at=charge_at,
            lines=(line,),
        )
        (invoice,) = issue_invoices(work, [draft], END)
        return invoice.id


def test_the_preliminary_sum(container: Container, clock: ManualClock, alice: int, metered: int) -> None:
    mail = notice(container, alice, metered)
    assert mail is not None
    assert mail.used == UsedOperations("Crm connector", 1_234, COST)
    assert (mail.month, mail.charge_on, mail.methods) == (MARCH, date(2026, 4, 1), ())


def test_a_late_notice_moves_the_charge(container: Container, alice: int, metered: int) -> None:
    change(container, UsageMonth, (metered, MARCH), noticed_at=END - timedelta(hours=1))
    mail = notice(container, alice, metered)
    assert mail is not None
    assert mail.charge_on == date(2026, 4, 1)
    change(container, UsageMonth, (metered, MARCH), noticed_at=END + timedelta(hours=1))
    mail = notice(container, alice, metered)
    assert mail is not None
    assert mail.charge_on == date(2026, 4, 2)


def test_there_is_no_preliminary_sum_of_what_is_closed(
    container: Container, alice: int, metered: int
) -> None:
    change(container, UsageMonth, (metered, MARCH), closed_at=END)
    assert notice(container, alice, metered) is None
    change(container, UsageMonth, (metered, MARCH), closed_at=None)
    change(container, Subscription, metered, status=SubscriptionStatus.EXPIRED)
    assert notice(container, alice, metered) is None


def test_the_bill_names_operations_and_the_day_of_the_charge(
    container: Container, clock: ManualClock, alice: int, metered: int
) -> None:
    invoice_id = billed(container, metered, END + DAY)
    mail = facts_of(container, MailKind.USAGE_INVOICED, alice, invoice_id=invoice_id)
    assert isinstance(mail, UsageInvoicedMail)
    assert mail.used == (UsedOperations("Crm connector", 1_234, COST),)
    assert (mail.issued_on, mail.charge_on) == (date(2026, 4, 1), date(2026, 4, 2))
    assert (mail.from_balance, mail.due, mail.paid) == (Money(0, "RUB"), COST, False)


def test_the_bill_that_is_paid_and_its_receipt(
    container: Container, clock: ManualClock, alice: int, metered: int
) -> None:
    invoice_id = billed(container, metered)
    receive_transfer(
        container.transactions,
        actor=Actor.staff("anna"),
        transfer=Transfer(invoice_id, COST, "bank-1"),
        now=clock.now(),
    )
    mail = facts_of(container, MailKind.USAGE_INVOICED, alice, invoice_id=invoice_id)
    assert isinstance(mail, UsageInvoicedMail)
    assert mail.paid
    assert told(container, PaymentReceivedMail).services == (
        PaidService("Crm connector", MARCH, date(2026, 3, 31), COST),
    )


def test_a_void_bill_is_not_told(container: Container, clock: ManualClock, alice: int, metered: int) -> None:
    invoice_id = billed(container, metered)
    change(container, Invoice, invoice_id, status=InvoiceStatus.VOID, voided_at=clock.now())
    assert facts_of(container, MailKind.USAGE_INVOICED, alice, invoice_id=invoice_id) is None


def test_what_is_closed_has_no_access_to_lose(container: Container, alice: int, metered: int) -> None:
    invoice_id = billed(container, metered)
    reminder = facts_of(container, MailKind.PAYMENT_REMINDER, alice, invoice_id=invoice_id, step=0)
    assert isinstance(reminder, PaymentReminderMail)
    assert reminder.access_until == date(2026, 4, 10)

    change(container, Subscription, metered, status=SubscriptionStatus.EXPIRED)
    reminder = facts_of(container, MailKind.PAYMENT_REMINDER, alice, invoice_id=invoice_id, step=0)
    assert isinstance(reminder, PaymentReminderMail)
    assert reminder.access_until is None
