"""Every mail, written from real rows in both languages, at once or weeks late (M1)."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.billing.actors import Actor
from app.billing.mail import MAIL_LANGUAGES, Mail, MailFailed, MailKind
from app.bootstrap import Container
from app.models import ApiKey, Document, OneTimeToken, OutboxMessage, OutboxStatus, PaymentMethod
from app.notifications.local_mailbox import MailboxEntry
from app.services.api_keys import deactivate_key
from app.services.document_production import resend_document
from app.services.mail_contents import MAIL_CONTENTS
from app.services.mailing import Mailing, deliver_mail
from app.services.outbox import PermanentFailure, PromisedWork
from app.services.registration import Registration, activate, register
from app.services.sessions import request_password_reset, reset_password
from app.services.subscriptions import Asked, cancel_subscription, switch_auto_renewal
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import (
    buy,
    create_payer,
    deliver_all,
    order,
    pay_by_card,
    production_key,
    promised,
    rows,
    trial_key,
)
from tests.services.charges import ask_for_charge

RUSSIAN = re.compile("[а-яё]{4}", re.IGNORECASE)
EMAIL = "alice@example.com"
Pause = Callable[[], None]
TOLD_ELSEWHERE = frozenset(
    {
        MailKind.RENEWAL_NOTICE,
        MailKind.ACCESS_ENDING,
        MailKind.TRIAL_CONTINUES_NOTICE,
        MailKind.SUBSCRIPTION_RENEWED,
        MailKind.PAYMENT_CONFIRMATION,
        MailKind.PAYMENT_REMINDER,
        MailKind.SUBSCRIPTION_SUSPENDED,
        MailKind.CANCELLATION_TAKEN_BACK,
        MailKind.INTERVAL_SWITCHED,
        MailKind.MAKE_ACCOUNT_CHANGED,
        MailKind.PRICE_CHANGE,
        MailKind.OPERATION_PRICE_CHANGE,
        MailKind.USAGE_NOTICE,
        MailKind.USAGE_INVOICED,
        MailKind.REFUND_REQUESTED,
        MailKind.REFUND_DECIDED,
        MailKind.REFUND_SENT,
        MailKind.COMPENSATION_GRANTED,
        MailKind.BALANCE_CREDITED,
        MailKind.KEY_ROTATED,
        MailKind.BILLING_RESUMED,
        MailKind.DOCUMENTS_READY,
        MailKind.CARD_EXPIRING,
    }
)
"""Kinds that the tests beside this one write from real rows."""


def whole_life(
    container: Container, clock: ManualClock, shop: dict[str, int], language: str, pause: Pause
) -> None:
    """A customer to whom everything happens that is told by mail; `pause` after each step."""
    _come(container, language, pause)
    _try(container, clock, shop, pause)
    _buy(container, clock, pause)
    _leave(container, clock, pause)


def _come(container: Container, language: str, pause: Pause) -> None:
    def sign_up() -> None:
        register(
            container.transactions,
            container.password_hasher,
            registration=Registration(EMAIL, "password", "Алиса", language, "RU", 1),
            now=container.clock.now(),
            real_now=container.wall_clock.now(),
        )
        pause()

    sign_up()
    now, real_now = container.clock.now(), container.wall_clock.now()
    activate(container.transactions, token_id=1, now=now, real_now=real_now)
    sign_up()
    request_password_reset(container.transactions, email=EMAIL, real_now=real_now)
    pause()
    token_id = rows(container, OneTimeToken)[-1].id
    reset_password(
        container.transactions,
        container.password_hasher,
        token_id=token_id,
        password="another",
        now=now,
        real_now=real_now,
    )
    pause()


def _try(container: Container, clock: ManualClock, shop: dict[str, int], pause: Pause) -> None:
    trial_key(container, 1, [shop["crm-connector"], shop["mail-connector"]])
    pause()
    clock.advance(days=5)
    sweep(container.billing_run())
    pause()


def _buy(container: Container, clock: ManualClock, pause: Pause) -> None:
    create_payer(container, 1)
    invoice_id = order(container, 1, "crm-connector")
    pause()
    pay_by_card(container, 1, invoice_id, "tok_declined_later")
    pause()
    production_key(container, 1)
    pause()
    clock.advance(days=2)
    sweep(container.billing_run())
    pause()
    unpaid = order(container, 1, "mail-connector")
    ask_for_charge(container, 1, unpaid, rows(container, PaymentMethod)[0].id)
    pause()


def _leave(container: Container, clock: ManualClock, pause: Pause) -> None:
    now = clock.now()
    documents = [row.id for row in rows(container, Document) if row.rendered_at]
    if documents:
        resend_document(
            container.transactions,
            actor=Actor.staff("support"),
            document_id=documents[0],
            reason="просьба клиента",
            now=now,
        )
    deactivate_key(
        container.transactions,
        actor=Actor.customer(1),
        customer_id=1,
        api_key_id=rows(container, ApiKey)[0].id,
        reason="замена",
        now=now,
    )
    asked = Asked(Actor.customer(1), customer_id=1, subscription_id=1, now=now)
    switch_auto_renewal(container.transactions, asked, enabled=False)
    cancel_subscription(container.transactions, asked)
    pause()
    clock.advance(days=60)
    sweep(container.billing_run())
    pause()


def sent(container: Container) -> list[MailboxEntry]:
    assert container.local_mailbox is not None
    return container.local_mailbox.list_messages()


def about(container: Container, words: str) -> MailboxEntry:
    """The one mail with these words in its subject or text; no-break spaces are spaces here."""
    (found,) = [
        mail for mail in sent(container) if words in f"{mail.subject} {mail.text}".replace("\xa0", " ")
    ]
    return found


def mail_messages(container: Container) -> list[OutboxMessage]:
    return [row for row in rows(container, OutboxMessage) if row.name.startswith("mail.")]


@pytest.mark.parametrize("language", MAIL_LANGUAGES)
def test_every_mail_is_written_from_real_rows(
    container: Container, clock: ManualClock, shop: dict[str, int], language: str
) -> None:
    whole_life(container, clock, shop, language, lambda: bool(deliver_all(container, documents=True)))  # type: ignore[arg-type]  # the count is not needed

    messages = mail_messages(container)
    told = {MailKind(row.name.removeprefix("mail.")) for row in messages}
    assert told | TOLD_ELSEWHERE == set(MailKind)
    assert {(row.name, row.status, row.failure_code) for row in messages} == {
        (row.name, OutboxStatus.DONE, None) for row in messages
    }
    mailbox = sent(container)
    assert len(mailbox) == len(messages)
    assert {mail.recipient for mail in mailbox} == {EMAIL}
    assert {bool(RUSSIAN.search(mail.subject)) for mail in mailbox} == {language == "ru"}
    whole = "\n".join(mail.text for mail in mailbox)
    for fact in (
        "Crm connector",
        "СЧ-2026-000001",
        "0341",
        "http://localhost/keys",
        "http://localhost/reset/",
    ):
        assert fact in whole, fact


def test_mails_that_leave_weeks_late_can_still_be_written(
    container: Container, clock: ManualClock, shop: dict[str, int]
) -> None:
    whole_life(container, clock, shop, "ru", lambda: None)
    deliver_all(container, documents=True)
    failed = [(row.name, row.failure_code) for row in mail_messages(container) if row.status != "done"]
    assert failed == []


def test_a_trial_that_was_bought_whole_is_not_said_to_end(
    container: Container, clock: ManualClock, shop: dict[str, int], alice: int
) -> None:
    trial_key(container, alice, [shop["crm-connector"]])
    clock.advance(days=5)
    sweep(container.billing_run())
    buy(container, alice, "crm-connector")

    deliver_all(container)

    assert promised(container, "mail.trial_ending")[0].status is OutboxStatus.DONE
    messages = mail_messages(container)
    assert {row.status for row in messages} == {OutboxStatus.DONE}
    assert len(sent(container)) == len(messages) - 1


def test_a_late_mail_about_the_end_of_a_trial_names_what_had_ended(
    container: Container, clock: ManualClock, shop: dict[str, int], alice: int
) -> None:
    trial_key(container, alice, [shop["crm-connector"], shop["mail-connector"], shop["sheet-connector"]])
    buy(container, alice, "crm-connector")
    clock.advance(days=8)
    sweep(container.billing_run())
    buy(container, alice, "mail-connector")

    deliver_all(container)

    mail = about(container, "робный период закончился")
    assert "Mail connector" in mail.text
    assert "Sheet connector" in mail.text
    assert "Crm connector" not in mail.text


def test_a_late_mail_about_the_end_of_access_names_the_day_it_ended(
    container: Container, clock: ManualClock, alice: int
) -> None:
    buy(container, alice, "crm-connector", make_account="acc")
    clock.advance(days=50)
    sweep(container.billing_run())
    buy(container, alice, "crm-connector", make_account="acc")

    deliver_all(container)

    mail = about(container, "закончился 12 апреля 2026")
    assert "Crm connector" in mail.text


def test_every_kind_has_its_contents() -> None:
    assert set(MAIL_CONTENTS) == set(MailKind)


class RefusingMailer:
    """A mail server that says no."""

    def __init__(self, *, permanent: bool) -> None:
        self._permanent = permanent

    def send(self, mail: Mail) -> None:
        """Refuse."""
        raise MailFailed("MAIL_REFUSED", permanent=self._permanent)


def refused(container: Container, *, permanent: bool) -> Mailing:
    return replace(container.mailing, mailer=RefusingMailer(permanent=permanent))


def test_a_mail_that_never_leaves_is_no_more_tried(container: Container, alice: int) -> None:
    work = PromisedWork(1, "mail.already_registered", {}, alice)
    with pytest.raises(PermanentFailure) as failure:
        deliver_mail(refused(container, permanent=True), work=work)
    assert failure.value.code == "MAIL_REFUSED"
    with pytest.raises(MailFailed):
        deliver_mail(refused(container, permanent=False), work=work)
    assert sent(container) == []


def test_a_mail_sent_again_carries_the_same_identity(container: Container, alice: int) -> None:
    for _ in range(2):
        deliver_mail(container.mailing, work=PromisedWork(7, "mail.already_registered", {}, alice))
    assert len(sent(container)) == 1
