"""Starts the product: `python run.py web|api|worker|scheduler`, or `demo` for everything on one machine.

`run.app` is the Flask object of portal, public API and back-office, made when it is first asked for.
Each role imports only what it needs: the scheduler no Flask, the demo's parent nothing of the product.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.embedded.environment_file import write_environment_file
from app.embedded.errors import EmbeddedError
from app.embedded.instance import EmbeddedServers
from app.embedded.local_instance import InstancePlan, LocalInstance
from app.embedded.parent_watch import ParentWatch
from app.embedded.port import require_free_port
from config import DEMO_ENVIRONMENT_FILE, PROJECT_DIRECTORY, Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

BLOCKING_THREADS = 8  # of each web process; the pool of database connections is as large
WORKER_KILL_SECONDS = 10
DEMO_SECRETS = ("SECRET_KEY", "STAFF_SECRET_KEY", "API_KEY_PEPPER", "TEST_ACQUIRER_WEBHOOK_SECRET")
DEMO_OVERRIDES = (
    "BASE_URL", "TRUSTED_HOSTS", "HOST", "WEB_PROCESSES", "LOG_FORMAT", "LOG_LEVEL",
    "STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_WEBHOOK_SECRET_PREVIOUS",
    "PAYPAL_CLIENT_ID", "PAYPAL_CLIENT_SECRET", "PAYPAL_WEBHOOK_ID", "PAYPAL_ENVIRONMENT",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    """Make `app` (for Flask's commands), `web_target` and `api_target` (for the server) when asked for."""
    if name == "app":
        return _public_app()
    if name == "web_target":
        _back_office()  # before the first request, not during it
        return _public_app().wsgi_app
    if name == "api_target":
        return _api()
    raise AttributeError(name)


@cache
def _public_app() -> Flask:
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    from app import create_public_app
    from app.bootstrap import get_container

    try:
        app = create_public_app(get_container())
    except SettingsError:
        return _commands_alone()
    mounted = DispatcherMiddleware(app.wsgi_app, {"/admin": _answer_back_office})
    app.wsgi_app = mounted  # type: ignore[method-assign]  # Flask's documented way to wrap an application
    return app


def _commands_alone() -> Flask:
    """Without settings there is no product: no page answers, and only commands that need none work."""
    from flask import Flask, abort

    from app.cli import bpm

    app = Flask("bpm-centr")
    app.cli.add_command(bpm)
    app.before_request(lambda: abort(503))
    return app


@cache
def _back_office() -> WSGIApplication:
    from app import create_back_office_app
    from app.bootstrap import get_container

    return create_back_office_app(get_container()).wsgi_app


@cache
def _api() -> WSGIApplication:
    from app import create_api_app
    from app.bootstrap import get_container

    return create_api_app(get_container()).wsgi_app


def _answer_back_office(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    # The back-office takes seconds to load, and commands never need it.
    return _back_office()(environ, start_response)


def _serve(role: str) -> None:
    from granian import Granian
    from granian.constants import Interfaces

    settings = _settings()
    if role == "web":
        _confirm_providers(settings)
    require_free_port(settings.host, settings.port)
    os.chdir(PROJECT_DIRECTORY)
    # The target is loaded in each process after the fork, so no connection is ever shared.
    Granian(
        f"run:{role}_target",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_processes,
        blocking_threads=BLOCKING_THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=WORKER_KILL_SECONDS,
        process_name=f"bpm {role}",
    ).serve()


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def _confirm_providers(settings: Settings) -> None:
    """Stop a role that would mix test and live payments or has a schema that is none.

    Asked before the fork, so that nothing stays open.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from app.bootstrap import build_container

    container = build_container(settings)
    try:
        _ = container.exchange_writer
        _ = container.providers
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    except SQLAlchemyError:
        return  # the database is away; nothing is charged before it is back, and then it is asked
    finally:
        if "engine" in vars(container):
            container.engine.dispose()


def _name_process(role: str) -> None:
    from setproctitle import setproctitle

    setproctitle(f"bpm {role}")


def _stop_on_signals() -> threading.Event:
    """An event that SIGINT, SIGTERM and SIGHUP set, also where a shell started us with SIGINT ignored."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    return stop


@click.group(help=__doc__)
def main() -> None:
    """The command line."""


@main.command()
def web() -> None:
    """Portal, public API and back-office."""
    _serve("web")


@main.command()
def api() -> None:
    """The public API alone."""
    _serve("api")


@main.command()
def worker() -> None:
    """Runs queued jobs; SIGTERM lets the present one end."""
    from app.bootstrap import build_container
    from app.jobs.worker import run_worker

    settings = _settings()
    _confirm_providers(settings)
    _name_process("worker")
    run_worker(build_container(settings))


@main.command()
def scheduler() -> None:
    """Relays the outbox and starts what is due; several are harmless."""
    from app.bootstrap import build_container
    from app.jobs.scheduler import run_scheduler

    settings = _settings()
    _confirm_providers(settings)
    _name_process("scheduler")
    run_scheduler(build_container(settings), _stop_on_signals())


@main.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from app.models.migration import upgrade_database

    upgrade_database(_settings().database_url)


@main.command(hidden=True)
def prepare() -> None:
    """Bring the demo's database to the newest schema and fill it with demo data; the demo's first step."""
    import json
    from dataclasses import asdict

    from app import create_back_office_app
    from app.bootstrap import build_container
    from app.demo.seed import NotADemo, seed_demo
    from app.embedded.environment_file import write_private_file
    from app.models.migration import upgrade_database
    from app.views import create_staff_user, sync_permissions

    settings = _settings()
    upgrade_database(settings.database_url)
    container = build_container(settings)
    try:
        accounts = seed_demo(container)
    except NotADemo as error:
        raise click.ClickException(str(error)) from None
    back_office = create_back_office_app(container)
    sync_permissions(back_office)
    for role, login in accounts.staff.items():
        create_staff_user(back_office, role=role, **login.details())
    write_private_file(settings.instance_directory / "demo.prepared.json", json.dumps(asdict(accounts)))


@main.command()
@click.option(
    "--with-parent", is_flag=True, help="Also stop when the parent process, e.g. make, has stopped."
)
def demo(*, with_parent: bool) -> None:
    """Everything on this machine, with private servers and demo data in instance/."""
    started = time.monotonic()
    stop = _stop_on_signals()
    if with_parent:
        _watch_parent(stop)
    try:
        plan, servers = _demo_plan(os.environ)
        instance = LocalInstance(plan, servers, stop, click.echo)
        healthy = instance.run(lambda announcement: _show(announcement, time.monotonic() - started))
    except EmbeddedError as error:
        raise click.ClickException(str(error)) from None
    click.echo("Stopped.")
    sys.exit(0 if healthy else 1)


def _demo_plan(environ: Mapping[str, str]) -> tuple[InstancePlan, EmbeddedServers]:
    port = environ.get("PORT") or "8000"
    if not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise EmbeddedError(f"PORT must be a number from 1 to 65535, not {port!r}.")
    host = environ.get("HOST") or "127.0.0.1"
    require_free_port(host, int(port))
    directory = Path(environ.get("INSTANCE_DIRECTORY") or PROJECT_DIRECTORY / "instance").resolve()
    servers = EmbeddedServers(directory)
    values = {
        "ENVIRONMENT": "demo",
        "INSTANCE_DIRECTORY": str(directory),
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "HOST": host,
        "PORT": port,
        "BASE_URL": f"http://127.0.0.1:{port}",
        "TRUSTED_HOSTS": "127.0.0.1,localhost",
        "ACQUIRER": "test",
        "CLOCK_MOVABLE": "true",
        "LOG_FORMAT": "console",
    }
    values |= {name: environ[name] for name in DEMO_OVERRIDES if environ.get(name)}
    written = write_environment_file(directory / DEMO_ENVIRONMENT_FILE, values, DEMO_SECRETS)
    own = {name: value for name, value in environ.items() if name.lower() not in Settings.model_fields}
    plan = InstancePlan(
        directory=directory,
        program=(sys.executable, str(Path(__file__).resolve())),
        environment=own | written | {"PYTHONUNBUFFERED": "1"},
        base_url=values["BASE_URL"],
        ready_url=f"http://127.0.0.1:{port}/readyz",
    )
    return plan, servers


def _watch_parent(stop: threading.Event) -> None:
    watch = ParentWatch()

    def look() -> None:
        while not stop.wait(0.3):
            if watch.wants_end():
                stop.set()

    threading.Thread(target=look, daemon=True).start()


def _show(announcement: Mapping[str, object], seconds: float) -> None:
    base_url = announcement["base_url"]
    click.echo(
        f"\nReady in {seconds:.1f} s.\n\n  Portal       {base_url}/\n  Back-office  {base_url}/admin/\n"
    )
    for name, value in announcement.items():
        if isinstance(value, dict):
            login = value.get("username") or value.get("email")
            click.echo(f"  {name:<12} {login}  {value.get('password')}")
    click.echo(
        "\nAll of it stands in instance/demo.json, the logs in instance/log/. Ctrl-C stops everything."
    )


if __name__ == "__main__":
    main()
