"""Chance, time, the promise of access and series: the small parts of a story."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.billing.periods import Period
from app.simulation.access import PaidPeriod, Promise, should_have_access
from app.simulation.customers import Wish, company_inn
from app.simulation.dice import Dice
from app.simulation.faults import Fault, Faults
from app.simulation.job_queue import ForgetfulQueue
from app.simulation.journal import Violation
from app.simulation.kills import Killed, Kills
from app.simulation.report import Report
from app.simulation.series import append_result, read_results, scripts, totals
from app.simulation.story import Script
from app.simulation.timeline import Agenda, SimulatedClock

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def paid(start: timedelta, end: timedelta, paid_at: timedelta | None = None) -> PaidPeriod:
    return PaidPeriod(Period(NOW + start, NOW + end), NOW + (paid_at or start))


RUNNING = (paid(-10 * DAY, 20 * DAY),)
ENDED = (paid(-40 * DAY, -9 * DAY),)


@pytest.mark.parametrize(
    ("promise", "wish", "access"),
    [
        (Promise(None, (), None), Wish(), False),
        (Promise(NOW - 7 * DAY + timedelta(seconds=1), (), None), Wish(), True),
        (Promise(NOW - 7 * DAY, (), None), Wish(), False),
        (Promise(None, RUNNING, None), Wish(), True),
        (Promise(None, RUNNING, None), Wish(leaving_since=NOW), True),
        (Promise(None, RUNNING, None), Wish(closed_since=NOW), False),
        (Promise(None, RUNNING, None), Wish(closed_since=NOW - 11 * DAY), True),
        (Promise(None, ENDED, None), Wish(), True),
        (Promise(None, ENDED, None), Wish(leaving_since=NOW - 20 * DAY), False),
        (Promise(None, (paid(-40 * DAY, -10 * DAY),), None), Wish(), False),
        (Promise(None, ENDED, NOW - 10 * DAY), Wish(), False),
        (Promise(None, ENDED, NOW - 8 * DAY), Wish(), True),
        (Promise(NOW - DAY, (paid(5 * DAY, 35 * DAY, -DAY),), None), Wish(), True),
    ],
    ids=[
        "nothing",
        "trial",
        "trial over",
        "paid",
        "paid and leaving",
        "given up at once",
        "given up and paid again",
        "grace",
        "left",
        "grace over",
        "failed ten days ago",
        "failed eight days ago",
        "trial, and the next period is paid",
    ],
)
def test_who_should_have_access(promise: Promise, wish: Wish, access: bool) -> None:
    assert should_have_access(promise, wish, NOW) is access


def test_dice_follow_from_their_names_alone() -> None:
    one, other = Dice(1, "customer", 1), Dice(1).of("customer", 1)
    one.of("something else").whole(1, 6)

    assert [one.whole(1, 99) for _ in range(9)] == [other.whole(1, 99) for _ in range(9)]
    assert Dice(1, "a").whole(1, 10**9) != Dice(2, "a").whole(1, 10**9)


def test_things_happen_in_the_order_of_time_and_the_clock_never_goes_back() -> None:
    clock, seen = SimulatedClock(NOW), list[str]()
    agenda = Agenda(clock)

    def jump() -> None:
        seen.append("sooner")
        clock.move_on(5 * DAY)

    agenda.after(2 * DAY, lambda: seen.append("later"))
    agenda.after(DAY, jump)
    agenda.after(DAY, lambda: seen.append("at once after"))

    agenda.play_until(NOW + 3 * DAY)

    assert seen == ["sooner", "at once after", "later"]
    assert clock.now() == NOW + 6 * DAY


def test_without_faults_nothing_ever_strikes_and_nobody_dies() -> None:
    dice, faults = Dice(1), Faults(active=False)
    kills = Kills(SimulatedClock(), dice, faults)

    for _ in range(5000):
        kills("before_commit")

    assert not any(faults.strikes(Fault.WEBHOOK_LOST, dice) for _ in range(100))
    assert not kills.suffered


def test_with_faults_some_die_and_are_counted_and_at_rest_nobody_does() -> None:
    faults, died = Faults(active=True), 0
    kills = Kills(SimulatedClock(), Dice(1), faults)
    for _ in range(2000):
        try:
            kills("before_commit")
        except Killed:
            died += 1

    assert kills.suffered == {"before_commit": died}
    assert 0 < died < 200
    with faults.at_rest():
        for _ in range(2000):
            kills("before_commit")
    assert kills.suffered.total() == died


def test_the_queue_forgets_everything_at_once() -> None:
    queue = ForgetfulQueue()
    for message_id in (1, 2, 3):
        queue.enqueue(message_id, "short")

    assert queue.take() == 1
    assert queue.forget() == 2
    assert queue.take() is None


def test_companies_have_numbers_of_their_own() -> None:
    assert len({company_inn(number) for number in range(50)}) == 50


def report(seed: int, *violations: Violation) -> Report:
    return Report(
        seed=seed,
        customers=12,
        months=3,
        with_faults=True,
        digest="d",
        violations=list(violations),
        charges=5,
        taken={"RUB": 100},
        refunds=2,
        disputes=1,
        transfers=1,
        faults={"answer_lost": 2},
        kills={"before_commit": 3},
        deeds={},
        refusals={},
        checks={},
        mails={},
    )


def test_a_series_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    file, first = tmp_path / "torture" / "simulation.jsonl", Script(12, 3, 1, faults=True)
    append_result(file, report(2))
    with file.open("a") as cut_off:
        cut_off.write('{"seed": 3, "cust')

    left = [script.seed for script in scripts(first, 4, read_results(file))]

    assert left == [1, 3, 4]
    assert [script.seed for script in scripts(Script(12, 3, 1), 2, read_results(file))] == [1, 2]


def test_a_result_after_a_line_that_was_cut_off_counts(tmp_path: Path) -> None:
    file = tmp_path / "simulation.jsonl"
    file.write_text('{"seed": 3, "cust')
    append_result(file, report(4))

    assert [result["seed"] for result in read_results(file)] == [4]


def test_totals_count_lost_and_doubled_money_apart() -> None:
    played = [report(1), report(2, Violation("lost money", "x", NOW), Violation("INV9", "y", NOW))]

    assert totals([each.as_json() for each in played]) == {
        "stories": 2,
        "charges": 10,
        "transfers": 2,
        "faults": 4,
        "kills": 6,
        "lost_or_doubled": 1,
        "violations": 2,
        "seeds_with_violations": [2],
    }


def test_the_text_for_people_names_every_violation() -> None:
    text = report(1, Violation("lost money", "ch-1", NOW)).as_text()

    assert "violations 1" in text
    assert "2026-03-10 12:00 lost money: ch-1" in text
