"""Starting the trial: three standard connectors, once per customer (C1, C2)."""

from datetime import timedelta
from functools import partial

import pytest

from app.billing.api_key import ApiKeyKind, ApiKeyStatus
from app.billing.subscription import SubscriptionStatus
from app.billing.trial import TrialRefused
from app.bootstrap import Container
from app.models import (
    ApiKey,
    ConnectorStatus,
    Customer,
    CustomerStatus,
    PayerKind,
    StatusChange,
    Subscription,
)
from app.services.trials import start_trial
from tests.factories import (
    buy,
    check,
    create_connector,
    create_customer,
    create_payer,
    mails,
    rows,
    shown_key,
)
from tests.parallel import at_once
from tests.shop import CONNECTORS


def start(container: Container, customer_id: int, connector_ids: list[int]) -> int:
    return start_trial(
        container.transactions,
        customer_id=customer_id,
        connector_ids=connector_ids,
        now=container.clock.now(),
    )


def refused(container: Container, customer_id: int, connector_ids: list[int]) -> str:
    with pytest.raises(TrialRefused) as refusal:
        start(container, customer_id, connector_ids)
    return refusal.value.code


def test_a_trial_opens_the_chosen_connectors_at_once(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    key_id = start(container, alice, [shop[slug] for slug in CONNECTORS])

    end = container.clock.now() + timedelta(hours=168)
    trials = rows(container, Subscription)
    assert [row.connector_id for row in trials] == sorted(shop[slug] for slug in CONNECTORS)
    assert {(row.status, row.trial_ends_at) for row in trials} == {(SubscriptionStatus.TRIAL, end)}
    (key,) = rows(container, ApiKey)
    assert (key.id, key.kind, key.status, key.expires_at) == (
        key_id,
        ApiKeyKind.TRIAL,
        ApiKeyStatus.UNCLAIMED,
        end,
    )
    assert mails(container) == ["trial_started"]
    assert len(rows(container, StatusChange, object_kind="subscription", new_status="trial")) == 3
    secret = shown_key(container, alice, key_id)
    assert secret.startswith("bpm_trial_")
    assert check(container, secret, "acc").allowed


def test_only_one_trial(container: Container, shop: dict[str, int], alice: int) -> None:
    start(container, alice, [shop["crm-connector"]])
    assert refused(container, alice, [shop["mail-connector"]]) == "TRIAL_USED"
    assert len(rows(container, Subscription)) == 1


def test_twice_at_once_is_once(container: Container, shop: dict[str, int], alice: int) -> None:
    outcomes = at_once(*[lambda: start(container, alice, [shop["crm-connector"]])] * 8)
    assert len(outcomes.results) == 1
    assert outcomes.refusals == ["TRIAL_USED"] * 7
    assert len(rows(container, Subscription)) == len(rows(container, ApiKey)) == 1


def test_what_may_not_be_tried(container: Container, shop: dict[str, int], alice: int) -> None:
    draft = create_connector(container, "draft-connector", status=ConnectorStatus.DRAFT)
    retired = create_connector(container, "retired-connector", status=ConnectorStatus.RETIRED)
    closed = create_connector(container, "closed-connector", trial_eligible=False)
    for connector_id in (shop["premium-connector"], draft, retired, closed, 10**9):
        assert refused(container, alice, [shop["crm-connector"], connector_id]) == "TRIAL_NOT_ELIGIBLE"
    assert refused(container, alice, []) == "TRIAL_NOTHING_CHOSEN"
    assert rows(container, Customer)[0].trial_started_at is None


def test_nothing_before_activation(container: Container, shop: dict[str, int]) -> None:
    newcomer = create_customer(container, "new@example.com", status=CustomerStatus.UNCONFIRMED)
    assert refused(container, newcomer, [shop["crm-connector"]]) == "NOT_ACTIVATED"


def test_an_alias_of_the_address_gets_no_second_trial(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    start(container, alice, [shop["crm-connector"]])
    alias = create_customer(container, "alice+second@example.com")
    assert refused(container, alias, [shop["crm-connector"]]) == "TRIAL_USED"
    other = create_customer(container, "alice2@example.com")
    assert start(container, other, [shop["crm-connector"]])


def test_the_same_inn_gets_no_second_trial(container: Container, shop: dict[str, int], alice: int) -> None:
    start(container, alice, [shop["crm-connector"]])
    twin = create_customer(container, "twin@example.com")
    create_payer(container, twin)
    assert refused(container, twin, [shop["crm-connector"]]) == "TRIAL_USED"


def test_two_payers_without_an_inn_are_not_the_same(container: Container, shop: dict[str, int]) -> None:
    for email in ("one@example.com", "two@example.com"):
        person = create_customer(container, email)
        create_payer(container, person, kind=PayerKind.INDIVIDUAL, inn=None, kpp=None)
        assert start(container, person, [shop["crm-connector"]])


def test_the_same_card_gets_no_second_trial(container: Container, shop: dict[str, int], alice: int) -> None:
    buy(container, alice, "premium-connector")
    start(container, alice, [shop["crm-connector"]])
    twin = create_customer(container, "twin@example.com")
    create_payer(container, twin, inn="7707083893", kpp="770701001")
    buy(container, twin, "premium-connector")
    assert refused(container, twin, [shop["crm-connector"]]) == "TRIAL_USED"


def test_two_aliases_at_once_get_one_trial(container: Container, shop: dict[str, int]) -> None:
    aliases = [create_customer(container, f"eve+{number}@example.com") for number in range(8)]

    outcomes = at_once(*[partial(start, container, alias, [shop["crm-connector"]]) for alias in aliases])

    assert len(outcomes.results) == 1
    assert outcomes.refusals == ["TRIAL_USED"] * 7
