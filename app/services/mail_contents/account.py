"""What mails about the account and its keys say (A1, A3, E2, E3, C4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.billing.api_key import TRIAL_KEY_AFTERLIFE, ApiKeyStatus
from app.billing.mail import MailData, MailKind
from app.billing.mail_data import (
    ActivationMail,
    AlreadyRegisteredMail,
    ApiKeyWaitingMail,
    KeyDeactivatedMail,
    KeyRotatedMail,
    PasswordChangedMail,
    PasswordResetMail,
    SwitchToProductionKeyMail,
)
from app.models import ApiKey
from app.services.mail_contents.context import Contents, MailContext
from app.services.registration import ACTIVATION
from app.services.sessions import PASSWORD_RESET


def _activation(context: MailContext) -> MailData:
    token = context.repositories.one_time_tokens.get(context.payload["token_id"])
    link = context.links.activation(context.signer.sign(ACTIVATION, token.id))
    return ActivationMail(activation_url=link, valid_until=token.expires_at)


def _password_reset(context: MailContext) -> MailData:
    token = context.repositories.one_time_tokens.get(context.payload["token_id"])
    link = context.links.password_reset(context.signer.sign(PASSWORD_RESET, token.id))
    return PasswordResetMail(reset_url=link, valid_until=token.expires_at)


def _already_registered(context: MailContext) -> MailData:
    return AlreadyRegisteredMail(login_url=context.links.login(), reset_url=context.links.forgot_password())


def _password_changed(context: MailContext) -> MailData:
    changed_at = datetime.fromisoformat(context.payload["changed_at"])
    return PasswordChangedMail(changed_at=changed_at, reset_url=context.links.forgot_password())


def _api_key_waiting(context: MailContext) -> MailData:
    return ApiKeyWaitingMail(reveal_url=context.links.key(context.payload["api_key_id"]))


def _switch_to_production_key(context: MailContext) -> MailData:
    shown_at = context.repositories.api_keys.production_key_shown_at(context.customer.id)
    assert shown_at is not None, "this mail is promised when the key is shown"
    return SwitchToProductionKeyMail(
        works_until=shown_at + TRIAL_KEY_AFTERLIFE, keys_url=context.links.keys()
    )


def _key(context: MailContext) -> ApiKey:
    return context.repositories.api_keys.one_of_customer(context.customer.id, context.payload["api_key_id"])


def _key_deactivated(context: MailContext) -> MailData:
    key = _key(context)
    assert key.deactivated_at is not None, "this mail is promised when the key is deactivated"
    return KeyDeactivatedMail(
        key_name=key.name,
        masked=key.masked,
        deactivated_at=key.deactivated_at,
        keys_url=context.links.keys(),
    )


def _key_rotated(context: MailContext) -> MailData:
    key = _key(context)
    works_until = datetime.fromisoformat(context.payload["works_until"])
    return KeyRotatedMail(
        key_name=key.name,
        masked=key.masked,
        works_until=works_until if key.status is ApiKeyStatus.ACTIVE else None,
        keys_url=context.links.keys(),
    )


ACCOUNT_MAILS: Mapping[MailKind, Contents] = {
    MailKind.ACTIVATION: _activation,
    MailKind.PASSWORD_RESET: _password_reset,
    MailKind.ALREADY_REGISTERED: _already_registered,
    MailKind.PASSWORD_CHANGED: _password_changed,
    MailKind.API_KEY_WAITING: _api_key_waiting,
    MailKind.SWITCH_TO_PRODUCTION_KEY: _switch_to_production_key,
    MailKind.KEY_DEACTIVATED: _key_deactivated,
    MailKind.KEY_ROTATED: _key_rotated,
}
