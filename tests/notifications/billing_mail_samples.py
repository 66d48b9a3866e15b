"""Made-up mails of the billing engine, with every branch of their texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from app.billing import mail_data
from app.billing.mail import MailData
from app.billing.money import Money
from app.billing.periods import BillingInterval

HOST = "https://bpm.example"
AT = datetime(2026, 11, 28, 11, 30, tzinfo=UTC)
DAY = date(2026, 12, 21)
PRICE = Money(149_000, "RUB")
NUMBER = "СЧ-2026-000042"
INVOICE = f"{HOST}/invoices/42"
SUBSCRIPTION = f"{HOST}/subscriptions/5"
SUBSCRIPTIONS = f"{HOST}/subscriptions"
CARD = "Visa •••• 4242"


def billing_samples(name: str) -> Sequence[MailData]:
    """Every kind that the engine sends; `name` stands wherever people or staff type a text."""
    return [
        *_notices(name),
        *_renewals(name),
        *_unpaid(name),
        *_changes(name),
        *_usage(name),
        *_refunds(name),
        *_compensations(name),
        *_keys(name),
    ]


def _charges(name: str) -> Sequence[mail_data.ExpectedCharge]:
    month = mail_data.ExpectedService(name, BillingInterval.MONTH, PRICE)
    year = mail_data.ExpectedService("Телефония", BillingInterval.YEAR, PRICE * 10)
    one = mail_data.ExpectedCharge(
        on=DAY, services=(month,), from_balance=(), amounts=(PRICE,), methods=(CARD,)
    )
    return [
        one,
        replace(one, services=(month, year), from_balance=(PRICE,), amounts=(PRICE * 10,), methods=()),
        replace(one, from_balance=(PRICE,), amounts=()),
        replace(
            one, services=(month, year), amounts=(PRICE, Money(1_900, "USD")), methods=(CARD, "МИР •••• 1")
        ),
    ]


def _notices(name: str) -> Sequence[MailData]:
    charges = _charges(name)
    return [
        *(mail_data.RenewalNoticeMail(charge=each, subscriptions_url=SUBSCRIPTIONS) for each in charges),
        *(
            mail_data.CardExpiringMail(
                method=CARD, last_day=DAY, connectors=connectors, charge_on=DAY, methods_url=f"{HOST}/methods"
            )
            for connectors in ((name,), (name, "Телефония"))
        ),
        *(
            mail_data.TrialContinuesNoticeMail(ends_at=AT, charge=each, subscriptions_url=SUBSCRIPTIONS)
            for each in charges
        ),
        *(
            mail_data.AccessEndingMail(connectors=names, last_day=DAY, subscriptions_url=SUBSCRIPTIONS)
            for names in ((name,), (name, "Телефония"))
        ),
    ]


def _renewals(name: str) -> Sequence[MailData]:
    service = mail_data.PaidService(name, date(2026, 11, 21), date(2026, 12, 20), PRICE)
    renewed = mail_data.SubscriptionRenewedMail(
        invoice_number=NUMBER,
        total=PRICE,
        from_balance=Money(0, "RUB"),
        method=CARD,
        paid_at=AT,
        services=(service,),
        renews_on=DAY,
        invoice_url=INVOICE,
    )
    price = mail_data.ChangedPrice(name, BillingInterval.MONTH, PRICE, PRICE * 2, DAY)
    running = mail_data.RunningSubscription(name, DAY)
    return [
        renewed,
        replace(renewed, services=(service, service), from_balance=PRICE, method="", renews_on=None),
        replace(renewed, from_balance=Money(100, "RUB"), method="bank"),
        mail_data.PriceChangeMail(prices=(price,), announcements=(name,), subscriptions_url=SUBSCRIPTIONS),
        mail_data.PriceChangeMail(
            prices=(price, replace(price, interval=BillingInterval.YEAR)),
            announcements=(name, "Дешевле."),
            subscriptions_url=SUBSCRIPTIONS,
        ),
        mail_data.BillingResumedMail(subscriptions=(running,), subscriptions_url=SUBSCRIPTIONS),
        mail_data.BillingResumedMail(subscriptions=(running, running), subscriptions_url=SUBSCRIPTIONS),
    ]


def _unpaid(name: str) -> Sequence[MailData]:
    reminder = mail_data.PaymentReminderMail(
        invoice_number=NUMBER,
        total=PRICE,
        connectors=(name,),
        access_until=DAY,
        by_transfer=False,
        pay_url=INVOICE,
    )
    suspended = mail_data.SubscriptionSuspendedMail(
        invoice_number=NUMBER,
        total=PRICE,
        connectors=(name,),
        access_until=DAY,
        by_transfer=False,
        pay_url=INVOICE,
        methods_url=INVOICE,
    )
    return [
        reminder,
        replace(reminder, connectors=(name, "Телефония"), access_until=None, by_transfer=True),
        suspended,
        replace(suspended, connectors=(name, "Телефония"), access_until=None, by_transfer=True),
        mail_data.BalanceCreditedMail(
            credited=PRICE, balance=PRICE * 2, invoice_number=NUMBER, received_at=AT, invoice_url=INVOICE
        ),
    ]


def _changes(name: str) -> Sequence[MailData]:
    taken_back = mail_data.CancellationTakenBackMail(
        connector=name, paid_until=DAY, renews_on=DAY, price=PRICE, subscription_url=SUBSCRIPTION
    )
    switched = mail_data.IntervalSwitchedMail(
        connector=name,
        switched=True,
        interval=BillingInterval.YEAR,
        price=PRICE,
        renews_on=DAY,
        subscription_url=SUBSCRIPTION,
    )
    account = mail_data.MakeAccountChangedMail(
        connector=name, old="1234567", new=name, changed_at=AT, subscription_url=SUBSCRIPTION
    )
    return [
        taken_back,
        replace(taken_back, renews_on=None, price=None),
        switched,
        replace(switched, switched=False, interval=BillingInterval.MONTH),
        account,
        replace(account, old=None),
    ]


def _usage(name: str) -> Sequence[MailData]:
    notices = [
        mail_data.UsageNoticeMail(
            month=date(2026, 11, 1),
            used=mail_data.UsedOperations(name, operations, PRICE),
            charge_on=date(2026, 12, 1),
            methods=methods,
            subscription_url=SUBSCRIPTION,
        )
        for operations, methods in ((1_233, (CARD,)), (1, ()))
    ]
    invoiced = mail_data.UsageInvoicedMail(
        invoice_number=NUMBER,
        issued_on=DAY,
        charge_on=date(2026, 12, 22),
        used=(mail_data.UsedOperations(name, 12_345, PRICE),),
        from_balance=Money(0, "RUB"),
        due=PRICE,
        paid=False,
        invoice_url=INVOICE,
    )
    price_change = mail_data.OperationPriceChangeMail(
        connector=name,
        month=date(2026, 12, 1),
        old=mail_data.PriceOfOperations(PRICE, 10_000),
        new=mail_data.PriceOfOperations(PRICE * 2, 5_002),
        subscriptions_url=SUBSCRIPTIONS,
    )
    return [
        price_change,
        replace(price_change, new=mail_data.PriceOfOperations(Money(15, "RUB"), 1)),
        *notices,
        invoiced,
        replace(invoiced, paid=True),
        replace(invoiced, from_balance=PRICE, due=Money(0, "RUB")),
    ]


def _refunds(name: str) -> Sequence[MailData]:
    decided = mail_data.RefundDecidedMail(
        connector=name,
        approved=True,
        amount=PRICE,
        to_balance=Money(0, "RUB"),
        invoice_number=NUMBER,
        method=CARD,
        last_day=None,
        invoice_url=INVOICE,
    )
    sent = mail_data.RefundSentMail(
        connector=name,
        amount=PRICE,
        to_balance=Money(0, "RUB"),
        invoice_number=NUMBER,
        method=CARD,
        sent_at=AT,
        invoice_url=INVOICE,
    )
    return [
        mail_data.RefundRequestedMail(
            connector=name, amount=PRICE, invoice_number=NUMBER, requested_at=AT, invoice_url=INVOICE
        ),
        decided,
        replace(decided, to_balance=Money(49_000, "RUB"), last_day=DAY),
        replace(decided, to_balance=PRICE, method="balance"),
        replace(decided, approved=False, last_day=DAY),
        replace(decided, approved=False),
        sent,
        replace(sent, to_balance=Money(49_000, "RUB")),
        replace(sent, to_balance=PRICE, method="balance"),
    ]


def _compensations(name: str) -> Sequence[MailData]:
    gifts: list[tuple[mail_data.ExtraDays | None, Money | None, mail_data.PromisedDiscount | None]] = [
        (mail_data.ExtraDays(name, 5, DAY), None, None),
        (mail_data.ExtraDays(name, 1, DAY), None, None),
        (None, PRICE, None),
        (None, None, mail_data.PromisedDiscount(1_000, "SORRY-2026")),
        (None, None, mail_data.PromisedDiscount(1_250, "")),
    ]
    return [
        mail_data.CompensationGrantedMail(
            extra_days=extra_days, goodwill=goodwill, discount=discount, account_url=SUBSCRIPTION
        )
        for extra_days, goodwill, discount in gifts
    ]


def _keys(name: str) -> Sequence[MailData]:
    return [
        mail_data.KeyRotatedMail(
            key_name=name,
            masked="bpm_prod_…a1b2",
            works_until=works_until,
            keys_url=f"{HOST}/keys",
        )
        for works_until in (AT, None)
    ]
