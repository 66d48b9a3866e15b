"""One made-up mail of every kind, with every branch of its text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from app.billing import mail_data
from app.billing.documents.kinds import DocumentKind
from app.billing.mail import MailData
from app.billing.money import Money
from tests.notifications.billing_mail_samples import AT, DAY, HOST, PRICE, billing_samples


def samples(name: str = "CRM и склад") -> Sequence[MailData]:
    """Every kind at least once; `name` stands wherever people or staff type a text."""
    return [
        mail_data.ActivationMail(
            activation_url=f"{HOST}/activate/a1b2?next=%2Ftrial&lang=ru", valid_until=AT
        ),
        mail_data.PasswordResetMail(reset_url=f"{HOST}/reset/a1b2", valid_until=AT),
        mail_data.AlreadyRegisteredMail(login_url=f"{HOST}/login", reset_url=f"{HOST}/forgotten"),
        mail_data.PasswordChangedMail(changed_at=AT, reset_url=f"{HOST}/forgotten"),
        mail_data.ApiKeyWaitingMail(reveal_url=f"{HOST}/keys/reveal"),
        mail_data.SwitchToProductionKeyMail(works_until=AT, keys_url=f"{HOST}/keys"),
        mail_data.KeyDeactivatedMail(
            key_name=name, masked="bpm_prod_…a1b2", deactivated_at=AT, keys_url=f"{HOST}/keys"
        ),
        *_trial_samples(name),
        *_invoice_samples(name),
        *_payment_samples(name),
        *_subscription_samples(name),
        *billing_samples(name),
    ]


def _trial_samples(name: str) -> Sequence[MailData]:
    return [
        mail_data.TrialStartedMail(connectors=(name, "Телефония"), ends_at=AT, keys_url=f"{HOST}/keys"),
        mail_data.TrialStartedMail(connectors=(name,), ends_at=AT, keys_url=f"{HOST}/keys"),
        mail_data.TrialEndingMail(connectors=(name, "Телефония"), ends_at=AT, checkout_url=f"{HOST}/cart"),
        mail_data.TrialEndedMail(connectors=(name, "Телефония"), ended_at=AT, checkout_url=f"{HOST}/cart"),
        mail_data.TrialEndedMail(connectors=(name,), ended_at=AT, checkout_url=f"{HOST}/cart"),
    ]


def _invoice_samples(name: str) -> Sequence[MailData]:
    number = "СЧ-2026-000042"
    return [
        mail_data.InvoiceIssuedMail(
            number=number,
            issued_on=DAY,
            payer=name,
            total=PRICE,
            due_on=DAY,
            invoice_url=f"{HOST}/invoices/42",
        ),
        mail_data.InvoiceVoidedMail(number=number, total=PRICE, due_on=DAY, checkout_url=f"{HOST}/cart"),
        *(
            mail_data.DocumentReadyMail(
                document=document,
                number=number,
                issued_on=DAY,
                payer=name,
                total=PRICE,
                download_url=f"{HOST}/documents/42.pdf",
            )
            for document in DocumentKind
        ),
        *_documents_samples(number),
    ]


def _documents_samples(number: str) -> Sequence[MailData]:
    documents = tuple(
        mail_data.MailedDocument(kind, number, DAY, PRICE if kind != "reconciliation" else Money(0, "RUB"))
        for kind in DocumentKind
    )
    return [
        mail_data.DocumentsReadyMail(named, count, f"{HOST}/documents")
        for named, count in ((documents, 9), (documents[:2], 2), (documents[1:2], 1), (documents, 1_200))
    ]


def _payment_samples(name: str) -> Sequence[MailData]:
    number = "СЧ-2026-000042"
    service = mail_data.PaidService(
        connector=name, first_day=date(2026, 11, 21), last_day=date(2026, 12, 20), amount=PRICE
    )
    return [
        *(
            mail_data.PaymentReceivedMail(
                invoice_number=number,
                total=PRICE * 2,
                paid_at=AT,
                method=method,
                services=(service, service),
                next_charge_on=next_charge_on,
                payment_url=f"{HOST}/payments/7",
            )
            for method, next_charge_on in (("Visa •• 4242", DAY), ("balance", None))
        ),
        *(
            mail_data.PaymentFailedMail(
                invoice_number=number,
                total=PRICE,
                failed_at=AT,
                method=method,
                next_attempt_on=day,
                access_until=day,
                is_order=is_order,
                pay_url=f"{HOST}/do/pay/42",
                methods_url=f"{HOST}/payment-methods",
            )
            for method, day, is_order in (("Visa •• 4242", DAY, False), ("", None, True), ("", None, False))
        ),
        *(
            mail_data.PaymentConfirmationMail(
                invoice_number=number,
                total=PRICE,
                method=method,
                connectors=("CRM и склад",),
                access_until=day,
                confirm_url=f"{HOST}/do/confirm/42",
            )
            for method, day in (("Visa •• 4242", DAY), ("", None))
        ),
    ]


def _subscription_samples(name: str) -> Sequence[MailData]:
    url = f"{HOST}/subscriptions/5"
    bound = mail_data.StartedSubscription(connector=name, paid_until=DAY, make_account="1234567")
    unbound = mail_data.StartedSubscription(connector="Телефония", paid_until=DAY, make_account=None)
    return [
        mail_data.SubscriptionStartedMail(subscriptions=(bound,), keys_url=f"{HOST}/keys"),
        mail_data.SubscriptionStartedMail(subscriptions=(bound, unbound), keys_url=f"{HOST}/keys"),
        mail_data.SubscriptionCanceledMail(connector=name, last_day=DAY, subscription_url=url),
        mail_data.SubscriptionCanceledMail(connector=name, last_day=None, subscription_url=url),
        *(
            mail_data.AutoRenewalChangedMail(
                connector=name, enabled=enabled, period_ends_on=DAY, price=price, subscription_url=url
            )
            for enabled, price in ((True, PRICE), (True, None), (False, None))
        ),
        mail_data.AccessEndedMail(connector=name, ended_on=DAY, resume_url=url),
    ]
