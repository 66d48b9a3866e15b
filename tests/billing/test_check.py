"""The check: every row of the table of codes (design §5), the order of D3, and what never changes it."""

from dataclasses import replace
from datetime import datetime

import pytest

from app.billing.api_key import ApiKeyKind, ApiKeyStatus, KeyFacts, is_expired
from app.billing.check import KEY_UNKNOWN, CheckCode, CheckDecision, CheckFacts, decide, key_refusal
from app.billing.entitlement import SubscriptionFacts, grants_access, paid_since
from app.billing.subscription import SubscriptionStatus as Status
from tests.billing.facts import (
    CRM,
    DAY,
    ELSEWHERE,
    FORMER,
    HERE,
    INSTANT,
    LIVE_KEY,
    MAIL,
    NOW,
    active,
    any_holder,
    any_subscription,
    check_facts,
    many,
    pending,
    swept,
    trial,
)

END = NOW + 10 * DAY
TEMPORARY_KEY = KeyFacts(ApiKeyKind.TRIAL, ApiKeyStatus.ACTIVE, NOW, None)


def ask(
    *held: SubscriptionFacts, key: KeyFacts = LIVE_KEY, blocked: bool = False, now: datetime = NOW
) -> CheckDecision:
    return decide(check_facts(*held, key=key, blocked=blocked), CRM, HERE, now)


def yes(
    code: CheckCode,
    status: Status,
    until: datetime,
    grace: datetime | None = None,
    bind: int | None = None,
) -> CheckDecision:
    return CheckDecision(code, True, True, True, HERE, status, until, grace, bind)


def no(
    code: CheckCode,
    status: Status | None = None,
    account: str | None = None,
    until: datetime | None = None,
    active: bool = False,
    has_access: bool = False,
) -> CheckDecision:
    return CheckDecision(code, False, active, has_access, account, status, until)


def test_ok() -> None:
    assert ask(active(make_account=HERE)) == yes(CheckCode.OK, Status.ACTIVE, END)


def test_canceled_is_still_ok_to_the_end() -> None:
    canceled = active(make_account=HERE, status=Status.CANCELED, canceled_at=NOW - DAY)
    assert ask(canceled) == yes(CheckCode.OK, Status.CANCELED, END)
    assert ask(canceled, now=END - INSTANT).allowed


def test_trial() -> None:
    assert ask(trial(make_account=HERE)) == yes(CheckCode.TRIAL, Status.TRIAL, NOW + 3 * DAY)


@pytest.mark.parametrize("status", [Status.ACTIVE, Status.PAYMENT_PENDING, Status.SUSPENDED])
def test_grace(status: Status) -> None:
    late = active(make_account=HERE, status=status)
    assert ask(late, now=END - INSTANT) == yes(CheckCode.OK, status, END)
    assert ask(late, now=END) == yes(CheckCode.GRACE, status, END, END + 10 * DAY)
    assert not ask(late, now=END + 10 * DAY).allowed


def test_the_first_use_binds() -> None:
    assert ask(active()) == yes(CheckCode.OK, Status.ACTIVE, END, bind=1)
    assert ask(trial()).bind == 1


def test_what_is_priced_per_operation_is_counted_with_a_yes_alone() -> None:
    metered = active(make_account=HERE, metered=True)
    assert ask(metered) == replace(yes(CheckCode.OK, Status.ACTIVE, END), metered=1)
    first = ask(active(metered=True))
    assert (first.bind, first.metered) == (1, 1)
    assert ask(active(make_account=ELSEWHERE), metered).metered == 2
    assert ask(metered, blocked=True).metered is None
    assert ask(replace(metered, make_account=ELSEWHERE)).metered is None
    assert ask(replace(metered, status=Status.EXPIRED)).metered is None


def test_operations_that_are_not_paid_leave_a_grace_from_their_first_failure() -> None:
    unpaid = active(make_account=HERE, metered=True, status=Status.PAYMENT_PENDING, first_failed_at=NOW - DAY)
    assert ask(unpaid) == replace(
        yes(CheckCode.GRACE, Status.PAYMENT_PENDING, NOW - DAY, NOW + 9 * DAY), metered=1
    )
    assert ask(unpaid, now=NOW + 9 * DAY) == no(
        CheckCode.PAYMENT_REQUIRED, Status.EXPIRED, HERE, until=NOW - DAY
    )


def test_account_mismatch() -> None:
    refused = no(CheckCode.ACCOUNT_MISMATCH, Status.ACTIVE, ELSEWHERE, END, active=True, has_access=True)
    assert ask(active(make_account=ELSEWHERE)) == refused
    assert ask(active(make_account=HERE.upper())).code is CheckCode.ACCOUNT_MISMATCH
    assert ask(active(make_account=HERE + " ")).code is CheckCode.ACCOUNT_MISMATCH


def test_account_changed() -> None:
    moved = active(make_account=ELSEWHERE, previous_make_account=HERE)
    other = active(make_account=FORMER)
    assert ask(other, moved) == no(
        CheckCode.ACCOUNT_CHANGED, Status.ACTIVE, ELSEWHERE, END, active=True, has_access=True
    )


def test_a_mismatch_in_grace_tells_until_when() -> None:
    decision = ask(active(make_account=ELSEWHERE), now=END)
    assert (decision.valid_until, decision.grace_until, decision.allowed) == (END, END + 10 * DAY, False)


@pytest.mark.parametrize(
    ("others", "live"),
    [
        ([], False),
        ([active(connector=MAIL)], True),
        ([trial(connector=MAIL)], True),
        ([pending(connector=MAIL)], False),
        ([active(connector=MAIL, auto_renew=False, period_end=NOW)], False),
    ],
)
def test_not_subscribed_tells_whether_anything_else_is_live(
    others: list[SubscriptionFacts], live: bool
) -> None:
    assert ask(*others) == no(CheckCode.NOT_SUBSCRIBED, active=live)


LAPSED = {
    "a trial that is over": (trial(trial_ends_at=NOW), CheckCode.EXPIRED, NOW),
    "renewal off and the time over": (active(auto_renew=False, period_end=NOW), CheckCode.EXPIRED, NOW),
    "canceled and the time over": (
        active(status=Status.CANCELED, canceled_at=NOW - DAY, period_end=NOW),
        CheckCode.CANCELED,
        NOW,
    ),
    "renewal never charged": (active(period_end=NOW - 10 * DAY), CheckCode.PAYMENT_REQUIRED, NOW - 10 * DAY),
    "payment pending too long": (
        active(status=Status.PAYMENT_PENDING, first_failed_at=NOW - 10 * DAY),
        CheckCode.PAYMENT_REQUIRED,
        END,
    ),
    "suspended too long, renewal off": (
        active(status=Status.SUSPENDED, first_failed_at=NOW - 10 * DAY, auto_renew=False),
        CheckCode.PAYMENT_REQUIRED,
        END,
    ),
}


@pytest.mark.parametrize(("facts", "code", "until"), LAPSED.values(), ids=LAPSED.keys())
@pytest.mark.parametrize("account", [None, HERE, ELSEWHERE])
def test_lapsed(facts: SubscriptionFacts, code: CheckCode, until: datetime, account: str | None) -> None:
    facts = replace(facts, make_account=account)
    expected = no(code, Status.EXPIRED, account, until)
    assert ask(facts) == expected
    assert ask(swept(facts, NOW)) == expected


def test_pending() -> None:
    assert ask(pending()) == no(CheckCode.PENDING, Status.PENDING)
    assert ask(pending(make_account=HERE)) == no(CheckCode.PENDING, Status.PENDING, HERE)


def test_key_and_customer_refusals() -> None:
    held = active(make_account=HERE)
    revoked = replace(LIVE_KEY, status=ApiKeyStatus.DEACTIVATED)
    assert ask(held, key=revoked) == no(CheckCode.KEY_REVOKED)
    assert ask(held, key=revoked, blocked=True) == no(CheckCode.KEY_REVOKED)
    assert ask(held, blocked=True) == no(CheckCode.CUSTOMER_BLOCKED)
    assert ask(trial(make_account=HERE), key=TEMPORARY_KEY) == no(CheckCode.KEY_EXPIRED)
    assert no(CheckCode.KEY_UNKNOWN) == KEY_UNKNOWN


def test_a_temporary_key_opens_what_was_bought_during_the_trial() -> None:
    bought = active(make_account=HERE, first_paid_at=NOW - DAY)
    assert ask(bought, key=TEMPORARY_KEY).allowed
    shown = replace(TEMPORARY_KEY, production_key_shown_at=NOW)
    assert ask(bought, key=shown, now=NOW + 14 * DAY - INSTANT).allowed
    assert ask(bought, key=shown, now=NOW + 14 * DAY).code is CheckCode.KEY_EXPIRED


def test_the_order_of_d3() -> None:
    here, unbound = active(make_account=HERE), active()
    elsewhere, over = (
        active(make_account=ELSEWHERE),
        active(make_account=HERE, auto_renew=False, period_end=NOW),
    )
    assert ask(over, elsewhere, unbound, here).bind is None
    assert ask(over, elsewhere, unbound, here).code is CheckCode.OK
    assert ask(over, elsewhere, unbound).bind == 3
    assert ask(over, elsewhere).code is CheckCode.ACCOUNT_MISMATCH
    assert ask(over).code is CheckCode.EXPIRED


def test_of_lapsed_ones_that_of_this_account_answers_then_the_newest() -> None:
    here = active(make_account=HERE, auto_renew=False, period_end=NOW)
    elsewhere = replace(here, make_account=ELSEWHERE)
    assert ask(here, elsewhere).account_id == HERE
    assert ask(replace(elsewhere, make_account=FORMER), elsewhere).account_id == ELSEWHERE


def test_an_unbound_pending_order_is_never_bound() -> None:
    assert ask(pending()).bind is None
    assert ask(active(auto_renew=False, period_end=NOW)).bind is None


def test_yes_means_a_good_key_and_access_bound_here() -> None:
    for facts in many(any_holder, 1_500):
        decision = decide(facts, CRM, HERE, NOW)
        good = [each for each in facts.subscriptions if each.connector == CRM and grants_access(each, NOW)]
        bound_here = [each for each in good if each.make_account == HERE]
        unbound = [each.subscription_id for each in good if each.make_account is None]
        if decision.allowed:
            assert key_refusal(facts, NOW) is None
            assert decision.account_id == HERE
            assert bound_here or decision.bind in unbound
        assert decision.bind is None or (decision.allowed and not bound_here)


def test_a_paying_customer_is_let_through() -> None:
    for facts in many(any_holder, 1_500):
        good = [each for each in facts.subscriptions if each.connector == CRM and grants_access(each, NOW)]
        usable = any(each.make_account in (HERE, None) for each in good)
        expected = key_refusal(facts, NOW) is None and usable
        assert decide(facts, CRM, HERE, NOW).allowed is expected, facts


def test_the_answer_never_waits_for_the_sweep() -> None:
    for facts in many(any_holder, 1_500):
        key = facts.key
        if key.status is ApiKeyStatus.ACTIVE and is_expired(key, paid_since(facts.subscriptions, NOW), NOW):
            key = replace(key, status=ApiKeyStatus.EXPIRED)
        held = tuple(swept(each, NOW) for each in facts.subscriptions)
        after = CheckFacts(key, facts.customer_blocked, held)
        assert decide(after, CRM, HERE, NOW) == decide(facts, CRM, HERE, NOW), facts


def test_one_more_subscription_never_turns_yes_into_no() -> None:
    more = many(any_subscription, 1_500)
    allowed = 0
    for facts in many(any_holder, 1_500):
        if decide(facts, CRM, HERE, NOW).allowed:
            with_more = check_facts(*facts.subscriptions, next(more), key=facts.key)
            assert decide(with_more, CRM, HERE, NOW).allowed, with_more
            allowed += 1
    assert allowed > 150  # the sample says something


def test_the_three_fields_of_the_seed_follow_the_verdict() -> None:
    for facts in many(any_holder, 1_500):
        decision = decide(facts, CRM, HERE, NOW)
        passes = decision.active and decision.has_access and decision.account_id == HERE
        assert passes is decision.allowed, facts
