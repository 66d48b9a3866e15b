"""Mails about what customers change in their subscriptions and keys (E3, F3-F6)."""

from datetime import UTC, date, datetime, timedelta

from app.billing.actors import Actor
from app.billing.mail import MailKind
from app.billing.mail_data import (
    AutoRenewalChangedMail,
    CancellationTakenBackMail,
    IntervalSwitchedMail,
    KeyRotatedMail,
    MakeAccountChangedMail,
    SubscriptionCanceledMail,
    TrialEndedMail,
)
from app.billing.money import Money
from app.bootstrap import Container
from app.models import ApiKey, PaymentMethod, Subscription
from app.services.api_keys import deactivate_key
from app.services.key_rotation import rotate_key
from app.services.subscriptions import (
    Asked,
    cancel_subscription,
    change_make_account,
    switch_auto_renewal,
    switch_interval,
    take_back_cancellation,
)
from app.services.trial_continuation import continue_trial
from tests.clock import START, ManualClock
from tests.factories import buy, production_key, rows, shown_key, trial_key
from tests.services.mail_facts import change, last_promised, swept_at, told
from tests.services.subscribers import MONTH, YEAR

DAY = timedelta(days=1)
END = datetime(2026, 4, 2, 9, tzinfo=UTC)
"""Where the month that is bought at the start ends."""
LAST_DAY = date(2026, 4, 2)
PRICE = Money(99_000, "RUB")


def asked(container: Container, subscription_id: int = 1) -> Asked:
    return Asked.by_customer(1, subscription_id, container.clock.now())


def test_a_cancellation_that_was_taken_back_is_not_confirmed(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    cancel_subscription(container.transactions, asked(container))
    assert told(container, SubscriptionCanceledMail).last_day == LAST_DAY

    take_back_cancellation(container.transactions, asked(container))
    assert last_promised(container, MailKind.SUBSCRIPTION_CANCELED) is None
    mail = told(container, CancellationTakenBackMail)
    assert (mail.paid_until, mail.renews_on, mail.price) == (LAST_DAY, LAST_DAY, PRICE)

    switch_auto_renewal(container.transactions, asked(container), enabled=False)
    mail = told(container, CancellationTakenBackMail)
    assert (mail.paid_until, mail.renews_on, mail.price) == (LAST_DAY, None, None)

    cancel_subscription(container.transactions, asked(container))
    assert last_promised(container, MailKind.CANCELLATION_TAKEN_BACK) is None


def test_cancelled_in_dunning_it_is_closed_already(
    container: Container, clock: ManualClock, alice: int
) -> None:
    buy(container, alice, "crm-connector")
    swept_at(container, clock, END - 3 * DAY)
    change(container, PaymentMethod, 1, deleted_at=clock.now())
    swept_at(container, clock, END)
    cancel_subscription(container.transactions, asked(container))
    assert told(container, SubscriptionCanceledMail).last_day is None


def test_auto_renewal_names_the_next_price_or_the_end(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    switch_auto_renewal(container.transactions, asked(container), enabled=False)
    mail = told(container, AutoRenewalChangedMail)
    assert (mail.enabled, mail.period_ends_on, mail.price) == (False, LAST_DAY, None)

    switch_auto_renewal(container.transactions, asked(container), enabled=True)
    mail = told(container, AutoRenewalChangedMail)
    assert (mail.enabled, mail.period_ends_on, mail.price) == (True, LAST_DAY, PRICE)

    change(container, Subscription, 1, metered=True)
    assert told(container, AutoRenewalChangedMail).price is None


def test_auto_renewal_that_was_switched_back_is_not_told(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    switch_auto_renewal(container.transactions, asked(container), enabled=False)
    change(container, Subscription, 1, auto_renew=True)
    assert last_promised(container, MailKind.AUTO_RENEWAL_CHANGED) is None


def test_a_switch_to_years_and_back(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    switch_interval(container.transactions, asked(container), interval=YEAR)
    mail = told(container, IntervalSwitchedMail)
    assert (mail.switched, mail.interval, mail.renews_on) == (True, YEAR, LAST_DAY)
    assert mail.price == Money(1_009_800, "RUB")

    switch_interval(container.transactions, asked(container), interval=MONTH)
    mail = told(container, IntervalSwitchedMail)
    assert (mail.switched, mail.interval, mail.price) == (False, MONTH, PRICE)

    cancel_subscription(container.transactions, asked(container))
    assert last_promised(container, MailKind.INTERVAL_SWITCHED) is None


def test_a_change_of_account_names_both_as_they_were_then(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector", make_account="old")
    change_make_account(container.transactions, asked(container), make_account="new")
    change(container, Subscription, 1, make_account="newest")
    mail = told(container, MakeAccountChangedMail)
    assert (mail.connector, mail.old, mail.new) == ("Crm connector", "old", "new")
    assert mail.changed_at == container.clock.now()


def test_a_rotated_key_names_its_end(container: Container, clock: ManualClock, alice: int) -> None:
    buy(container, alice, "crm-connector")
    production_key(container, alice)
    new = rotate_key(
        container.transactions,
        actor=Actor.customer(alice),
        customer_id=alice,
        api_key_id=1,
        overlap=DAY,
        now=clock.now(),
    )
    shown_key(container, alice, new)
    mail = told(container, KeyRotatedMail)
    assert mail.works_until == START + DAY
    assert mail.masked == rows(container, ApiKey)[0].masked

    deactivate_key(
        container.transactions,
        actor=Actor.customer(alice),
        customer_id=alice,
        api_key_id=1,
        reason="не нужен",
        now=clock.now(),
    )
    assert told(container, KeyRotatedMail).works_until is None


def test_what_continued_is_not_said_to_have_ended_with_the_trial(
    container: Container, clock: ManualClock, shop: dict[str, int], alice: int
) -> None:
    buy(container, alice, "sheet-connector")  # saves a card
    trial_key(container, alice, [shop["crm-connector"], shop["mail-connector"]])
    continued = rows(container, Subscription, connector_id=shop["crm-connector"])[0].id
    continue_trial(container.transactions, asked(container, continued), wanted=True)
    for days in (5, 7):
        swept_at(container, clock, START + days * DAY)
    assert told(container, TrialEndedMail).connectors == ("Mail connector",)


def test_a_trial_that_ran_on_at_the_instant_of_its_end_is_not_said_to_have_ended(
    container: Container, clock: ManualClock, shop: dict[str, int], alice: int
) -> None:
    trial_key(container, alice, [shop["crm-connector"]])
    swept_at(container, clock, START + 7 * DAY)
    assert told(container, TrialEndedMail).connectors == ("Crm connector",)
    buy(container, alice, "crm-connector")
    assert last_promised(container, MailKind.TRIAL_ENDED) is None
