"""What mails about the trial say (C1-C4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.billing.mail import MailData, MailKind
from app.billing.mail_data import TrialEndedMail, TrialEndingMail, TrialStartedMail
from app.models import Subscription
from app.services.mail_contents.context import Contents, MailContext


def _trials(context: MailContext) -> list[Subscription]:
    held = context.repositories.subscriptions.of_customer(context.customer.id)
    return [row for row in held if row.trial_ends_at is not None]


def _names_and_end(trials: list[Subscription]) -> tuple[tuple[str, ...], datetime]:
    names = tuple(sorted(row.connector.name for row in trials))
    return names, max(row.trial_ends_at for row in trials if row.trial_ends_at is not None)


def _trial_started(context: MailContext) -> MailData:
    names, ends_at = _names_and_end(_trials(context))
    return TrialStartedMail(connectors=names, ends_at=ends_at, keys_url=context.links.keys())


def _trial_ending(context: MailContext) -> MailData | None:
    ending = [row for row in _trials(context) if row.first_paid_at is None and not _continues(row)]
    if not ending:
        return None  # all of it was bought, or is to continue, since the notice was promised
    names, ends_at = _names_and_end(ending)
    return TrialEndingMail(connectors=names, ends_at=ends_at, checkout_url=context.links.catalogue())


def _continues(row: Subscription) -> bool:
    return row.continues_after_trial and row.auto_renew


def _trial_ended(context: MailContext) -> MailData | None:
    """What had not been paid when the trial ended, also if it has been since; not what ran on at once."""
    trials = _trials(context)
    _, ended_at = _names_and_end(trials)
    closed = [row for row in trials if not row.periods or row.periods[0].starts_at > ended_at]
    if not closed:
        return None
    names, _ = _names_and_end(closed)
    return TrialEndedMail(connectors=names, ended_at=ended_at, checkout_url=context.links.catalogue())


TRIAL_MAILS: Mapping[MailKind, Contents] = {
    MailKind.TRIAL_STARTED: _trial_started,
    MailKind.TRIAL_ENDING: _trial_ending,
    MailKind.TRIAL_ENDED: _trial_ended,
}
