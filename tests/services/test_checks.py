"""The check on real rows: loading, binding once, confirming a key once (D1-D6)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from app.billing.check import CheckCode
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import ApiKey, AuditEntry, CustomerStatus, Subscription
from app.services.checks import CheckUndecided, check_subscription
from app.services.subscriptions import Asked, cancel_subscription, switch_auto_renewal
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, check, mails, production_key, rows, trial_key
from tests.parallel import at_once, wait_until_blocked


@pytest.fixture
def key(container: Container, alice: int) -> str:
    """The production key of Alice, who has paid for one month of the CRM connector."""
    buy(container, alice, "crm-connector")
    return production_key(container, alice)


def test_the_first_use_binds_and_others_are_refused(container: Container, key: str) -> None:
    assert check(container, key, "acc-1").code is CheckCode.OK
    refused = check(container, key, "acc-2")
    assert (refused.code, refused.account_id) == (CheckCode.ACCOUNT_MISMATCH, "acc-1")
    assert check(container, key, "acc-1").code is CheckCode.OK
    (row,) = rows(container, Subscription)
    assert (row.make_account, row.make_account_changed_at) == ("acc-1", container.clock.now())
    (entry,) = rows(container, AuditEntry, action="subscription.bind")
    assert (entry.object_id, entry.actor_kind) == (str(row.id), "api_key")


@pytest.mark.parametrize("account", ["a", "x" * 128, "Ключ №1", "a b\tc", "'; DROP TABLE x; --", "😀", " a "])
def test_an_account_is_kept_byte_for_byte(container: Container, key: str, account: str) -> None:
    assert check(container, key, account).account_id == account
    assert rows(container, Subscription)[0].make_account == account
    assert check(container, key, account).allowed
    assert not check(container, key, account.strip() + "!").allowed


def test_a_refusal_binds_nothing(container: Container, key: str) -> None:
    assert check(container, key, "acc-1", "mail-connector").code is CheckCode.NOT_SUBSCRIBED
    assert check(container, key + "x", "acc-1").code is CheckCode.KEY_UNKNOWN
    assert rows(container, Subscription)[0].make_account is None


def test_one_of_32_first_checks_from_two_accounts_binds(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    key = production_key(container, alice)
    for _ in range(20):
        with container.transactions.begin(FACTORY) as work:
            work.subscriptions.get(1).make_account = None
        accounts = ["acc-1", "acc-2"] * 16

        answers = at_once(*[partial(check, container, key, account) for account in accounts])

        (bound,) = {row.make_account for row in rows(container, Subscription)}
        assert answers.refusals == []
        assert {decision.account_id for decision in answers.results} == {bound}
        for account, decision in zip(accounts, answers.results, strict=True):
            assert decision.allowed is (account == bound)
    assert len(rows(container, AuditEntry, action="subscription.bind")) == 20


def test_several_subscriptions_take_several_accounts_at_once(container: Container, alice: int) -> None:
    for _ in range(3):
        buy(container, alice, "crm-connector")
    key = production_key(container, alice)

    answers = at_once(*[partial(check, container, key, account) for account in ("a", "b", "c") * 5])

    assert answers.refusals == []
    assert all(decision.allowed for decision in answers.results)
    assert {row.make_account for row in rows(container, Subscription)} == {"a", "b", "c"}


def test_two_subscriptions_never_take_one_account(container: Container, alice: int) -> None:
    for _ in range(2):
        buy(container, alice, "crm-connector")
    key = production_key(container, alice)
    with container.transactions.begin(FACTORY) as work, ThreadPoolExecutor() as threads:
        work.subscriptions.get(2).make_account = "acc-1"
        work.session.flush()
        asking = threads.submit(check, container, key, "acc-1")
        wait_until_blocked(container)
        work.session.commit()
        assert asking.result().code is CheckCode.OK
    assert [row.make_account for row in rows(container, Subscription)] == [None, "acc-1"]


def test_a_key_without_the_scope_opens_nothing(container: Container, key: str) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.api_keys.get(1).scopes = ["usage"]
    assert not check(container, key, "acc-1").allowed
    assert rows(container, Subscription)[0].make_account is None


def test_a_connection_that_a_restart_has_cut_is_replaced(container: Container, key: str) -> None:
    check(container, key, "acc-1")
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(cut)
    assert check(container, key, "acc-1").allowed


def test_bcrypt_confirms_a_key_once(container: Container, key: str, clock: ManualClock) -> None:
    check(container, key, "acc-1")
    confirmed = rows(container, ApiKey)[0].verified_at
    assert confirmed == clock.now()
    with container.transactions.begin(FACTORY) as work:
        work.api_keys.get(1).bcrypt_hash = "asked never again"
    clock.advance(hours=1)
    assert check(container, key, "acc-1").allowed
    assert rows(container, ApiKey)[0].verified_at == confirmed


def test_a_fingerprint_without_its_bcrypt_hash_opens_nothing(container: Container, key: str) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.api_keys.get(1).bcrypt_hash = container.password_hasher.hash("another secret")
    assert check(container, key, "acc-1").code is CheckCode.KEY_UNKNOWN


def test_the_pepper_before_is_accepted_during_a_rotation(container: Container, key: str) -> None:
    now = container.clock.now()
    rotated = replace(container.checking, peppers=[b"a new pepper", container.pepper])
    forgotten = replace(container.checking, peppers=[b"a new pepper"])
    asked = {"key": key, "connector": "crm-connector", "account": "acc-1", "now": now}
    assert check_subscription(rotated, **asked).decision.allowed  # type: ignore[arg-type]  # by name
    assert check_subscription(forgotten, **asked).decision.code is CheckCode.KEY_UNKNOWN  # type: ignore[arg-type]


def test_a_blocked_customer(container: Container, key: str, alice: int) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.customers.get(alice).status = CustomerStatus.BLOCKED
    assert check(container, key, "acc-1").code is CheckCode.CUSTOMER_BLOCKED


def test_access_ends_without_any_sweep(
    container: Container, key: str, clock: ManualClock, alice: int
) -> None:
    assert check(container, key, "acc-1").allowed
    cancel_subscription(container.transactions, Asked.by_customer(alice, 1, clock.now()))
    end = rows(container, Subscription)[0].period_end
    assert end is not None
    clock.move_to(end - timedelta(microseconds=1))
    assert check(container, key, "acc-1").allowed
    clock.move_to(end)
    before = check(container, key, "acc-1")
    sweep(container.billing_run())
    assert (before.code, check(container, key, "acc-1")) == (CheckCode.CANCELED, before)


@pytest.mark.parametrize("auto_renew", [True, False])
def test_a_row_that_waits_for_the_sweep_stands_in_nobodys_way(
    container: Container, key: str, clock: ManualClock, alice: int, auto_renew: bool
) -> None:
    check(container, key, "acc-1")
    switch_auto_renewal(container.transactions, Asked.by_customer(alice, 1, clock.now()), enabled=auto_renew)
    clock.advance(days=25)
    buy(container, alice, "crm-connector")
    clock.advance(days=16 if auto_renew else 6)

    assert check(container, key, "acc-1").code is CheckCode.OK

    old, new = rows(container, Subscription)
    assert (old.status, new.status, new.make_account) == (
        SubscriptionStatus.EXPIRED,
        SubscriptionStatus.ACTIVE,
        "acc-1",
    )
    sweep(container.billing_run())
    assert mails(container).count("access_ended") == 1


def test_a_trial_that_is_over_gives_its_account_up(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    temporary = trial_key(container, alice, [shop["crm-connector"]])
    check(container, temporary, "acc-1")
    buy(container, alice, "crm-connector", make_account="acc-2")
    buy(container, alice, "mail-connector")
    with container.transactions.begin(FACTORY) as work:
        work.subscriptions.get(2).make_account = None
    clock.advance(days=8)
    assert check(container, production_key(container, alice), "acc-1").code is CheckCode.OK


def test_a_race_that_never_ends_is_no_answer(container: Container, key: str) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(
            text(
                "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
                "CREATE TRIGGER lose BEFORE UPDATE ON subscription FOR EACH ROW EXECUTE FUNCTION lose()"
            )
        )
    try:
        with pytest.raises(CheckUndecided):
            check(container, key, "acc-1")
    finally:
        with container.transactions.begin(FACTORY) as work:
            work.session.execute(text("DROP TRIGGER lose ON subscription; DROP FUNCTION lose()"))
