"""One customer's whole story: from registration to the day after the cancelled subscription ended."""

from datetime import UTC, datetime, timedelta

import pytest

from app.billing.api_key import ApiKeyStatus
from app.billing.check import CheckCode
from app.billing.invoice import InvoiceStatus
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import (
    ApiKey,
    CheckUsage,
    Document,
    DocumentStatus,
    Invoice,
    OneTimeToken,
    OutboxMessage,
    OutboxStatus,
    Payment,
    StaffTask,
    StatusChange,
    Subscription,
)
from app.notifications.local_mailbox import MailboxEntry
from app.public_api.check import answer_check
from app.services.document_files import read_document
from app.services.registration import ACTIVATION, Registration, activate, register
from app.services.sessions import log_in
from app.services.subscriptions import Asked, cancel_subscription
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import (
    create_connector,
    create_payer,
    create_seller,
    deliver_all,
    order,
    pay_by_card,
    production_key,
    rows,
    trial_key,
)

pytestmark = pytest.mark.scenario

EMAIL, PASSWORD = "anna@romashka.example", "a long enough password"
HOME, OTHER = "1203455", "990017"


class Story:
    """What happens, told in the words of the customer; work is done and swept after each step."""

    def __init__(self, container: Container, clock: ManualClock) -> None:
        self.container = container
        self.clock = clock
        self.customer_id = 0
        self._read = 0

    def goes_on(self) -> None:
        """Scheduler and workers do what is due."""
        sweep(self.container.billing_run())
        deliver_all(self.container, documents=True)

    def after(self, **duration: float) -> None:
        """Time passes."""
        self.clock.advance(**duration)
        self.goes_on()

    def new_mails(self) -> list[MailboxEntry]:
        """What came since the last look."""
        self.goes_on()
        mailbox = self.container.local_mailbox
        assert mailbox is not None
        newest_first = mailbox.list_messages()
        new = newest_first[: len(newest_first) - self._read]
        self._read = len(newest_first)
        return new

    def subjects(self) -> str:
        """The subjects of the new mails."""
        return "; ".join(sorted(mail.subject for mail in self.new_mails()))

    def check(self, key: str, account: str = HOME, connector: str = "crm-connector") -> CheckCode:
        """What the connector in Make is told; the seed's three tests must agree with the verdict."""
        answer = answer_check(self.container, key=key, connector=connector, account=account)
        passes = answer["active"] and answer["hasAccess"] and answer["accountId"] == account
        assert passes is answer["allowed"]
        return CheckCode(answer["code"])

    def subscription(self) -> Subscription:
        """The subscription to the CRM connector."""
        return rows(self.container, Subscription)[0]


@pytest.fixture
def story(container: Container, clock: ManualClock) -> Story:
    create_seller(container)
    for slug in ("crm-connector", "mail-connector"):
        create_connector(container, slug)
    return Story(container, clock)


def arrives(story: Story) -> None:
    container = story.container
    register(
        container.transactions,
        container.password_hasher,
        registration=Registration(EMAIL, PASSWORD, "Анна", "ru", "RU", 1),
        now=story.clock.now(),
        real_now=container.wall_clock.now(),
    )
    (mail,) = story.new_mails()
    link = next(word for word in mail.text.split() if "/activate/" in word)
    token_id = container.signer.unsign(ACTIVATION, link.rsplit("/", 1)[1])
    assert token_id == rows(container, OneTimeToken)[0].id
    story.customer_id = activate(
        container.transactions, token_id=token_id, now=story.clock.now(), real_now=container.wall_clock.now()
    )
    assert log_in(
        container.transactions,
        container.password_hasher,
        email=EMAIL,
        password=PASSWORD,
        real_now=container.wall_clock.now(),
    )


def tries(story: Story) -> str:
    key = trial_key(story.container, story.customer_id, [1])
    assert "Пробный период" in story.subjects()
    assert story.check(key) is CheckCode.TRIAL
    assert story.check(key, OTHER) is CheckCode.ACCOUNT_MISMATCH
    assert story.check(key, HOME, "mail-connector") is CheckCode.NOT_SUBSCRIBED
    assert story.check(key + "x") is CheckCode.KEY_UNKNOWN
    story.after(days=5, seconds=-1)
    assert story.subjects() == ""
    story.after(seconds=1)
    assert len(story.new_mails()) == 1
    story.after(days=2, seconds=-1)
    assert story.check(key) is CheckCode.TRIAL
    story.clock.advance(seconds=1)
    assert story.check(key) is CheckCode.KEY_EXPIRED
    story.goes_on()
    assert story.check(key) is CheckCode.KEY_EXPIRED
    assert "Пробный период закончился" in story.subjects()
    assert story.subscription().status is SubscriptionStatus.EXPIRED
    return key


def buys(story: Story) -> str:
    create_payer(story.container, story.customer_id)
    invoice_id = order(story.container, story.customer_id, "crm-connector")
    assert len(story.new_mails()) == 1
    (document,) = rows(story.container, Document)
    assert document.status is DocumentStatus.READY
    with story.container.transactions.reading() as repositories:
        document = repositories.documents.one_of_customer(story.customer_id, document.id)
    assert read_document(story.container.document_store, document).content.startswith(b"%PDF-")
    pay_by_card(story.container, story.customer_id, invoice_id)
    assert len(story.new_mails()) == 4  # money came, start, a key waits, its documents
    (invoice,) = rows(story.container, Invoice)
    (payment,) = rows(story.container, Payment)
    assert (invoice.status, payment.amount, payment.unallocated_minor) == (
        InvoiceStatus.PAID,
        invoice.total,
        0,
    )
    return production_key(story.container, story.customer_id)


def leaves(story: Story, key: str) -> None:
    end = story.subscription().period_end
    assert end is not None
    story.after(days=10)
    asked = Asked.by_customer(
        story.customer_id, story.subscription().id, story.clock.now(), "проект закончен"
    )
    cancel_subscription(story.container.transactions, asked)
    assert story.subscription().status is SubscriptionStatus.CANCELED
    assert "отмен" in story.subjects().lower()
    story.clock.move_to(end - timedelta(microseconds=1))
    story.goes_on()
    assert story.check(key) is CheckCode.OK
    story.clock.move_to(end)
    assert story.check(key) is CheckCode.CANCELED
    story.goes_on()
    assert story.check(key) is CheckCode.CANCELED
    assert story.subscription().status is SubscriptionStatus.EXPIRED
    assert "Доступ" in story.subjects()


def test_the_main_path(story: Story) -> None:
    arrives(story)
    temporary = tries(story)
    key = buys(story)

    assert story.check(key) is CheckCode.OK
    assert story.check(key, OTHER) is CheckCode.ACCOUNT_MISMATCH
    assert story.check(temporary) is CheckCode.KEY_EXPIRED
    assert (story.subscription().make_account, story.subscription().anchor_day) == (HOME, 9)
    assert story.subscription().period_end == datetime(2026, 4, 9, 9, 0, tzinfo=UTC)

    leaves(story, key)
    _what_is_left(story)


def _what_is_left(story: Story) -> None:
    """The books of the story: nothing undone, nothing doubled, every step in the history."""
    container = story.container
    container.usage.flush()
    history = [
        change.new_status
        for change in rows(container, StatusChange, object_kind="subscription", object_id="1")
    ]
    assert history == ["trial", "expired", "pending", "active", "canceled", "expired"]
    assert {message.status for message in rows(container, OutboxMessage)} == {OutboxStatus.DONE}
    assert rows(container, StaffTask) == []
    assert [key.status for key in rows(container, ApiKey)] == [ApiKeyStatus.EXPIRED, ApiKeyStatus.ACTIVE]
    denied = sum(row.denied for row in rows(container, CheckUsage))
    allowed = sum(row.allowed for row in rows(container, CheckUsage))
    assert (allowed, denied) == (4, 8)
