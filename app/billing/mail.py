"""Mails: what is sent and through which port. The data of each kind stands in `mail_data`."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol
from urllib.parse import urlsplit

from app.billing.errors import BillingError

MAIL_LANGUAGES = ("ru", "en")
"""Languages in which every mail exists; a mail goes out in its reader's language."""

MAIL_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", re.ASCII)


class MailKind(StrEnum):
    """Every mail that the product sends (M1). The value is stored with the outbox row."""

    ACTIVATION = "activation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of a mail, not a password
    ALREADY_REGISTERED = "already_registered"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a mail, not a password
    TRIAL_STARTED = "trial_started"
    TRIAL_ENDING = "trial_ending"
    TRIAL_ENDED = "trial_ended"
    API_KEY_WAITING = "api_key_waiting"
    SWITCH_TO_PRODUCTION_KEY = "switch_to_production_key"
    KEY_DEACTIVATED = "key_deactivated"
    INVOICE_ISSUED = "invoice_issued"
    INVOICE_VOIDED = "invoice_voided"
    DOCUMENT_READY = "document_ready"
    DOCUMENTS_READY = "documents_ready"
    PAYMENT_RECEIVED = "payment_received"
    PAYMENT_FAILED = "payment_failed"
    PAYMENT_CONFIRMATION = "payment_confirmation"
    SUBSCRIPTION_STARTED = "subscription_started"
    SUBSCRIPTION_CANCELED = "subscription_canceled"
    AUTO_RENEWAL_CHANGED = "auto_renewal_changed"
    ACCESS_ENDED = "access_ended"
    RENEWAL_NOTICE = "renewal_notice"
    ACCESS_ENDING = "access_ending"
    TRIAL_CONTINUES_NOTICE = "trial_continues_notice"
    SUBSCRIPTION_RENEWED = "subscription_renewed"
    PAYMENT_REMINDER = "payment_reminder"
    SUBSCRIPTION_SUSPENDED = "subscription_suspended"
    CANCELLATION_TAKEN_BACK = "cancellation_taken_back"
    INTERVAL_SWITCHED = "interval_switched"
    MAKE_ACCOUNT_CHANGED = "make_account_changed"
    PRICE_CHANGE = "price_change"
    OPERATION_PRICE_CHANGE = "operation_price_change"
    USAGE_NOTICE = "usage_notice"
    USAGE_INVOICED = "usage_invoiced"
    REFUND_REQUESTED = "refund_requested"
    REFUND_DECIDED = "refund_decided"
    REFUND_SENT = "refund_sent"
    COMPENSATION_GRANTED = "compensation_granted"
    BALANCE_CREDITED = "balance_credited"
    KEY_ROTATED = "key_rotated"
    BILLING_RESUMED = "billing_resumed"
    CARD_EXPIRING = "card_expiring"


class MailFailed(BillingError):
    """The mail did not leave.

    `permanent` says that sending the same mail again is useless: it goes to the dead letters for a
    person to see. Otherwise the outbox tries again later. The message never holds an address.
    """

    code = "MAIL_FAILED"

    def __init__(self, code: str, *, permanent: bool, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip(), code=code)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class MailData:
    """The facts of one mail, and only those that its text needs.

    Fields ending in `_url` are absolute http(s) addresses; instants are UTC with a zone. Anything
    else raises ValueError at once, where the mistake is made, not later in the worker.
    """

    kind: ClassVar[MailKind]

    def __post_init__(self) -> None:
        """Check addresses and instants."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, datetime) and value.utcoffset() is None:
                raise ValueError(f"{field.name} of a mail needs a time zone")
            if field.name.endswith("_url") and not is_web_address(value):
                raise ValueError(f"{field.name} of a mail must be an absolute http(s) address")


def is_web_address(value: object) -> bool:
    """Whether the value is an absolute http(s) address made of printable ASCII without spaces or quotes."""
    if not isinstance(value, str) or re.fullmatch(r"https?://[!#-;=?-~]+", value) is None:
        return False
    return bool(urlsplit(value).hostname)


@dataclass(frozen=True, slots=True)
class Mail:
    """A written mail, ready to leave. `message_id` includes the angle brackets."""

    message_id: str
    recipient: str
    subject: str
    html: str
    text: str
    language: str


class Mailer(Protocol):
    """Takes mails out of the house."""

    def send(self, mail: Mail) -> None:
        """Hand the mail over; on return the next system is responsible for it. Raises MailFailed."""


class MailRenderer(Protocol):
    """Writes mails."""

    def __call__(
        self, kind: MailKind, language: str, recipient: str, data: MailData, message_id: str
    ) -> Mail:
        """The mail of this kind in this language; the same arguments give the same mail."""


def message_id(outbox_id: int, domain: str) -> str:
    """The Message-ID of an outbox row: a mail repeated after a crash carries the same one (design §2.4)."""
    if MAIL_DOMAIN.fullmatch(domain) is None:
        raise ValueError(f"{domain!r} is not a domain name")
    return f"<outbox-{outbox_id}@{domain}>"
