"""What the check answers over HTTP: the four fields of seed 003 and the rest of design §5."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from app.billing.actors import Actor
from app.billing.api_key import Scope
from app.bootstrap import Container
from app.models import ApiKey, Customer, CustomerStatus
from app.services.api_keys import deactivate_key
from tests import factories
from tests.clock import ManualClock
from tests.public_api.conftest import CHECK, Ask, Subscriber

FIELDS = {
    "allowed", "active", "hasAccess", "accountId", "message", "code", "status",
    "validUntil", "graceUntil", "stale", "requestId", "serverTime",
}  # fmt: skip
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def test_a_first_check_is_let_through_and_bound(ask: Ask) -> None:
    response = ask(accountId="make-1")

    body = response.get_json()
    assert response.status_code == 200
    assert set(body) == FIELDS
    assert body["allowed"] is body["active"] is body["hasAccess"] is True
    assert (body["accountId"], body["code"], body["status"]) == ("make-1", "TRIAL", "trial")
    assert body["stale"] is False
    assert body["graceUntil"] is None
    assert INSTANT.fullmatch(body["validUntil"])
    assert INSTANT.fullmatch(body["serverTime"])


def test_another_account_learns_which_one_is_bound(ask: Ask) -> None:
    ask(accountId="make-1")

    body = ask(accountId="make-2").get_json()

    assert (body["allowed"], body["active"], body["hasAccess"]) == (False, True, True)
    assert (body["code"], body["accountId"]) == ("ACCOUNT_MISMATCH", "make-1")


def test_a_negative_answer_binds_nothing(ask: Ask) -> None:
    assert ask(connector="mail-connector", accountId="make-9").get_json()["code"] == "NOT_SUBSCRIBED"

    assert ask(accountId="make-1").get_json()["accountId"] == "make-1"


@pytest.mark.parametrize(
    "connector", ["mail-connector", "no-such-connector", "CRM-CONNECTOR", "'; --", "коннектор"]
)
def test_what_was_not_bought_looks_like_what_does_not_exist(ask: Ask, connector: str) -> None:
    body = ask(connector=connector).get_json()

    assert (body["allowed"], body["active"], body["hasAccess"]) == (False, True, False)
    assert (body["code"], body["accountId"], body["status"]) == ("NOT_SUBSCRIBED", None, None)


def test_after_the_end_there_is_no_access(ask: Ask, clock: ManualClock) -> None:
    ask(accountId="make-1")
    clock.advance(days=7)

    body = ask(accountId="make-1").get_json()

    assert (body["allowed"], body["active"], body["hasAccess"]) == (False, False, False)
    assert body["code"] == "KEY_EXPIRED"


@pytest.mark.parametrize(
    "account",
    [
        "1",
        "make 1",
        "  padded  ",
        "Make-1",
        "a+b&c=d%zz#?/\\",
        "организация-7",
        "é",
        "e\u0301",
        "👩\u200d👩\u200d👧",
        "\u202eright to left",
        "\u00a0",
        "'; DROP TABLE subscription; --",
        "<script>alert(1)</script>",
        "{{7*7}}",
        "a" * 128,
        "😀" * 128,
    ],
)
def test_the_account_is_opaque(ask: Ask, account: str) -> None:
    first, again = ask(accountId=account).get_json(), ask(accountId=account).get_json()

    assert first["accountId"] == again["accountId"] == account
    assert again["allowed"] is True


@pytest.mark.parametrize(("bound", "other"), [("é", "e\u0301"), ("Make-1", "make-1"), ("make-1", "make-1 ")])
def test_accounts_that_look_alike_are_different(ask: Ask, bound: str, other: str) -> None:
    ask(accountId=bound)

    body = ask(accountId=other).get_json()

    assert (body["allowed"], body["accountId"]) == (False, bound)


@pytest.mark.parametrize("key", ["bpm_prod_" + "a" * 32, "any", "=" * 256, "bpm_trial_", "~", "--"])
def test_an_unknown_key_gets_a_definite_no(api: FlaskClient, subscriber: Subscriber, key: str) -> None:
    response = api.get(
        CHECK,
        query_string={"connector": "crm-connector", "accountId": "make-1"},
        headers={"Authorization": f"Bearer {key}"},
    )

    body = response.get_json()
    assert response.status_code == 200
    assert (body["allowed"], body["active"], body["hasAccess"]) == (False, False, False)
    assert (body["code"], body["accountId"]) == ("KEY_UNKNOWN", None)


def test_a_deactivated_key_is_refused_by_the_next_check(
    ask: Ask, container: Container, subscriber: Subscriber
) -> None:
    assert ask().get_json()["allowed"] is True
    [key] = factories.rows(container, ApiKey)

    deactivate_key(
        container.transactions,
        actor=Actor.system("test"),
        customer_id=subscriber.customer_id,
        api_key_id=key.id,
        reason="lost",
        now=container.clock.now(),
    )

    body = ask().get_json()
    assert (body["allowed"], body["active"], body["hasAccess"]) == (False, False, False)
    assert (body["code"], body["accountId"]) == ("KEY_REVOKED", None)


def test_a_blocked_customer_is_refused(ask: Ask, container: Container, subscriber: Subscriber) -> None:
    with container.transactions.begin(Actor.system("test")) as work:
        work.customers.get(subscriber.customer_id).status = CustomerStatus.BLOCKED

    assert ask().get_json()["code"] == "CUSTOMER_BLOCKED"


def test_a_key_made_for_other_work_is_refused(ask: Ask, container: Container) -> None:
    give_scopes(container, Scope.USAGE)

    body = ask().get_json()

    assert (body["allowed"], body["active"], body["hasAccess"]) == (False, False, False)
    assert body["code"] == "SCOPE_MISSING"


def test_another_customers_key_never_opens(
    api: FlaskClient, ask: Ask, container: Container, subscriber: Subscriber
) -> None:
    assert ask(accountId="make-1").get_json()["allowed"] is True
    stranger = factories.create_customer(container, "bob@example.com")
    other = factories.create_connector(container, "chat-connector")
    key = factories.trial_key(container, stranger, [other])

    response = api.get(
        CHECK,
        query_string={"connector": "crm-connector", "accountId": "make-1"},
        headers={"Authorization": f"Bearer {key}"},
    )

    body = response.get_json()
    assert (body["allowed"], body["hasAccess"], body["accountId"]) == (False, False, None)


@pytest.mark.parametrize(("language", "words"), [("ru", "пробный период"), ("en", "trial")])
def test_messages_are_in_the_customers_language(
    ask: Ask, container: Container, subscriber: Subscriber, language: str, words: str
) -> None:
    with container.transactions.begin(Actor.system("test")) as work:
        customer: Customer = work.customers.get(subscriber.customer_id)
        customer.language = language

    assert words in ask().get_json()["message"]


def give_scopes(container: Container, *scopes: Scope) -> None:
    with container.transactions.begin(Actor.system("test")) as work:
        for key in work.session.query(ApiKey):
            key.scopes = [scope.value for scope in scopes]
