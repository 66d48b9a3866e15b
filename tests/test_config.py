"""Settings: what is refused, what is derived, what never shows."""

from pathlib import Path

import pytest

from app.environment import Environment, PayPalEnvironment
from config import Settings, SettingsError, load_settings
from tools.env_example import example_environment

PORTAL = "pT7mQ2xV9sKd4LfZ8wRc1YhB6nGj3EuA5oXi0MqW"
STAFF = "aW3zN8vB5kRt1PyH7cXe4LmD9fJq2SgU6hTb0ViO"
PEPPER = "Zb6Kf1Qw8Ln3Xr5Ty0Ud9Vh2Ge7Ma4CpJsIoRlEx"

PRODUCTION = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://bpm:kept-out-of-logs@db/bpm",
    "REDIS_URL": "redis://redis:6379/0",
    "BASE_URL": "https://bpm.test",
    "SECRET_KEY": PORTAL,
    "STAFF_SECRET_KEY": STAFF,
    "API_KEY_PEPPER": PEPPER,
    "SMTP_URL": "smtp://mail:587",
}
TEST = {
    "ENVIRONMENT": "test",
    "DATABASE_URL": "postgresql:///bpm",
    "REDIS_URL": "unix:///tmp/redis.sock",
    "SECRET_KEY": "portal",
    "STAFF_SECRET_KEY": "staff",
    "API_KEY_PEPPER": "pepper",
}


def test_production_settings_load() -> None:
    settings = load_settings(PRODUCTION)

    assert settings.is_production
    assert settings.database_url == "postgresql+psycopg://bpm:kept-out-of-logs@db/bpm"
    assert settings.hosts == ("bpm.test",)
    assert settings.bcrypt_cost == 10
    assert settings.mail_directory is None


def test_exchange_rates_are_fetched_only_where_an_address_is_set() -> None:
    assert load_settings(PRODUCTION).cbr_rates_url is None
    for given, url in ((PRODUCTION, "https://www.cbr.ru/scripts"), (TEST, "http://127.0.0.1:9/scripts")):
        assert load_settings(given | {"CBR_RATES_URL": url}).cbr_rates_url == url


def test_the_schema_of_electronic_exchange_is_looked_for_at_start(tmp_path: Path) -> None:
    given = {"FNS_SCHEMAS_DIR": str(tmp_path)}
    for folder in (tmp_path, tmp_path / "missing", Path(__file__)):
        with pytest.raises(
            SettingsError, match=r"FNS_SCHEMAS_DIR: (is no folder|must hold one file ON_NSCHF)"
        ):
            load_settings(PRODUCTION | {"FNS_SCHEMAS_DIR": str(folder)})

    (tmp_path / "ON_NSCHFDOPPR_1_997_01_05_02_01.xsd").touch()  # an older format
    schema = tmp_path / "ON_NSCHFDOPPR_1_997_01_05_03_05.xsd"
    schema.touch()
    assert load_settings(PRODUCTION | given).exchange_schema == schema
    assert load_settings(PRODUCTION).exchange_schema is None

    (tmp_path / "ON_NSCHFDOPPR_1_997_01_05_03_06.xsd").touch()
    with pytest.raises(SettingsError, match="FNS_SCHEMAS_DIR: must hold one file"):
        load_settings(PRODUCTION | given)


@pytest.mark.parametrize("name", ["", "СчФАванс", "Ж" * 50])
def test_line_5b_is_called_as_the_operator_says(name: str) -> None:
    given = {"EXCHANGE_ADVANCE_FIELD": name}
    assert load_settings(PRODUCTION | given).exchange_advance_field == (name or "СчФАванс")
    with pytest.raises(SettingsError, match="EXCHANGE_ADVANCE_FIELD: "):
        load_settings(PRODUCTION | {"EXCHANGE_ADVANCE_FIELD": "Ж" * 51})


def test_outside_production_defaults_are_local() -> None:
    settings = load_settings(TEST | {"INSTANCE_DIRECTORY": "/somewhere"})

    assert settings.environment is Environment.TEST
    assert settings.bcrypt_cost == 4
    assert settings.documents_directory == Path("/somewhere/documents")
    assert settings.mail_directory == Path("/somewhere/mail")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SECRET_KEY", "", "SECRET_KEY: must be set"),
        ("SECRET_KEY", "short", "SECRET_KEY: must have 32 characters"),
        ("SECRET_KEY", "please-change-this-before-production-use", "SECRET_KEY: looks like a placeholder"),
        ("API_KEY_PEPPER", "a" * 40, "API_KEY_PEPPER: looks like a placeholder"),
        ("STAFF_SECRET_KEY", PORTAL, "STAFF_SECRET_KEY: must differ from SECRET_KEY"),
        ("API_KEY_PEPPER_PREVIOUS", "short", "API_KEY_PEPPER_PREVIOUS: must have 32"),
        ("DATABASE_URL", "sqlite:///x", "DATABASE_URL: must start with postgresql://"),
        ("DATABASE_URL", "", "DATABASE_URL: must be set"),
        ("REDIS_URL", "localhost:6379", "REDIS_URL: must start with"),
        ("BASE_URL", "", "BASE_URL: must be set, with https"),
        ("BASE_URL", "http://bpm.test", "BASE_URL: must be set, with https"),
        ("CBR_RATES_URL", "http://www.cbr.test/scripts", "CBR_RATES_URL: must have https"),
        ("CBR_RATES_URL", "https://www.cbr.test/scripts/", "CBR_RATES_URL: must be like"),
        ("CBR_RATES_URL", "file:///etc/passwd", "CBR_RATES_URL: must be like"),
        ("BASE_URL", "https://bpm.test/", "BASE_URL: must be like"),
        ("SMTP_URL", "", "SMTP_URL: must be set in production"),
        ("SMTP_URL", "mail:25", "SMTP_URL: must start with smtp://"),
        ("ACQUIRER", "test", "ACQUIRER: is not allowed in production"),
        ("CLOCK_MOVABLE", "true", "CLOCK_MOVABLE: is not allowed in production"),
        ("MAIL_DIRECTORY", "/var/mail/bpm", "MAIL_DIRECTORY: is not allowed in production"),
        ("TEST_ACQUIRER_LEDGER", "/var/lib/ledger", "TEST_ACQUIRER_LEDGER: is not allowed in production"),
        ("TEST_ACQUIRER_WEBHOOK_SECRET", PEPPER, "TEST_ACQUIRER_WEBHOOK_SECRET: is not allowed"),
        ("PORT", "0", "PORT: "),
        ("WEB_PROCESSES", "many", "WEB_PROCESSES: "),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL: "),
        ("ENVIRONMENT", "prod", "ENVIRONMENT: "),
    ],
)
def test_production_refuses(name: str, value: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(PRODUCTION | {name: value})

    assert message in str(caught.value)
    assert len(value) < 6 or value not in str(caught.value)


def test_every_bad_variable_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"ENVIRONMENT": "production", "PORT": "x", "INSTANCE_DIRECTORY": "/somewhere"})

    named = {line.split(":")[0].strip() for line in str(caught.value).splitlines()[1:]}
    assert named == {
        "DATABASE_URL", "REDIS_URL", "BASE_URL", "PORT", "SECRET_KEY", "STAFF_SECRET_KEY", "API_KEY_PEPPER",
        "SMTP_URL",
    }  # fmt: skip


def test_the_built_in_acquirer_needs_its_secret() -> None:
    with pytest.raises(
        SettingsError, match="TEST_ACQUIRER_WEBHOOK_SECRET: must be set when ACQUIRER is test"
    ):
        load_settings(TEST | {"ACQUIRER": "test"})


LIVE_PROVIDERS = {
    "STRIPE_API_KEY": "sk_live_51MadeUpForTests",
    "STRIPE_WEBHOOK_SECRET": "whsec_made-up-for-tests",
    "PAYPAL_CLIENT_ID": "client-of-the-tests",
    "PAYPAL_CLIENT_SECRET": "paypal-of-the-tests",
    "PAYPAL_WEBHOOK_ID": "8PT597110X687430LKGECATA",
}
PLAY_PROVIDERS = LIVE_PROVIDERS | {"STRIPE_API_KEY": "rk_test_51MadeUpForTests"}


def test_providers_take_real_money_in_production_and_nowhere_else() -> None:
    real, play = load_settings(PRODUCTION | LIVE_PROVIDERS), load_settings(TEST | PLAY_PROVIDERS)

    assert real.paypal_environment is PayPalEnvironment.LIVE
    assert play.paypal_environment is PayPalEnvironment.SANDBOX


@pytest.mark.parametrize(
    ("environment", "name", "value", "message"),
    [
        (PRODUCTION, "STRIPE_API_KEY", "sk_test_51MadeUpForTests", "STRIPE_API_KEY: takes no real money"),
        (PRODUCTION, "PAYPAL_ENVIRONMENT", "sandbox", "PAYPAL_ENVIRONMENT: takes no real money"),
        (TEST, "STRIPE_API_KEY", "sk_live_51MadeUpForTests", "STRIPE_API_KEY: takes real money"),
        (TEST, "PAYPAL_ENVIRONMENT", "live", "PAYPAL_ENVIRONMENT: takes real money"),
        (TEST, "PAYPAL_ENVIRONMENT", "paradise", "PAYPAL_ENVIRONMENT: "),
        (
            TEST,
            "STRIPE_API_KEY",
            "pk_test_51MadeUpForTests",
            "STRIPE_API_KEY: must be a secret or restricted",
        ),
        (TEST, "STRIPE_API_KEY", "", "STRIPE_WEBHOOK_SECRET: is worth nothing without STRIPE_API_KEY"),
        (TEST, "STRIPE_WEBHOOK_SECRET", "", "STRIPE_WEBHOOK_SECRET: must be set when STRIPE_API_KEY is"),
        (TEST, "STRIPE_WEBHOOK_SECRET", "sk_test_51MadeUp", "STRIPE_WEBHOOK_SECRET: must start with whsec_"),
        (TEST, "STRIPE_WEBHOOK_SECRET_PREVIOUS", "made-up-", "STRIPE_WEBHOOK_SECRET_PREVIOUS: must start"),
        (TEST, "PAYPAL_CLIENT_ID", "", "PAYPAL_CLIENT_SECRET: is worth nothing without PAYPAL_CLIENT_ID"),
        (TEST, "PAYPAL_CLIENT_SECRET", "", "PAYPAL_CLIENT_SECRET: must be set when PAYPAL_CLIENT_ID is"),
        (TEST, "PAYPAL_WEBHOOK_ID", "", "PAYPAL_WEBHOOK_ID: must be set when PAYPAL_CLIENT_ID is"),
    ],
)
def test_providers_are_set_as_a_whole_and_of_one_mode(
    environment: dict[str, str], name: str, value: str, message: str
) -> None:
    providers = LIVE_PROVIDERS if environment is PRODUCTION else PLAY_PROVIDERS

    with pytest.raises(SettingsError) as caught:
        load_settings(environment | providers | {name: value})

    assert message in str(caught.value)
    assert len(value) < 9 or value not in str(caught.value)


def test_secrets_of_providers_do_not_show() -> None:
    providers = LIVE_PROVIDERS | {"STRIPE_WEBHOOK_SECRET_PREVIOUS": "whsec_the-one-before"}
    shown = repr(load_settings(PRODUCTION | providers))

    hidden = (
        "STRIPE_API_KEY",
        "STRIPE_WEBHOOK_SECRET",
        "STRIPE_WEBHOOK_SECRET_PREVIOUS",
        "PAYPAL_CLIENT_SECRET",
    )
    assert not any(providers[name] in shown for name in hidden)


def test_secrets_do_not_show() -> None:
    shown = repr(load_settings(PRODUCTION | {"API_KEY_PEPPER_PREVIOUS": PEPPER[::-1]}))

    assert not any(secret in shown for secret in (PORTAL, STAFF, PEPPER, PEPPER[::-1], "kept-out-of-logs"))


def test_settings_are_frozen() -> None:
    settings = load_settings(TEST)

    with pytest.raises(ValueError, match="frozen"):
        settings.port = 9000  # type: ignore[misc]  # the point of the test


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "portal").write_text(f"{PORTAL}\n")
    environ = {name: value for name, value in PRODUCTION.items() if name != "SECRET_KEY"}

    settings = load_settings(environ | {"SECRET_KEY_FILE": str(tmp_path / "portal")})

    assert settings.secret_key.get_secret_value() == PORTAL


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Both SECRET_KEY and SECRET_KEY_FILE"):
        load_settings(PRODUCTION | {"SECRET_KEY_FILE": str(tmp_path / "portal")})


def test_a_missing_secret_file_is_named(tmp_path: Path) -> None:
    environ = {name: value for name, value in PRODUCTION.items() if name != "SECRET_KEY"}

    with pytest.raises(SettingsError, match="SECRET_KEY_FILE can't be read: FileNotFoundError"):
        load_settings(environ | {"SECRET_KEY_FILE": str(tmp_path / "absent")})


def test_without_settings_the_demo_instance_is_found(tmp_path: Path) -> None:
    lines = [f"{name}={value}" for name, value in (TEST | {"ENVIRONMENT": "demo"}).items()]
    (tmp_path / "demo.env").write_text("\n".join(lines))

    settings = load_settings({"INSTANCE_DIRECTORY": str(tmp_path), "PORT": "8123"})

    assert (settings.environment, settings.port) == (Environment.DEMO, 8123)


def test_without_settings_and_demo_the_message_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="make run"):
        load_settings({"INSTANCE_DIRECTORY": str(tmp_path)})


def test_the_demo_file_is_not_mixed_into_given_settings(tmp_path: Path) -> None:
    (tmp_path / "demo.env").write_text(f"SECRET_KEY={PORTAL}\n")

    with pytest.raises(SettingsError, match=r"  SECRET_KEY: must be set"):
        load_settings({"ENVIRONMENT": "production", "INSTANCE_DIRECTORY": str(tmp_path)})


def test_hosts_are_split_at_commas() -> None:
    assert load_settings(TEST | {"TRUSTED_HOSTS": "a.test, b.test"}).hosts == ("a.test", "b.test")


def test_the_example_file_is_up_to_date() -> None:
    example = Path(__file__).parent.parent / ".env.example"

    assert example.read_text(encoding="utf-8") == example_environment(), "run: make env-example"


def test_the_example_names_every_setting() -> None:
    for name in Settings.model_fields:
        assert f"\n{name.upper()}=" in example_environment()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("unix:///run/redis.sock?db=3", "redis+unix:///run/redis.sock?db=3"),
        ("redis://host:6379/0", "redis://host:6379/0"),
    ],
)
def test_flask_limiter_gets_its_own_spelling(url: str, expected: str) -> None:
    assert load_settings(TEST | {"REDIS_URL": url}).limits_storage_url == expected
