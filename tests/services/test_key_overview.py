"""What a customer sees of the keys: ends and usage, in as many queries for many as for one (E3)."""

from datetime import date, timedelta

from sqlalchemy import event

from app.billing.actors import Actor
from app.billing.api_key import KeyLabel
from app.bootstrap import Container
from app.models import CheckUsage
from app.repositories.api_keys import KeyUsage
from app.services.api_keys import create_key, deactivate_key
from app.services.key_overview import KeyOverview, key_of_customer, keys_of_customer
from app.services.key_rotation import rotate_key
from tests.clock import ManualClock
from tests.factories import buy, create_customer, production_key, shown_key, trial_key

TODAY = date(2026, 3, 2)


def new_key(container: Container, customer_id: int) -> int:
    return create_key(
        container.transactions,
        actor=Actor.customer(customer_id),
        customer_id=customer_id,
        label=KeyLabel("Ключ"),
        now=container.clock.now(),
    )


def checked(container: Container, api_key_id: int, day: date, allowed: int, denied: int, what: str) -> None:
    with container.transactions.begin(Actor.system("test")) as work:
        work.session.add(
            CheckUsage(
                day=day,
                api_key_id=api_key_id,
                connector=what,
                make_account="acc",
                allowed=allowed,
                denied=denied,
            )
        )


def overview(container: Container, customer_id: int) -> list[KeyOverview]:
    with container.transactions.reading() as repositories:
        return list(keys_of_customer(repositories, customer_id, container.clock.now()))


def test_the_checks_of_the_last_30_days_are_summed_by_key(container: Container, alice: int) -> None:
    busy, quiet, idle = (new_key(container, alice) for _ in range(3))
    checked(container, busy, TODAY, 10, 1, "crm-connector")
    checked(container, busy, TODAY, 5, 0, "mail-connector")
    checked(container, busy, TODAY - timedelta(days=29), 100, 20, "crm-connector")
    checked(container, busy, TODAY - timedelta(days=30), 1000, 1000, "crm-connector")
    checked(container, quiet, TODAY - timedelta(days=3), 0, 7, "crm-connector")

    found = {each.key.id: each.usage for each in overview(container, alice)}

    assert found == {busy: KeyUsage(115, 21), quiet: KeyUsage(0, 7), idle: KeyUsage(0, 0)}
    with container.transactions.reading() as repositories:
        one = key_of_customer(repositories, alice, busy, container.clock.now())
    assert one.usage == KeyUsage(115, 21)


def test_nobody_sees_anothers_keys(container: Container, alice: int) -> None:
    new_key(container, alice)
    assert overview(container, create_customer(container, "eve@example.com")) == []


def test_a_longer_list_costs_no_more_queries(container: Container, clock: ManualClock, alice: int) -> None:
    def asked() -> int:
        statements: list[str] = []

        def note(_c: object, _u: object, statement: str, *_rest: object) -> None:
            statements.append(statement)

        event.listen(container.engine, "before_cursor_execute", note)
        assert overview(container, alice)
        event.remove(container.engine, "before_cursor_execute", note)
        assert sum("check_usage" in statement for statement in statements) == 1
        return len(statements)

    def more(count: int) -> None:
        for _ in range(count):
            api_key_id = new_key(container, alice)
            shown_key(container, alice, api_key_id)
            checked(container, api_key_id, TODAY, 1, 1, "crm-connector")
            rotate_key(
                container.transactions,
                actor=Actor.customer(alice),
                customer_id=alice,
                api_key_id=api_key_id,
                overlap=timedelta(hours=1),
                now=clock.now(),
            )

    more(1)
    few = asked()
    more(5)

    assert asked() == few
    assert few <= 4


def test_the_end_of_a_key_is_known_when_it_is(
    container: Container, clock: ManualClock, shop: dict[str, int], alice: int
) -> None:
    start = clock.now()
    trial_key(container, alice, [shop["crm-connector"]])
    (temporary,) = overview(container, alice)
    assert (temporary.works_until, temporary.expired) == (start + timedelta(days=7), False)

    buy(container, alice, "crm-connector")
    permanent, temporary = overview(container, alice)
    assert (permanent.works_until, temporary.works_until) == (None, None)

    production_key(container, alice)
    permanent, temporary = overview(container, alice)
    assert (permanent.works_until, temporary.works_until) == (None, start + timedelta(days=14))

    clock.advance(days=14)
    permanent, temporary = overview(container, alice)
    assert (permanent.expired, temporary.expired) == (False, True)


def test_a_key_that_is_off_is_still_listed(container: Container, alice: int) -> None:
    api_key_id = new_key(container, alice)
    deactivate_key(
        container.transactions,
        actor=Actor.customer(alice),
        customer_id=alice,
        api_key_id=api_key_id,
        reason="утерян",
        now=container.clock.now(),
    )
    assert [each.key.id for each in overview(container, alice)] == [api_key_id]
