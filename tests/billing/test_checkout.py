"""Which subscription a line of the cart is for."""

from dataclasses import replace

import pytest

from app.billing.checkout import AlreadySubscribed, OrderPending, WantedSubscription, subscription_for
from app.billing.entitlement import SubscriptionFacts
from app.billing.subscription import PAID
from app.billing.subscription import SubscriptionStatus as Status
from tests.billing.facts import CRM, ELSEWHERE, HERE, MAIL, active, pending, trial

ANY_ACCOUNT = WantedSubscription(CRM, None)
THIS_ACCOUNT = WantedSubscription(CRM, HERE)


def expired(**changes: object) -> SubscriptionFacts:
    return active(**({"status": Status.EXPIRED} | changes))


def numbered(*held: SubscriptionFacts) -> list[SubscriptionFacts]:
    return [replace(facts, subscription_id=number) for number, facts in enumerate(held, start=1)]


@pytest.mark.parametrize("wanted", [ANY_ACCOUNT, THIS_ACCOUNT])
def test_nothing_held_is_a_new_subscription(wanted: WantedSubscription) -> None:
    assert subscription_for(wanted, []) is None
    assert subscription_for(wanted, numbered(trial(connector=MAIL), expired(connector=MAIL))) is None


@pytest.mark.parametrize("account", [None, HERE])
@pytest.mark.parametrize("continued", [trial, expired])
def test_a_trial_or_an_ended_subscription_is_continued(continued: object, account: str | None) -> None:
    held = numbered(continued(make_account=account))  # type: ignore[operator]  # a maker of facts
    assert subscription_for(ANY_ACCOUNT, held) == 1
    assert subscription_for(THIS_ACCOUNT, held) == 1


def test_another_account_is_another_subscription() -> None:
    held = numbered(trial(make_account=ELSEWHERE), expired(make_account=ELSEWHERE))
    assert subscription_for(THIS_ACCOUNT, held) is None
    assert subscription_for(ANY_ACCOUNT, held) == 1


def test_the_trial_goes_before_an_ended_one() -> None:
    assert subscription_for(ANY_ACCOUNT, numbered(expired(), trial(), expired())) == 2
    assert subscription_for(THIS_ACCOUNT, numbered(expired(make_account=HERE), trial())) == 2


def test_among_equals_the_named_account_then_the_newest() -> None:
    assert subscription_for(THIS_ACCOUNT, numbered(expired(make_account=HERE), expired())) == 1
    assert subscription_for(ANY_ACCOUNT, numbered(expired(), expired(make_account=HERE))) == 1
    assert subscription_for(ANY_ACCOUNT, numbered(expired(), expired())) == 2


@pytest.mark.parametrize("status", sorted(PAID))
def test_a_live_paid_subscription_of_the_account_is_not_bought_twice(status: Status) -> None:
    held = numbered(active(status=status, make_account=HERE))
    with pytest.raises(AlreadySubscribed):
        subscription_for(THIS_ACCOUNT, held)
    assert subscription_for(WantedSubscription(CRM, ELSEWHERE), held) is None
    assert subscription_for(WantedSubscription(MAIL, HERE), held) is None
    assert subscription_for(ANY_ACCOUNT, held) is None


def test_an_unpaid_order_of_the_account_is_to_be_paid_instead() -> None:
    held = numbered(pending(make_account=HERE))
    with pytest.raises(OrderPending):
        subscription_for(THIS_ACCOUNT, held)
    assert subscription_for(ANY_ACCOUNT, held) is None
    assert subscription_for(WantedSubscription(CRM, ELSEWHERE), held) is None


def test_accounts_are_compared_byte_for_byte() -> None:
    held = numbered(active(make_account="Acc"))
    assert subscription_for(WantedSubscription(CRM, "acc"), held) is None
    assert subscription_for(WantedSubscription(CRM, "Acc "), held) is None


def test_two_lines_never_take_one_row() -> None:
    held = numbered(trial(), expired())
    assert subscription_for(ANY_ACCOUNT, held, taken=[1]) == 2
    assert subscription_for(ANY_ACCOUNT, held, taken=[1, 2]) is None


def test_what_stands_on_an_unpaid_invoice_is_not_sold_again() -> None:
    held = numbered(trial(make_account=HERE), expired())
    assert subscription_for(ANY_ACCOUNT, held, ordered=[1]) == 2
    assert subscription_for(ANY_ACCOUNT, held, ordered=[1, 2]) is None
    assert subscription_for(WantedSubscription(CRM, ELSEWHERE), held, ordered=[1]) == 2
    with pytest.raises(OrderPending):
        subscription_for(THIS_ACCOUNT, held, ordered=[1])
