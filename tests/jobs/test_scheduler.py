"""The scheduler's loop: every task in its turn, several schedulers harmless (design §2.12)."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.exc import OperationalError

from app.billing.errors import Conflict
from app.billing.payment import AttemptState, ChargeOutcome, OutcomeKind
from app.bootstrap import Container
from app.jobs import scheduler
from app.jobs.scheduler import TIMETABLE, Task, run_due, run_scheduler
from app.models import OutboxMessage, OutboxStatus, PaymentAttempt, SchedulerTick
from tests.clock import ManualClock
from tests.factories import FACTORY, mails, order, rows, trial_key
from tests.parallel import at_once
from tests.payments.gateways import ScriptedGateway
from tests.services.charges import PRICE, charge, opened, states, taken, with_gateway


@pytest.fixture
def ran() -> list[str]:
    return []


@pytest.fixture
def timetable(monkeypatch: pytest.MonkeyPatch, ran: list[str]) -> None:
    """Two tasks that only say that they ran, and one that fails in between."""

    def fail(container: Container) -> None:
        ran.append("bad")
        raise Conflict(code="BROKEN")

    tasks = (
        Task("often", timedelta(seconds=1), lambda container: ran.append("often")),
        Task("bad", timedelta(seconds=1), fail),
        Task("seldom", timedelta(minutes=1), lambda container: ran.append("seldom")),
    )
    monkeypatch.setattr(scheduler, "TIMETABLE", tasks)


def set_ticks(container: Container, ago: timedelta) -> None:
    with container.transactions.begin(FACTORY) as work:
        for tick in work.session.query(SchedulerTick):
            tick.ran_at = container.wall_clock.now() - ago


@pytest.mark.usefixtures("timetable")
def test_every_task_runs_in_its_turn_and_a_failure_stops_no_other(
    container: Container, ran: list[str]
) -> None:
    run_due(container)
    assert ran == ["often", "bad", "seldom"]
    run_due(container)
    assert ran == ["often", "bad", "seldom"]
    set_ticks(container, timedelta(seconds=2))
    run_due(container)
    assert ran[3:] == ["often", "bad"]
    set_ticks(container, timedelta(minutes=2))
    run_due(container)
    assert ran[5:] == ["often", "bad", "seldom"]


@pytest.mark.usefixtures("timetable")
def test_two_schedulers_take_a_turn_once(container: Container, ran: list[str]) -> None:
    at_once(*[partial(run_due, container)] * 6)
    assert sorted(ran) == ["bad", "often", "seldom"]


@pytest.mark.usefixtures("timetable")
def test_it_runs_until_told_to_stop(container: Container, ran: list[str]) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=run_scheduler, args=(container, stop))
    thread.start()
    for _ in range(500):
        if "seldom" in ran:
            break
        threading.Event().wait(0.01)
    stop.set()
    thread.join(timeout=5)
    assert not thread.is_alive()
    assert ran[:3] == ["often", "bad", "seldom"]


def test_the_timetable() -> None:
    assert {task.name: task.every for task in TIMETABLE} == {
        "relay": timedelta(seconds=1),
        "janitor": timedelta(seconds=15),
        "method-setups": timedelta(minutes=5),
        "refunds": timedelta(seconds=15),
        "reconcile": timedelta(hours=1),
        "catalogue": timedelta(minutes=1),
        "sweep": timedelta(minutes=1),
        "bank-folder": timedelta(minutes=1),
        "invariants": timedelta(days=1),
        "fiscal-receipts": timedelta(minutes=1),
        "fiscal-offsets": timedelta(hours=1),
        "exchange_rates": timedelta(hours=1),
        "long-work": timedelta(minutes=10),
    }


def test_an_outage_of_the_database_is_survived(container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("connect", None, Exception("away"))

    monkeypatch.setattr(scheduler, "_claim", away)
    run_due(container)


def test_promised_work_reaches_the_queue(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    run_due(container)
    assert {row.status for row in rows(container, OutboxMessage)} == {OutboxStatus.RELAYED}
    assert container.redis.llen("rq:queue:documents") == 1


def test_the_sweep_runs_on_business_time(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    trial_key(container, alice, [shop["crm-connector"]])
    clock.advance(days=6)
    run_due(container)
    assert "trial_ending" in mails(container)


def make_old(container: Container, ago: timedelta = timedelta(hours=1)) -> None:
    with container.transactions.begin(FACTORY) as work:
        for attempt in work.session.query(PaymentAttempt):
            attempt.started_at = container.wall_clock.now() - ago


def test_the_janitor_settles_what_is_in_doubt(
    container: Container, alice: int, invoice_id: int, method_id: int
) -> None:
    _claim_and_die(container, invoice_id, method_id)
    assert states(container, invoice_id) == [AttemptState.STARTED]
    make_old(container)
    run_due(container)
    assert states(container, invoice_id) == [AttemptState.SUCCEEDED], "asked for under its own key"
    assert taken(container).count(PRICE) == 2, "once for the card that was saved, once now"


def test_the_janitor_gives_up_what_the_provider_has_forgotten(
    container: Container, alice: int, invoice_id: int, method_id: int
) -> None:
    _claim_and_die(container, invoice_id, method_id)
    make_old(container, timedelta(hours=25))
    run_due(container)
    assert states(container, invoice_id) == [AttemptState.ABANDONED]


def test_one_attempt_that_can_not_be_settled_holds_up_no_other(
    container: Container, alice: int, invoice_id: int, method_id: int
) -> None:
    _claim_and_die(container, invoice_id, method_id)
    with container.transactions.begin(FACTORY) as work:
        attempt = work.attempts.of_invoice(invoice_id)[0]
        attempt.provider = "a provider of last year"
        attempt.started_at -= timedelta(days=1)
    other = order(container, alice, "sheet-connector")
    page = opened(container, alice, other)
    container.test_acquirer.pay(str(page), "tok_visa")
    make_old(container)
    with container.transactions.begin(FACTORY) as work:
        work.attempts.of_invoice(invoice_id)[0].started_at -= timedelta(days=1)

    run_due(container)

    assert states(container, other) == [AttemptState.SUCCEEDED]
    assert states(container, invoice_id) == [AttemptState.STARTED]


def _claim_and_die(container: Container, invoice_id: int, method_id: int) -> None:
    """An attempt whose worker died before it asked the provider."""

    class Killed(BaseException):
        """The process is gone."""

    def die(request: object) -> None:
        raise Killed

    gateway = ScriptedGateway(ChargeOutcome(OutcomeKind.UNKNOWN), before_answer=die)
    with pytest.raises(Killed):
        charge(container, invoice_id, method_id, charging=with_gateway(container, gateway))
