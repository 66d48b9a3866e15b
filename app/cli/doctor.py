"""`bpm doctor`: looks at everything the product needs, and says what is wrong in words."""

from __future__ import annotations

import ctypes.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click
from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.bootstrap import Container
from app.cli.output import answer, as_json, container_of
from app.models import SchedulerTick
from app.models.migration import is_current
from config import SettingsError

TICK_AGE = timedelta(seconds=30)
LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz", "fontconfig")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one examination found; `advice` tells what to do when it is not well."""

    part: str
    well: bool
    advice: str = ""


def _settings(container: Container) -> Finding:
    # Bad settings stop every command before it starts; here they are known to be good.
    return Finding(f"settings ({container.settings.environment})", well=True)


def _database(container: Container) -> Finding:
    try:
        with container.reading_engine.connect():
            return Finding("database", well=True)
    except SQLAlchemyError as error:
        return Finding("database", False, f"can't be reached ({type(error).__name__}); see DATABASE_URL")


def _schema(container: Container) -> Finding:
    try:
        with container.reading_engine.connect() as connection:
            return Finding("schema", is_current(connection), "is old; run `python run.py migrate`")
    except SQLAlchemyError:
        return Finding("schema", False, "is unknown, since the database can't be reached")


def _redis(container: Container) -> Finding:
    try:
        return Finding("redis", bool(container.redis.ping()), "does not answer")
    except RedisError as error:
        return Finding("redis", False, f"can't be reached ({type(error).__name__}); see REDIS_URL")


def _worker(container: Container) -> Finding:
    try:
        running = Worker.count(connection=container.redis)
        return Finding("worker", running > 0, "none is running; start `python run.py worker`")
    except RedisError:
        return Finding("worker", False, "is unknown, since Redis can't be reached")


def _scheduler(container: Container) -> Finding:
    try:
        with container.reading_engine.connect() as connection:
            ran_at = connection.scalar(select(SchedulerTick.ran_at).where(SchedulerTick.task == "relay"))
    except SQLAlchemyError:
        return Finding("scheduler", False, "is unknown, since the database can't be reached")
    return Finding(
        "scheduler",
        _is_fresh(ran_at, container.wall_clock.now()),
        "has not run lately; start `python run.py scheduler`",
    )


def _is_fresh(ran_at: datetime | None, real_now: datetime) -> bool:
    return ran_at is not None and real_now - ran_at < TICK_AGE


def _providers(container: Container) -> Finding:
    try:
        names = ", ".join(sorted(container.providers)) or "none"
        return Finding(f"payment providers ({names})", well=True)
    except SettingsError as error:
        return Finding("payment providers", False, str(error))
    except SQLAlchemyError:
        return Finding("payment providers", False, "are unknown, since the database can't be reached")


def _documents(container: Container) -> Finding:
    folder = container.settings.documents_directory
    return Finding("documents folder", is_writable(folder), f"{folder} can't be written to")


def _mail(container: Container) -> Finding:
    folder = container.settings.mail_directory
    if folder is None:
        return Finding("mail (SMTP)", well=True)
    return Finding("mailbox folder", is_writable(folder), f"{folder} can't be written to")


def _pdf_libraries(_container: Container) -> Finding:
    missing = [name for name in LIBRARIES if ctypes.util.find_library(name) is None]
    return Finding("PDF libraries", not missing, f"missing: {', '.join(missing)}; run `make system-packages`")


def is_writable(folder: Path) -> bool:
    """Whether files can be made in the folder, or the folder itself where it is not there yet."""
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


EXAMINATIONS: tuple[Callable[[Container], Finding], ...] = (
    _settings, _database, _schema, _redis, _worker, _scheduler, _providers, _documents, _mail, _pdf_libraries,
)  # fmt: skip


@click.command()
@as_json
@click.pass_context
def doctor(context: click.Context, *, as_json: bool) -> None:
    """Examine settings, servers, schema, processes, folders and libraries; exit code 1 on trouble."""
    container = container_of(context)
    findings = [examine(container) for examine in EXAMINATIONS]
    well = all(finding.well for finding in findings)
    document = {
        "well": well,
        "findings": [
            {"part": each.part, "well": each.well, "advice": None if each.well else each.advice}
            for each in findings
        ],
    }
    lines = [f"{'ok  ' if each.well else 'BAD '} {each.part}{_advice(each)}" for each in findings]
    answer(document, "\n".join(lines), as_json=as_json)
    context.exit(0 if well else 1)


def _advice(finding: Finding) -> str:
    return "" if finding.well else f": {finding.advice}"
