"""Mails about the end of a period: notices, receipts of renewals, new prices (G2, G3, G5, C4)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.billing.actors import Actor
from app.billing.invoice import InvoicePurpose, PaymentMethodKind
from app.billing.mail import MailKind
from app.billing.mail_data import (
    AccessEndingMail,
    ChangedPrice,
    ExpectedService,
    PaidService,
    PriceChangeMail,
    RenewalNoticeMail,
    SubscriptionRenewedMail,
    TrialContinuesNoticeMail,
)
from app.billing.money import Money
from app.billing.price_campaign import CampaignStatus
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import Customer, Invoice, PaymentMethod, PriceCampaign, PriceNotice, Subscription
from app.services.bank_transfers import Transfer, receive_transfer
from app.services.subscriptions import Asked, cancel_subscription, switch_auto_renewal
from app.services.trial_continuation import continue_trial
from tests.clock import START, ManualClock
from tests.factories import LONG_AGO, buy, create_customer, promised, rows, trial_key
from tests.services.mail_facts import change, credit, facts_of, insert, last_promised, swept_at, told
from tests.services.subscribers import MONTH, YEAR, new_version, subscribe

DAY = timedelta(days=1)
END = datetime(2026, 4, 2, 9, tzinfo=UTC)
"""Where the month that is bought at the start ends."""
PRICE = Money(99_000, "RUB")


def asked(container: Container, subscription_id: int = 1) -> Asked:
    return Asked.by_customer(1, subscription_id, container.clock.now())


def announced(container: Container, clock: ManualClock, *slugs: str) -> None:
    """Bought at the start, announced three days before the end."""
    buy(container, 1, *(slugs or ("crm-connector",)))
    swept_at(container, clock, END - 3 * DAY)


def test_a_notice_names_day_services_sum_and_card(
    container: Container, clock: ManualClock, alice: int
) -> None:
    announced(container, clock, "mail-connector", "crm-connector")
    notice = told(container, RenewalNoticeMail)
    assert notice.charge.on == date(2026, 4, 2)
    assert notice.charge.services == (
        ExpectedService("Crm connector", MONTH, PRICE),
        ExpectedService("Mail connector", MONTH, PRICE),
    )
    assert (notice.charge.from_balance, notice.charge.amounts) == ((), (PRICE * 2,))
    assert notice.charge.methods == ("Visa •••• 4242",)
    assert notice.subscriptions_url == "http://localhost/subscriptions"


def test_a_notice_takes_the_balance_off(container: Container, clock: ManualClock, alice: int) -> None:
    announced(container, clock)
    credit(container, alice, 40_000)
    charge = told(container, RenewalNoticeMail).charge
    assert (charge.from_balance, charge.amounts) == ((Money(40_000, "RUB"),), (Money(59_000, "RUB"),))

    credit(container, alice, 100_000)
    charge = told(container, RenewalNoticeMail).charge
    assert (charge.from_balance, charge.amounts) == ((PRICE,), ())


def test_a_notice_keeps_currencies_apart(container: Container, clock: ManualClock, alice: int) -> None:
    announced(container, clock, "crm-connector", "mail-connector")
    dollars = new_version(container, 2, 1_900, LONG_AGO, currency="USD")
    change(container, Subscription, 2, currency="USD", price_version_id=dollars)
    assert told(container, RenewalNoticeMail).charge.amounts == (PRICE, Money(1_900, "USD"))


def test_a_notice_says_that_no_card_is_saved(container: Container, clock: ManualClock, alice: int) -> None:
    announced(container, clock)
    change(container, PaymentMethod, 1, deleted_at=clock.now())
    assert told(container, RenewalNoticeMail).charge.methods == ()


def test_a_late_notice_names_the_later_day(container: Container, clock: ManualClock, alice: int) -> None:
    buy(container, alice, "crm-connector")
    swept_at(container, clock, END + DAY)
    assert told(container, RenewalNoticeMail).charge.on == date(2026, 4, 4)


def test_a_notice_of_two_says_only_what_still_renews(
    container: Container, clock: ManualClock, alice: int
) -> None:
    announced(container, clock, "crm-connector", "mail-connector")
    cancel_subscription(container.transactions, asked(container))
    services = told(container, RenewalNoticeMail).charge.services
    assert [each.connector for each in services] == ["Mail connector"]

    switch_auto_renewal(container.transactions, asked(container, 2), enabled=False)
    assert last_promised(container, MailKind.RENEWAL_NOTICE) is None


def test_after_the_renewal_its_notice_has_nothing_to_say(
    container: Container, clock: ManualClock, alice: int
) -> None:
    announced(container, clock)
    swept_at(container, clock, END)
    assert rows(container, Invoice, purpose=InvoicePurpose.RENEWAL)
    assert last_promised(container, MailKind.RENEWAL_NOTICE) is None


def test_when_the_end_has_moved_the_old_notice_has_nothing_to_say(
    container: Container, clock: ManualClock, alice: int
) -> None:
    announced(container, clock)
    change(container, Subscription, 1, period_end=END + 5 * DAY, renewal_due_at=None)
    assert last_promised(container, MailKind.RENEWAL_NOTICE) is None


def test_nobody_reads_about_anothers_subscriptions(
    container: Container, clock: ManualClock, alice: int
) -> None:
    announced(container, clock)
    bob = create_customer(container, "bob@example.com")
    payload = promised(container, "mail.renewal_notice")[0].payload
    assert facts_of(container, MailKind.RENEWAL_NOTICE, bob, **payload) is None


def test_the_end_of_access_is_announced(container: Container, clock: ManualClock, alice: int) -> None:
    buy(container, alice, "crm-connector", "mail-connector")
    for subscription_id in (1, 2):
        switch_auto_renewal(container.transactions, asked(container, subscription_id), enabled=False)
    swept_at(container, clock, END - 3 * DAY)

    mail = told(container, AccessEndingMail)
    assert mail.connectors == ("Crm connector", "Mail connector")
    assert mail.last_day == date(2026, 4, 2)

    switch_auto_renewal(container.transactions, asked(container, 1), enabled=True)
    assert told(container, AccessEndingMail).connectors == ("Mail connector",)
    change(container, Subscription, 2, period_end=END + 5 * DAY)
    assert last_promised(container, MailKind.ACCESS_ENDING) is None


def test_a_period_that_ends_at_midnight_has_its_last_day_before(
    container: Container, clock: ManualClock, alice: int
) -> None:
    midnight = datetime(2026, 3, 31, 21, tzinfo=UTC)
    row_id = subscribe(container, alice, 1, auto_renew=False, period_end=midnight)
    payload = {"subscription_ids": [row_id], "on": "2026-04-01"}
    mail = facts_of(container, MailKind.ACCESS_ENDING, alice, **payload)
    assert isinstance(mail, AccessEndingMail)
    assert mail.last_day == date(2026, 3, 31)


def test_a_trial_that_continues_is_announced(
    container: Container, clock: ManualClock, shop: dict[str, int], alice: int
) -> None:
    buy(container, alice, "mail-connector")  # saves a card
    trial_key(container, alice, [shop["crm-connector"]])
    continue_trial(container.transactions, asked(container, 2), wanted=True)
    swept_at(container, clock, START + 5 * DAY)

    mail = told(container, TrialContinuesNoticeMail)
    assert mail.ends_at == START + 7 * DAY
    assert mail.charge.on == date(2026, 3, 9)
    assert mail.charge.services == (ExpectedService("Crm connector", MONTH, PRICE),)
    assert mail.charge.methods == ("Visa •••• 4242",)

    continue_trial(container.transactions, asked(container, 2), wanted=False)
    assert last_promised(container, MailKind.TRIAL_CONTINUES_NOTICE) is None


def test_the_receipt_of_a_renewal(container: Container, clock: ManualClock, alice: int) -> None:
    announced(container, clock)
    credit(container, alice, 40_000)
    swept_at(container, clock, END)

    receipt = told(container, SubscriptionRenewedMail)
    assert receipt.invoice_number == "СЧ-2026-000002"
    assert (receipt.total, receipt.from_balance) == (PRICE, Money(40_000, "RUB"))
    assert (receipt.method, receipt.paid_at) == ("Visa •••• 4242", END)
    assert receipt.services == (PaidService("Crm connector", date(2026, 4, 2), date(2026, 5, 2), PRICE),)
    assert receipt.renews_on == date(2026, 5, 2)
    assert receipt.invoice_url == "http://localhost/invoices/2"

    cancel_subscription(container.transactions, asked(container))
    assert told(container, SubscriptionRenewedMail).renews_on is None


def test_the_receipt_of_a_renewal_that_the_balance_paid(
    container: Container, clock: ManualClock, alice: int
) -> None:
    announced(container, clock)
    credit(container, alice, 100_000)
    swept_at(container, clock, END)
    receipt = told(container, SubscriptionRenewedMail)
    assert (receipt.total, receipt.from_balance, receipt.method) == (PRICE, PRICE, "")


def test_the_receipt_of_a_renewal_with_nothing_due(
    container: Container, clock: ManualClock, alice: int
) -> None:
    announced(container, clock)
    swept_at(container, clock, END)
    payload = promised(container, "mail.subscription_renewed")[0].payload
    receipt = facts_of(container, MailKind.SUBSCRIPTION_RENEWED, alice, **(payload | {"payment_id": None}))
    assert isinstance(receipt, SubscriptionRenewedMail)
    assert receipt.method == ""


def test_a_renewal_paid_through_the_bank_names_the_next_one_by_its_period(
    container: Container, clock: ManualClock, alice: int
) -> None:
    """Its invoice comes two weeks ahead, but that is no charge."""
    buy(container, alice, "crm-connector")
    early = END - 15 * DAY
    change(
        container,
        Subscription,
        1,
        method=PaymentMethodKind.BANK_TRANSFER,
        notice_due_at=None,
        renewal_due_at=early,
    )
    swept_at(container, clock, early)
    transfer = Transfer(2, PRICE, "bank-1")
    receive_transfer(container.transactions, actor=Actor.staff("anna"), transfer=transfer, now=clock.now())

    receipt = told(container, SubscriptionRenewedMail)

    assert (receipt.method, receipt.renews_on) == ("bank", date(2026, 5, 2))
    (row,) = rows(container, Subscription)
    assert row.renewal_due_at is not None
    assert row.renewal_due_at < END + 30 * DAY


def notice_of(
    container: Container, customer_id: int, subscription_id: int, minor: int, campaign: str = "Весна"
) -> int:
    """A launched campaign that told of a price from 1 April, for renewals from the middle of April on."""
    old = rows(container, Subscription, id=subscription_id)[0]
    valid_from = datetime(2026, 4, 1, tzinfo=UTC) + len(campaign) * DAY
    assert old.price_version_id is not None
    new = new_version(container, old.connector_id, minor, valid_from, old.interval)
    campaign_id = insert(
        container,
        PriceCampaign(
            name=campaign,
            connector_id=old.connector_id,
            interval=old.interval,
            currency="RUB",
            old_amount_minor=PRICE.minor,
            new_amount_minor=minor,
            new_price_version_id=new,
            audience={},
            announcement_ru=f"{campaign}: стало дороже.",
            announcement_en=f"{campaign}: it costs more.",
            valid_from=valid_from,
            status=CampaignStatus.LAUNCHED,
            created_by="admin",
            created_at=START,
            launched_at=START,
        ),
    )
    return insert(
        container,
        PriceNotice(
            campaign_id=campaign_id,
            customer_id=customer_id,
            subscription_id=subscription_id,
            old_price_version_id=old.price_version_id,
            new_price_version_id=new,
            noticed_at=START,
            applies_from=datetime(2026, 4, 15, 9, tzinfo=UTC),
        ),
    )


def price_mail(container: Container, customer_id: int, *notice_ids: int) -> PriceChangeMail | None:
    data = facts_of(container, MailKind.PRICE_CHANGE, customer_id, price_notice_ids=list(notice_ids))
    assert data is None or isinstance(data, PriceChangeMail)
    return data


@pytest.mark.parametrize(
    ("language", "words"), [("ru", "Весна: стало дороже."), ("en", "Весна: it costs more.")]
)
def test_a_rise_is_told_with_both_prices_and_its_day(
    container: Container, shop: dict[str, int], alice: int, language: str, words: str
) -> None:
    change(container, Customer, alice, language=language)
    notice_id = notice_of(container, alice, subscribe(container, alice, shop["crm-connector"]), 120_000)

    mail = price_mail(container, alice, notice_id)

    assert mail is not None
    assert mail.prices == (
        ChangedPrice("Crm connector", MONTH, PRICE, Money(120_000, "RUB"), date(2026, 4, 15)),
    )
    assert mail.announcements == (words,)


def test_a_cut_is_given_as_soon_as_it_holds(container: Container, shop: dict[str, int], alice: int) -> None:
    notice_id = notice_of(container, alice, subscribe(container, alice, shop["crm-connector"]), 50_000)
    mail = price_mail(container, alice, notice_id)
    assert mail is not None
    assert mail.prices[0].applies_from == date(2026, 4, 6)


def test_one_mail_tells_of_several_prices_of_what_still_runs(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    month = subscribe(container, alice, shop["crm-connector"])
    year = subscribe(container, alice, shop["mail-connector"], interval=YEAR)
    notices = [
        notice_of(container, alice, month, 120_000),
        notice_of(container, alice, year, 1_200_000, "Лето"),
    ]

    mail = price_mail(container, alice, *notices)
    assert mail is not None
    assert [(each.connector, each.interval) for each in mail.prices] == [
        ("Crm connector", MONTH),
        ("Mail connector", YEAR),
    ]
    assert len(mail.announcements) == 2

    change(container, Subscription, month, status=SubscriptionStatus.CANCELED)
    mail = price_mail(container, alice, *notices)
    assert mail is not None
    assert [each.connector for each in mail.prices] == ["Mail connector"]
    change(container, Subscription, year, status=SubscriptionStatus.EXPIRED)
    assert price_mail(container, alice, *notices) is None
