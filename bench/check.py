"""`make bench-check`: the subscription check against an empty Flask route on the same server."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import psutil

from app.embedded.instance import EmbeddedServers
from app.models.migration import upgrade_database
from bench.data import Question, fill
from config import PROJECT_DIRECTORY, Settings
from run import BLOCKING_THREADS

CUSTOMERS = 5000
SEED = 20260101
ROUNDS = 4
ROUND_SECONDS = 2.0
CONNECTIONS = 16
RESULT = PROJECT_DIRECTORY / "instance" / "bench" / "check.json"

Measured = dict[str, float]


def main() -> None:
    """Measure both in interleaved rounds; print a table and write instance/bench/check.json."""
    with tempfile.TemporaryDirectory(prefix="bpm-bench-") as name:
        directory = Path(name)
        with EmbeddedServers(directory, durable=False) as servers:
            say(f"Loading {CUSTOMERS} customers …")
            environment = production_environment(directory, servers)
            upgrade_database(servers.database_url)
            pepper = environment["API_KEY_PEPPER"].encode()
            questions = fill(servers.database_url, pepper, customers=CUSTOMERS, seed=SEED)
            files = {"nothing": directory / "nothing", "check": directory / "check"}
            files["nothing"].write_text("/nothing/ -")
            files["check"].write_text("\n".join(map(address, questions)))
            with server(environment) as (process, port):
                prove_answers(port, questions)
                rounds = measure(process, port, files)
    report({name: typical(each) for name, each in rounds.items()})


def production_environment(directory: Path, servers: EmbeddedServers) -> dict[str, str]:
    """Strict settings with secrets of their own; nothing of the caller's settings gets in."""
    kept = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    return kept | {
        "ENVIRONMENT": "production",
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "BASE_URL": "https://api.bpmcentr.ru",
        "TRUSTED_HOSTS": "127.0.0.1",
        "SMTP_URL": "smtp://127.0.0.1:25",
        "INSTANCE_DIRECTORY": str(directory / "instance"),
        **{name: secrets.token_urlsafe(48) for name in ("SECRET_KEY", "STAFF_SECRET_KEY", "API_KEY_PEPPER")},
    }


@contextmanager
def server(environment: Mapping[str, str]) -> Iterator[tuple[psutil.Process, int]]:
    """One worker of the production server on a free port; answers its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = ["--interface", "wsgi", "--port", str(port), "--blocking-threads", str(BLOCKING_THREADS)]
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "granian", *options, "--no-log", "bench.server:target"],
        cwd=PROJECT_DIRECTORY,
        env=dict(environment),
    )
    try:
        wait_ready(port)
        yield psutil.Process(process.pid), port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=15)


def wait_ready(port: int, seconds: float = 20.0) -> None:
    """Return when the server answers; TimeoutError after the time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if get(port, "/healthz")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server does not answer")


def get(port: int, path: str, key: str = "-") -> tuple[int, bytes]:
    """Status and body of one request."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
    response = connection.getresponse()
    status, body = response.status, response.read()
    connection.close()
    return status, body


def address(question: Question) -> str:
    """A line for the load generator."""
    query = urlencode({"connector": question.connector, "accountId": question.account})
    return f"/v1/subscription/check?{query} {question.key}"


def prove_answers(port: int, questions: list[Question]) -> None:
    """Only right answers are worth measuring: most are positive, a stranger's key gets none."""
    codes = []
    for question in questions[:200]:
        path, key = address(question).split(" ")
        body = json.loads(get(port, path, key)[1])
        assert body["allowed"] == (body["code"] == "OK"), body
        codes.append(body["code"])
    assert set(codes) == {"OK", "EXPIRED"}, codes
    assert codes.count("OK") > 150, codes
    path = address(questions[0]).split(" ")[0]
    assert json.loads(get(port, path, "bpm_prod_" + "x" * 32)[1])["code"] == "KEY_UNKNOWN"


def measure(process: psutil.Process, port: int, files: Mapping[str, Path]) -> dict[str, list[Measured]]:
    """Interleaved rounds, so that whatever else the machine does meets both alike."""
    results: dict[str, list[Measured]] = {name: [] for name in files}
    for number in range(ROUNDS + 1):
        for name, file in files.items():
            measured = one_round(process, port, file)
            if number:  # the first one only warms up
                results[name].append(measured)
    return results


def one_round(process: psutil.Process, port: int, file: Path) -> Measured:
    """What one burst of load cost."""
    before = processor_seconds(process)
    command = [sys.executable, "-m", "bench.load", str(port), str(file), str(ROUND_SECONDS), str(CONNECTIONS)]
    output = subprocess.run(  # noqa: S603 - our own program
        command, cwd=PROJECT_DIRECTORY, stdout=subprocess.PIPE, check=True
    ).stdout
    measured: Measured = json.loads(output)
    assert not measured["refused"], f"{measured['refused']} answers were not 200"
    measured["cpu_us"] = 1e6 * (processor_seconds(process) - before) / measured["requests"]
    measured["per_second"] = measured["requests"] / measured["seconds"]
    return measured


def processor_seconds(process: psutil.Process) -> float:
    """User and system time of the server with its workers; PostgreSQL and Redis are not in it."""
    times = [each.cpu_times() for each in [process, *process.children(recursive=True)]]
    return sum(each.user + each.system for each in times)


def typical(rounds: list[Measured]) -> Measured:
    """The median of every figure."""
    return {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}


def report(results: Mapping[str, Measured]) -> None:
    """Print the table and write the file."""
    nothing, check = results["nothing"], results["check"]
    ratios = {
        "requests_per_second": round(check["per_second"] / nothing["per_second"], 4),
        "cpu": round(nothing["cpu_us"] / check["cpu_us"], 4),
    }
    say(f"\n{'':<28}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'CPU µs/request':>16}")
    for title, each in (("empty Flask route", nothing), ("subscription check", check)):
        say(
            f"{title:<28}{each['per_second']:>12.0f}{each['p50_ms']:>9.2f}{each['p99_ms']:>9.2f}{each['cpu_us']:>16.0f}"
        )
    say(
        f"\nThe check makes {ratios['requests_per_second']:.2f} of the empty route's requests a second, "
        f"{ratios['cpu']:.2f} by processor time.\n"
        f"Medians of {ROUNDS} rounds, one worker, {CONNECTIONS} connections."
    )
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps({"ratios": ratios, "results": results}, indent=2) + "\n", encoding="utf-8")
    say(f"Written to {RESULT.relative_to(PROJECT_DIRECTORY)}.")


def say(line: str) -> None:
    """To the person at the terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
