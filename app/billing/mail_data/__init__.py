"""The data of every kind of mail (M1): services fill these, templates print them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from app.billing.mail import MailData, MailKind
from app.billing.mail_data.account import (
    ActivationMail,
    AlreadyRegisteredMail,
    ApiKeyWaitingMail,
    KeyDeactivatedMail,
    KeyRotatedMail,
    PasswordChangedMail,
    PasswordResetMail,
    SwitchToProductionKeyMail,
)
from app.billing.mail_data.documents import DocumentReadyMail, DocumentsReadyMail, MailedDocument
from app.billing.mail_data.invoices import (
    BalanceCreditedMail,
    InvoiceIssuedMail,
    InvoiceVoidedMail,
    PaidService,
    PaymentConfirmationMail,
    PaymentFailedMail,
    PaymentReceivedMail,
    PaymentReminderMail,
    SubscriptionSuspendedMail,
)
from app.billing.mail_data.refunds import (
    CompensationGrantedMail,
    ExtraDays,
    PromisedDiscount,
    RefundDecidedMail,
    RefundRequestedMail,
    RefundSentMail,
)
from app.billing.mail_data.renewals import (
    AccessEndingMail,
    ChangedPrice,
    ExpectedCharge,
    ExpectedService,
    PriceChangeMail,
    RenewalNoticeMail,
    SubscriptionRenewedMail,
    TrialContinuesNoticeMail,
)
from app.billing.mail_data.subscriptions import (
    AccessEndedMail,
    AutoRenewalChangedMail,
    BillingResumedMail,
    CancellationTakenBackMail,
    IntervalSwitchedMail,
    MakeAccountChangedMail,
    RunningSubscription,
    StartedSubscription,
    SubscriptionCanceledMail,
    SubscriptionStartedMail,
)
from app.billing.mail_data.trials import (
    TrialEndedMail,
    TrialEndingMail,
    TrialStartedMail,
)
from app.billing.mail_data.usage import (
    OperationPriceChangeMail,
    PriceOfOperations,
    UsageInvoicedMail,
    UsageNoticeMail,
    UsedOperations,
)

__all__ = [
    "MAIL_DATA",
    "AccessEndedMail",
    "AccessEndingMail",
    "ActivationMail",
    "AlreadyRegisteredMail",
    "ApiKeyWaitingMail",
    "AutoRenewalChangedMail",
    "BalanceCreditedMail",
    "BillingResumedMail",
    "CancellationTakenBackMail",
    "ChangedPrice",
    "CompensationGrantedMail",
    "DocumentReadyMail",
    "DocumentsReadyMail",
    "ExpectedCharge",
    "ExpectedService",
    "ExtraDays",
    "IntervalSwitchedMail",
    "InvoiceIssuedMail",
    "InvoiceVoidedMail",
    "KeyDeactivatedMail",
    "KeyRotatedMail",
    "MailedDocument",
    "MakeAccountChangedMail",
    "OperationPriceChangeMail",
    "PaidService",
    "PasswordChangedMail",
    "PasswordResetMail",
    "PaymentConfirmationMail",
    "PaymentFailedMail",
    "PaymentReceivedMail",
    "PaymentReminderMail",
    "PriceChangeMail",
    "PriceOfOperations",
    "PromisedDiscount",
    "RefundDecidedMail",
    "RefundRequestedMail",
    "RefundSentMail",
    "RenewalNoticeMail",
    "RunningSubscription",
    "StartedSubscription",
    "SubscriptionCanceledMail",
    "SubscriptionRenewedMail",
    "SubscriptionStartedMail",
    "SubscriptionSuspendedMail",
    "SwitchToProductionKeyMail",
    "TrialContinuesNoticeMail",
    "TrialEndedMail",
    "TrialEndingMail",
    "TrialStartedMail",
    "UsageInvoicedMail",
    "UsageNoticeMail",
    "UsedOperations",
]

MAIL_DATA: Mapping[MailKind, type[MailData]] = MappingProxyType(
    {
        data.kind: data
        for data in (
            ActivationMail,
            PasswordResetMail,
            AlreadyRegisteredMail,
            PasswordChangedMail,
            ApiKeyWaitingMail,
            SwitchToProductionKeyMail,
            KeyDeactivatedMail,
            KeyRotatedMail,
            TrialStartedMail,
            TrialEndingMail,
            TrialEndedMail,
            InvoiceIssuedMail,
            InvoiceVoidedMail,
            DocumentReadyMail,
            DocumentsReadyMail,
            PaymentReceivedMail,
            PaymentConfirmationMail,
            PaymentFailedMail,
            PaymentReminderMail,
            SubscriptionSuspendedMail,
            BalanceCreditedMail,
            SubscriptionStartedMail,
            SubscriptionCanceledMail,
            AutoRenewalChangedMail,
            AccessEndedMail,
            CancellationTakenBackMail,
            IntervalSwitchedMail,
            MakeAccountChangedMail,
            BillingResumedMail,
            RenewalNoticeMail,
            AccessEndingMail,
            TrialContinuesNoticeMail,
            SubscriptionRenewedMail,
            PriceChangeMail,
            OperationPriceChangeMail,
            UsageNoticeMail,
            UsageInvoicedMail,
            RefundRequestedMail,
            RefundDecidedMail,
            RefundSentMail,
            CompensationGrantedMail,
        )
    }
)
"""The data class of every kind."""
