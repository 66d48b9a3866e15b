"""Settings: read from the environment once, checked at once, frozen afterwards.

Every setting is an environment variable of the same name in capitals. Secrets, and addresses that may hold a
password, can be given as a file instead: ``SECRET_KEY_FILE=/run/secrets/portal``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.environment import (
    DEMO_ENVIRONMENT_FILE,
    Acquirer,
    Environment,
    LogFormat,
    PayPalEnvironment,
    SettingsError,
    given_values,
)

__all__ = ["DEMO_ENVIRONMENT_FILE", "Settings", "SettingsError", "load_settings"]

PROJECT_DIRECTORY = Path(__file__).resolve().parent
SHORTEST_SECRET = 32
PLACEHOLDERS = ("change", "example", "placeholder", "secret", "password", "your-", "12345")

COOKIE_SECRETS = ("secret_key", "staff_secret_key")
SECRETS = (*COOKIE_SECRETS, "api_key_pepper", "api_key_pepper_previous", "test_acquirer_webhook_secret")
PROVIDER_SECRETS = (
    "stripe_api_key",
    "stripe_webhook_secret",
    "stripe_webhook_secret_previous",
    "paypal_client_secret",
)
FROM_FILE = (*SECRETS, *PROVIDER_SECRETS, "database_url", "redis_url", "smtp_url")
NEEDS = {
    "stripe_webhook_secret": "stripe_api_key",
    "stripe_webhook_secret_previous": "stripe_webhook_secret",
    "paypal_client_secret": "paypal_client_id",
    "paypal_webhook_id": "paypal_client_id",
}
"""What makes no sense without the other one. But for a former secret, both are set or neither is."""
STRIPE_KEY = re.compile(r"(sk|rk)_(test|live)_[A-Za-z0-9]{8,}")
EXCHANGE_SCHEMA = "ON_NSCHFDOPPR_1_997_01_05_03_*.xsd"
"""The tax service's schema of a seller's file in format 5.03, of any revision."""
NOT_IN_PRODUCTION = ("mail_directory", "test_acquirer_ledger", "test_acquirer_webhook_secret")


def _is_production(data: dict[str, Any]) -> bool:
    # A bad ENVIRONMENT counts as production: the strict reading names more of what is wrong.
    return data.get("environment", Environment.PRODUCTION) is Environment.PRODUCTION


def _cost_for(data: dict[str, Any]) -> int:
    return 10 if _is_production(data) else 4


def _documents_of(data: dict[str, Any]) -> Path:
    return Path(data["instance_directory"]) / "documents"


def _mail_of(data: dict[str, Any]) -> Path | None:
    return None if _is_production(data) else Path(data["instance_directory"]) / "mail"


def _receipts_of(data: dict[str, Any]) -> Path | None:
    return None if _is_production(data) else Path(data["instance_directory"]) / "fiscal_receipts.jsonl"


def _ledger_of(data: dict[str, Any]) -> Path | None:
    return None if _is_production(data) else Path(data["instance_directory"]) / "test_acquirer.sqlite"


def _paypal_for(data: dict[str, Any]) -> PayPalEnvironment:
    return PayPalEnvironment.LIVE if _is_production(data) else PayPalEnvironment.SANDBOX


class Settings(BaseSettings):
    """All settings of one process (design §6). Frozen; secrets don't show in repr or logs."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", validate_default=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    # The first one, because the checks of the others depend on it.
    environment: Environment = Field(Environment.PRODUCTION, description="production, demo or test")

    instance_directory: Path = Field(
        PROJECT_DIRECTORY / "instance", description="Folder of everything made at run time"
    )
    database_url: str = Field(repr=False, description="PostgreSQL: postgresql://user:password@host/name")
    redis_url: str = Field(repr=False, description="redis://host:6379/0, rediss://… or unix:///path?db=0")
    base_url: str = Field(
        "http://127.0.0.1:8000", description="Public address, no slash at the end; https in production"
    )
    trusted_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Host names answered to, by commas; the host of BASE_URL if empty"
    )
    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8000, ge=1, le=65535, description="Port to listen on")
    web_processes: int = Field(1, ge=1, le=64, description="Processes of the roles web and api")

    secret_key: SecretStr = Field(SecretStr(""), description="Signs the portal's cookie")
    staff_secret_key: SecretStr = Field(SecretStr(""), description="Signs the back-office's cookie")
    api_key_pepper: SecretStr = Field(SecretStr(""), description="Key of the fingerprints of API keys")
    api_key_pepper_previous: SecretStr | None = Field(None, description="The one before, during a rotation")

    smtp_url: str | None = Field(None, repr=False, description="smtp://user:password@host:587 or smtps://…")
    mail_directory: Path | None = Field(
        default_factory=_mail_of,
        description="Folder that mails are written to instead of SMTP; demo and test only",
    )
    mail_from: str = Field("BPM Centr <noreply@bpm-centr.test>", description="Sender of mails")
    support_email: str = Field("support@bpm-centr.test", description="Address shown to customers")

    acquirer: Acquirer = Field(
        Acquirer.NONE, description="none, or test: the built-in acquirer, in demo and test only"
    )
    test_acquirer_ledger: Path | None = Field(
        default_factory=_ledger_of, description="Its SQLite file; demo and test only"
    )
    test_acquirer_webhook_secret: SecretStr | None = Field(
        None, description="Signs its webhooks; demo and test only"
    )

    stripe_api_key: SecretStr | None = Field(
        None, description="Stripe: sk_live_… or rk_live_…, outside production sk_test_… or rk_test_…"
    )
    stripe_webhook_secret: SecretStr | None = Field(
        None, description="Signs what comes to /webhooks/stripe: whsec_…"
    )
    stripe_webhook_secret_previous: SecretStr | None = Field(
        None, description="The one before, during a rotation"
    )
    paypal_client_id: str | None = Field(None, description="PayPal: the client id of the REST app")
    paypal_client_secret: SecretStr | None = Field(None, description="Its secret")
    paypal_webhook_id: str | None = Field(
        None, description="The id that PayPal gave the webhook at /webhooks/paypal"
    )
    paypal_environment: PayPalEnvironment = Field(
        default_factory=_paypal_for, description="live in production, everywhere else sandbox"
    )

    cbr_rates_url: str | None = Field(
        None,
        description="https://www.cbr.ru/scripts to fetch exchange rates; staff upload them if empty",
    )

    bank_statements_dir: Path | None = Field(
        None, description="Folder that the bank client drops statements into; staff upload them if empty"
    )

    documents_directory: Path = Field(
        default_factory=_documents_of,
        description="Folder of issued files; documents/ in the one above if empty",
    )
    fns_schemas_dir: Path | None = Field(
        None,
        description="Folder with the tax service's XSD that files for electronic exchange must obey",
    )
    exchange_advance_field: str = Field(
        "СчФАванс",
        min_length=1,
        max_length=50,
        description="What line 5б is called in those files (ТекстИнф/@Идентиф)",
    )
    fiscal_receipts_file: Path | None = Field(
        default_factory=_receipts_of,
        description="File of fiscal receipts (54-ФЗ); without it, in production, none are made",
    )
    fiscal_receipts_from: date | None = Field(
        None, description="First day whose settlements get receipts, YYYY-MM-DD; all if empty"
    )
    fiscal_simplified_system: str = Field(
        "usn_income", pattern="^usn_income(_outcome)?$", description="What a seller under УСН is on receipts"
    )
    clock_movable: bool = Field(
        default=False, description="Whether staff may move the business clock; demo and test only"
    )
    bcrypt_cost: int = Field(
        default_factory=_cost_for,
        ge=4,
        le=15,
        description="Cost of password hashes; 10, outside production 4",
    )
    log_format: LogFormat = Field(LogFormat.JSON, description="json or console")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, …")

    @property
    def is_production(self) -> bool:
        """Whether real customers and money are at stake."""
        return self.environment is Environment.PRODUCTION

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host names that may stand in a request's Host header."""
        return self.trusted_hosts or (urlsplit(self.base_url).hostname or "localhost",)

    @property
    def limits_storage_url(self) -> str:
        """REDIS_URL in the spelling of Flask-Limiter, which names sockets in its own way."""
        return self.redis_url.replace("unix://", "redis+unix://", 1)

    @property
    def exchange_schema(self) -> Path | None:
        """The XSD that files for electronic exchange are validated by, where one is installed."""
        folder = self.fns_schemas_dir
        return next(folder.glob(EXCHANGE_SCHEMA)) if folder else None

    @field_validator("trusted_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(host.strip() for host in value.split(",") if host.strip())
        return value

    @field_validator("database_url")
    @classmethod
    def _name_the_driver(cls, value: str) -> str:
        scheme, separator, rest = value.partition("://")
        if scheme not in ("postgres", "postgresql", "postgresql+psycopg") or not separator:
            raise ValueError("must start with postgresql://")
        return f"postgresql+psycopg://{rest}"

    @field_validator("redis_url")
    @classmethod
    def _check_redis_url(cls, value: str) -> str:
        if not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @field_validator("base_url")
    @classmethod
    def _check_base_url(cls, value: str, info: ValidationInfo) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or value.endswith("/"):
            raise ValueError("must be like https://host, with no slash at the end")
        if _is_production(info.data) and parts.scheme != "https":
            raise ValueError("must be set, with https, in production")
        return value

    @field_validator(*SECRETS)
    @classmethod
    def _check_secret(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None:
            if (
                info.field_name == "test_acquirer_webhook_secret"
                and info.data.get("acquirer") is Acquirer.TEST
            ):
                raise ValueError("must be set when ACQUIRER is test")
            return None
        text = value.get_secret_value()
        if not text:
            raise ValueError("must be set")
        if _is_production(info.data):
            _refuse_weak(text)
        _refuse_equal_cookie_secrets(text, info)
        return value

    @field_validator("stripe_api_key")
    @classmethod
    def _check_stripe_key(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None:
            return None
        found = STRIPE_KEY.fullmatch(value.get_secret_value())
        if found is None:
            raise ValueError("must be a secret or restricted key of Stripe: sk_… or rk_…")
        _refuse_other_mode(info, live=found[2] == "live")
        return value

    @field_validator("stripe_webhook_secret", "stripe_webhook_secret_previous")
    @classmethod
    def _check_stripe_webhook_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith("whsec_"):
            raise ValueError("must start with whsec_")
        return value

    @field_validator("paypal_environment")
    @classmethod
    def _check_paypal_environment(cls, value: PayPalEnvironment, info: ValidationInfo) -> PayPalEnvironment:
        _refuse_other_mode(info, live=value is PayPalEnvironment.LIVE)
        return value

    @field_validator(*NEEDS)
    @classmethod
    def _refuse_half_a_group(cls, value: object, info: ValidationInfo) -> object:
        other = NEEDS[name := info.field_name or ""]
        if other not in info.data:
            return value  # it is bad itself and named already
        if value is None and info.data[other] is not None and not name.endswith("_previous"):
            raise ValueError(f"must be set when {other.upper()} is")
        if value is not None and info.data[other] is None:
            raise ValueError(f"is worth nothing without {other.upper()}")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _check_smtp_url(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and _is_production(info.data):
            raise ValueError("must be set in production")
        if value is not None and not value.startswith(("smtp://", "smtps://")):
            raise ValueError("must start with smtp:// or smtps://")
        return value

    @field_validator("cbr_rates_url")
    @classmethod
    def _check_cbr_rates_url(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or value.endswith("/"):
            raise ValueError("must be like https://host/folder, with no slash at the end")
        if _is_production(info.data) and parts.scheme != "https":
            raise ValueError("must have https in production")
        return value

    @field_validator("fns_schemas_dir")
    @classmethod
    def _check_fns_schemas_dir(cls, value: Path | None) -> Path | None:
        if value is None:
            return None
        if not value.is_dir():
            raise ValueError("is no folder")
        if len(list(value.glob(EXCHANGE_SCHEMA))) != 1:
            raise ValueError(f"must hold one file {EXCHANGE_SCHEMA}: the tax service's schema of format 5.03")
        return value

    @field_validator("acquirer", "clock_movable", *NOT_IN_PRODUCTION)
    @classmethod
    def _refuse_in_production(cls, value: object, info: ValidationInfo) -> object:
        if _is_production(info.data) and value not in (None, False, Acquirer.NONE):
            raise ValueError("is not allowed in production")
        return value


def _refuse_other_mode(info: ValidationInfo, *, live: bool) -> None:
    """Real money in production alone, and no play money there."""
    if live and not _is_production(info.data):
        raise ValueError("takes real money, which is for production only")
    if not live and _is_production(info.data):
        raise ValueError("takes no real money, so production can't use it")


def _refuse_weak(text: str) -> None:
    if len(text) < SHORTEST_SECRET:
        raise ValueError(f"must have {SHORTEST_SECRET} characters or more")
    if len(set(text)) < 8 or any(word in text.lower() for word in PLACEHOLDERS):
        raise ValueError("looks like a placeholder; make one with: openssl rand -base64 48")


def _refuse_equal_cookie_secrets(text: str, info: ValidationInfo) -> None:
    if info.field_name == "staff_secret_key":
        portal = info.data.get("secret_key")
        if portal is not None and portal.get_secret_value() == text:
            raise ValueError("must differ from SECRET_KEY")


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process.

    With neither ENVIRONMENT nor DATABASE_URL set, those of the demo instance that `make run` prepared, so
    that commands find it. Raises SettingsError that names every bad variable, or tells what to do when
    nothing is set.
    """
    given = os.environ if environ is None else environ
    values = given_values(given, Settings.model_fields, FROM_FILE, PROJECT_DIRECTORY / "instance")
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False)
        # A default that depends on a bad setting is no problem of its own.
        lines = [_problem(detail) for detail in details if detail["type"] != "default_factory_not_called"]
        raise SettingsError("These settings can't be used:\n  " + "\n  ".join(lines)) from None


def _problem(detail: ErrorDetails) -> str:
    name = ".".join(str(part) for part in detail["loc"]).upper()
    message = "must be set" if detail["type"] == "missing" else detail["msg"].removeprefix("Value error, ")
    return f"{name}: {message}"
