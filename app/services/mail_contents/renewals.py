"""What mails about the end of a period say: its notice, the renewal, a new price (G2, G3, G5, C4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from app.billing.dunning import method_to_charge
from app.billing.invoice import CHARGED
from app.billing.mail import MailData, MailKind
from app.billing.mail_data import (
    AccessEndingMail,
    CardExpiringMail,
    ChangedPrice,
    ExpectedCharge,
    ExpectedService,
    PaidService,
    PriceChangeMail,
    RenewalNoticeMail,
    SubscriptionRenewedMail,
    TrialContinuesNoticeMail,
)
from app.billing.money import Money, total
from app.billing.periods import local_date
from app.billing.subscription import RENEWING, SubscriptionStatus
from app.models import (
    BALANCE_PROVIDER,
    CreditKind,
    Invoice,
    PriceCampaign,
    PriceNotice,
    PriceVersion,
    Subscription,
)
from app.services.expected_renewals import ExpectedRenewal, expected_renewals
from app.services.mail_contents.context import (
    Contents,
    MailContext,
    charged_methods,
    last_day,
    periods_of,
    way_of,
)


def renews_on(row: Subscription) -> date:
    """The Moscow day on which the next period begins, or is charged when a late notice has moved that."""
    ends_at = row.trial_ends_at if row.status is SubscriptionStatus.TRIAL else row.period_end
    assert ends_at is not None, "only what has an end renews"
    return local_date(max(ends_at, row.renewal_due_at or ends_at))


def renewal_cost(context: MailContext, row: Subscription) -> Money | None:
    """What the next period will cost; None where operations are paid for, not periods."""
    return None if row.metered else expected_renewals(context.repositories, [row])[0].price


def paid_services(context: MailContext, invoice: Invoice) -> tuple[PaidService, ...]:
    """The lines of an invoice that started a period, and the months whose operations it is for."""
    bought = periods_of(context, invoice)
    used = {line.id: line.period for line in invoice.lines if line.operation_price_id and line.period}
    return tuple(
        PaidService(
            connector=line.subscription.connector.name,
            first_day=local_date(period.start),
            last_day=last_day(period.end),
            amount=line.total,
        )
        for line in invoice.lines
        for period in [bought.get(line.id) or used.get(line.id)]
        if period is not None
    )


def next_renewal_on(invoice: Invoice) -> date | None:
    """When the first subscription of an invoice renews next; None when none does by itself."""
    renewing = [
        renews_on(line.subscription)
        for line in invoice.lines
        if line.subscription.status is SubscriptionStatus.ACTIVE and line.subscription.auto_renew
    ]
    return min(renewing, default=None)


def _renewal_notice(context: MailContext) -> MailData | None:
    charge = _expected_charge(context, SubscriptionStatus.ACTIVE)
    if charge is None:
        return None
    return RenewalNoticeMail(charge=charge, subscriptions_url=context.links.subscriptions())


def _trial_continues_notice(context: MailContext) -> MailData | None:
    charge = _expected_charge(context, SubscriptionStatus.TRIAL)
    if charge is None:
        return None
    ends = [row.trial_ends_at for row in context.subscriptions() if row.trial_ends_at is not None]
    return TrialContinuesNoticeMail(
        ends_at=min(ends), charge=charge, subscriptions_url=context.links.subscriptions()
    )


def _card_expiring(context: MailContext) -> MailData | None:
    """None once the card is renewed, deleted or gone, or pays nothing after its last day."""
    method_id = context.payload["method_id"]
    saved = {row.id: row for row in context.repositories.payment_methods.of_customer(context.customer.id)}
    method = saved.get(method_id)
    if method is None or method.valid_until != date.fromisoformat(context.payload["valid_until"]):
        return None
    held = context.repositories.subscriptions.of_customer(context.customer.id)
    rows = [
        row
        for row in held
        if row.status in (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIAL)
        and row.auto_renew
        and row.method in CHARGED
        and method_to_charge(row.payment_method_id, list(saved), ()) == method_id
        and method.valid_until < renews_on(row)
    ]
    if not rows:
        return None
    return CardExpiringMail(
        method=method.masked,
        last_day=method.valid_until,
        connectors=tuple(sorted({row.connector.name for row in rows})),
        charge_on=min(renews_on(row) for row in rows),
        methods_url=context.links.payment_methods(),
    )


def _expected_charge(context: MailContext, status: SubscriptionStatus) -> ExpectedCharge | None:
    """What will be charged for those that still renew: a renewal is due only after its notice, and not
    once it was invoiced, cancelled, switched off or moved.
    """
    rows = [row for row in context.subscriptions() if row.status is status and row.renewal_due_at is not None]
    if not rows:
        return None
    expected = expected_renewals(context.repositories, rows)
    return ExpectedCharge(
        on=min(renews_on(row) for row in rows),
        services=tuple(
            ExpectedService(each.subscription.connector.name, each.interval, each.price) for each in expected
        ),
        **_sums(context, expected),
        methods=charged_methods(context, rows),
    )


def _sums(context: MailContext, expected: Sequence[ExpectedRenewal]) -> dict[str, tuple[Money, ...]]:
    """What is left to charge in each currency, and what the balance pays of it; nothing is left out."""
    held = context.repositories.credits.of_customers([context.customer.id])
    from_balance, amounts = [], []
    for currency in dict.fromkeys(each.price.currency for each in expected):
        whole = total((each.price for each in expected if each.price.currency == currency), currency)
        balance = held.get((context.customer.id, currency, CreditKind.BALANCE), Money.zero(currency))
        from_balance.append(min(balance, whole))
        amounts.append(whole - min(balance, whole))
    return {
        "from_balance": tuple(each for each in from_balance if each),
        "amounts": tuple(each for each in amounts if each),
    }


def _access_ending(context: MailContext) -> MailData | None:
    """Only of what still ends on the day that was meant: a later end is told of anew."""
    on = date.fromisoformat(context.payload["on"])
    ending = [
        row
        for row in context.subscriptions()
        if row.status is SubscriptionStatus.ACTIVE and not row.auto_renew and row.period_end is not None
    ]
    named = [row for row in ending if row.period_end is not None and local_date(row.period_end) == on]
    if not named:
        return None
    return AccessEndingMail(
        connectors=tuple(row.connector.name for row in named),
        last_day=min(last_day(row.period_end) for row in named if row.period_end is not None),
        subscriptions_url=context.links.subscriptions(),
    )


def _subscription_renewed(context: MailContext) -> MailData:
    invoice = context.invoice()
    assert invoice.paid_at is not None, "this mail is promised when the invoice is paid"
    return SubscriptionRenewedMail(
        invoice_number=invoice.full_number,
        total=invoice.total,
        from_balance=invoice.total - invoice.due,
        method=_money_came_by(context),
        paid_at=invoice.paid_at,
        services=paid_services(context, invoice),
        renews_on=next_renewal_on(invoice),
        invoice_url=context.links.invoice(invoice.id),
    )


def _money_came_by(context: MailContext) -> str:
    payment_id = context.payload["payment_id"]
    way = way_of(context.repositories.payments.get(payment_id)) if payment_id else ""
    return "" if way == BALANCE_PROVIDER else way


def _price_change(context: MailContext) -> MailData | None:
    session = context.repositories.session
    notices = [session.get_one(PriceNotice, each) for each in context.payload["price_notice_ids"]]
    rows = {
        row.id: row
        for row in context.repositories.subscriptions.of_customer(context.customer.id)
        if row.status in RENEWING
    }
    told = [notice for notice in notices if notice.subscription_id in rows]
    if not told:
        return None
    campaigns = [session.get_one(PriceCampaign, each) for each in dict.fromkeys(n.campaign_id for n in told)]
    russian = context.customer.language == "ru"
    return PriceChangeMail(
        prices=tuple(_changed_price(context, notice, rows[notice.subscription_id]) for notice in told),
        announcements=tuple(each.announcement_ru if russian else each.announcement_en for each in campaigns),
        subscriptions_url=context.links.subscriptions(),
    )


def _changed_price(context: MailContext, notice: PriceNotice, row: Subscription) -> ChangedPrice:
    """A rise waits for its notice to run out, a cut is given as soon as the price holds."""
    session = context.repositories.session
    old = session.get_one(PriceVersion, notice.old_price_version_id)
    new = session.get_one(PriceVersion, notice.new_price_version_id)
    is_cut = new.amount < old.amount
    applies_from = max(new.valid_from, notice.noticed_at) if is_cut else notice.applies_from
    return ChangedPrice(
        connector=row.connector.name,
        interval=new.interval,
        old=old.amount,
        new=new.amount,
        applies_from=local_date(applies_from),
    )


RENEWAL_MAILS: Mapping[MailKind, Contents] = {
    MailKind.CARD_EXPIRING: _card_expiring,
    MailKind.RENEWAL_NOTICE: _renewal_notice,
    MailKind.TRIAL_CONTINUES_NOTICE: _trial_continues_notice,
    MailKind.ACCESS_ENDING: _access_ending,
    MailKind.SUBSCRIPTION_RENEWED: _subscription_renewed,
    MailKind.PRICE_CHANGE: _price_change,
}
