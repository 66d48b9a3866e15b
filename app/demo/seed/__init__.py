"""The demo's data: one seller, twelve connectors, sixty customers and a year of their history.

Everything happens through the product's own use cases at instants of the past, so numbers, documents,
history and audit are real. The same start date always gives the same data, secrets excepted.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import exists, select, text

from app.billing.actors import Actor
from app.billing.api_key import ApiKeyKind
from app.billing.errors import Conflict
from app.bootstrap import Container
from app.demo.rates import make_up_rates
from app.demo.seed.accounts import (
    CustomerLogin,
    DemoAccounts,
    new_password,
    new_staff_login,
    read_accounts,
    write_accounts,
)
from app.demo.seed.cast import OF_COMPANIES, PLOTS
from app.demo.seed.catalogue import RELEASE_AGES, add_catalogue
from app.demo.seed.offers import add_promo_codes, price_changes
from app.demo.seed.outbox import rest_outbox
from app.demo.seed.people import DEMO_EMAIL, Profile, profiles
from app.demo.seed.person import Person
from app.demo.seed.seller import add_seller
from app.demo.seed.stage import Stage, open_stage
from app.demo.seed.statement import add_statement
from app.demo.seed.stories import DEMO_ACCOUNT, DEMO_CONNECTOR, DEMO_EXPIRED, DEMO_NOT_BOUGHT
from app.demo.seed.timeline import Story, Timeline
from app.demo.seed.usage import add_usage
from app.models import AuditEntry, Base, Customer, PayerKind
from app.services.sweep import sweep
from app.services.time_travel import next_event

SEED = 20260101
HISTORY = timedelta(days=365)
DAY = timedelta(days=1)
RECENTLY = timedelta(days=21)
SWEPT_WITHIN = timedelta(seconds=25)
STARTED, FINISHED = "demo.seed_started", "demo.seed_finished"

__all__ = ["DemoAccounts", "seed_demo"]


class NotADemo(Conflict):
    """The database holds data that the demo has not made, or its accounts file is lost."""

    code = "NOT_A_DEMO"


def seed_demo(container: Container) -> DemoAccounts:
    """Fill an empty database; a second time finds the data and changes nothing.

    A seed that was interrupted is thrown away and made anew. Raises NotADemo for a database with data of
    its own, or when the file with the accounts is lost.
    """
    directory = container.settings.instance_directory
    if _was_recorded(container, FINISHED):
        accounts = read_accounts(directory)
        if accounts is None:
            raise NotADemo("demo-accounts.json is lost: run `make clean` and start again")
        return accounts
    _make_room(container)
    accounts = _play_history(container)
    write_accounts(directory, accounts)
    _record(container, FINISHED)
    return accounts


def _was_recorded(container: Container, action: str) -> bool:
    with container.transactions.reading() as repositories:
        return bool(repositories.session.scalar(select(exists().where(AuditEntry.action == action))))


def _record(container: Container, action: str) -> None:
    with container.transactions.begin(Actor.system("demo")) as work:
        work.audit(action, "demo", 1, now=container.clock.now())


def _make_room(container: Container) -> None:
    """Throw away a seed that was interrupted; what somebody else has made is never touched."""
    if _was_recorded(container, STARTED):
        tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
        with container.transactions.begin(Actor.system("demo")) as work:
            work.session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    with container.transactions.reading() as repositories:
        if repositories.session.scalar(select(exists().where(Customer.id > 0))):
            raise NotADemo("the database holds customers that the demo has not made")
    _record(container, STARTED)


def _play_history(container: Container) -> DemoAccounts:
    now = container.clock.now()
    customer = CustomerLogin(DEMO_EMAIL, new_password())
    with open_stage(container, now - HISTORY) as stage:
        terms_version_id = add_seller(stage, now - timedelta(days=RELEASE_AGES[0]))
        make_up_rates(container, now - HISTORY, now)
        add_catalogue(stage, now)
        add_promo_codes(stage, now)
        people = _people(stage, terms_version_id, customer.password)
        timeline = Timeline(stage.clock, now)
        timeline.add(_sweeps(stage, now))
        timeline.add(price_changes(stage, now))
        for person, plot in zip(people, PLOTS, strict=True):
            timeline.add(plot(person, now))
        timeline.play()
        sweep(stage.billing_run(now))
        add_statement(stage, now)
        add_usage(stage, Random(SEED))  # noqa: S311 - made-up data, repeatable on purpose
        rest_outbox(stage, container.wall_clock.now(), DEMO_EMAIL)
        return _accounts(customer, people[0].keys[ApiKeyKind.PRODUCTION])


def _people(stage: Stage, terms_version_id: int, demo_password: str) -> list[Person]:
    return [
        Person(
            stage=stage,
            profile=profile,
            terms_version_id=terms_version_id,
            password=demo_password if profile.email == DEMO_EMAIL else new_password(),
            dice=Random(f"{SEED}:{profile.email}"),  # noqa: S311 - made-up data, repeatable on purpose
        )
        for profile in _in_order_of_plots()
    ]


def _in_order_of_plots() -> list[Profile]:
    """The visitor's own account and the companies first, the others shuffled: every kind of customer meets
    every story that is for anybody.
    """
    first, *others = profiles()
    Random(SEED).shuffle(others)  # noqa: S311 - made-up data, repeatable on purpose
    companies = [each for each in others if each.payer.kind is PayerKind.COMPANY][: len(OF_COMPANIES)]
    return [first, *companies, *(each for each in others if each not in companies)]


def _sweeps(stage: Stage, now: datetime) -> Story:
    """A sweep within a minute of everything that falls due, as the scheduler makes it: what an idle one
    costs is saved. In the last weeks one every day besides, for what the stored dates don't tell.
    """
    swept = stage.now
    while True:
        event = next_event(stage.transactions, now=swept)
        due = now if event is None else event + SWEPT_WITHIN
        if due <= stage.now or (stage.now > now - RECENTLY and stage.now - swept >= DAY):
            sweep(stage.billing_run(stage.now))
            swept = stage.now
        else:
            yield min(due, stage.now + DAY)  # what customers do meanwhile may fall due earlier


def _accounts(customer: CustomerLogin, api_key: str) -> DemoAccounts:
    return DemoAccounts(
        admin=new_staff_login("admin"),
        support=new_staff_login("support"),
        finance=new_staff_login("finance"),
        auditor=new_staff_login("auditor"),
        customer=customer,
        api_key=api_key,
        connector=DEMO_CONNECTOR,
        make_account=DEMO_ACCOUNT,
        connector_not_bought=DEMO_NOT_BOUGHT,
        connector_expired=DEMO_EXPIRED,
    )
