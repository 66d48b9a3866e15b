"""One of several processes that issue receipts at the same time; its own program, its own connections."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from random import Random

from app.billing.actors import Actor
from app.bootstrap import Container, build_container
from app.services.issuing.receipts import issue_payment_receipts
from app.services.unit_of_work import UnitOfWork
from config import load_settings

ACTOR = Actor.system("documents")
CHUNK = 5
UNDONE = 0.1
"""On this share of the transactions the process changes its mind after everything is written."""


class Undone(Exception):
    """The transaction ends in a rollback."""


def main(database_url: str, redis_url: str, folder: str, seed: str) -> None:
    """Issue what is due, chunk by chunk in an order of one's own, until nothing is."""
    container = build_container(
        load_settings(
            {
                "ENVIRONMENT": "test",
                "DATABASE_URL": database_url,
                "REDIS_URL": redis_url,
                "BASE_URL": "http://localhost",
                "SECRET_KEY": "portal-cookie-of-the-tests",
                "STAFF_SECRET_KEY": "staff-cookie-of-the-tests",
                "API_KEY_PEPPER": "pepper-of-the-tests",
                "INSTANCE_DIRECTORY": folder,
            }
        )
    )
    chance, undone = Random(int(seed)), 0  # noqa: S311 - nothing secret
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    while due := _due(container):
        chance.shuffle(due)
        for start in range(0, len(due), CHUNK):
            undone += not _issue(container, due[start : start + CHUNK], undo=chance.random() < UNDONE)
    sys.stdout.write(f"{undone}\n")
    container.engine.dispose()


def _due(container: Container) -> list[int]:
    with container.transactions.reading() as repositories:
        return list(repositories.undocumented.payments())


def _issue(container: Container, payment_ids: Sequence[int], *, undo: bool) -> bool:
    """Whether it stands; an undone one has taken its numbers and gives them back."""
    try:
        with container.transactions.begin(ACTOR) as work:
            issue_payment_receipts(work, payment_ids, container.wall_clock.now())
            _change_mind(work, undo)
    except Undone:
        return False
    return True


def _change_mind(work: UnitOfWork, undo: bool) -> None:
    if undo:
        work.session.flush()
        work.write_records()
        raise Undone


if __name__ == "__main__":
    main(*sys.argv[1:])
