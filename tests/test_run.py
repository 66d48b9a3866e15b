"""The command line of run.py, as far as it needs no running product."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "run.py", *arguments],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"]} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_busy_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        done = run("demo", PORT=str(port), INSTANCE_DIRECTORY=str(tmp_path / "instance"))

    assert done.returncode == 1
    assert f"Port {port} is in use by another program" in done.stderr
    assert not (tmp_path / "instance").exists()


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    done = run("demo", PORT=port, INSTANCE_DIRECTORY=str(tmp_path))

    assert done.returncode == 1
    assert "PORT must be a number from 1 to 65535" in done.stderr


@pytest.mark.parametrize("role", ["web", "api", "worker", "scheduler"])
def test_every_role_refuses_bad_settings(tmp_path: Path, role: str) -> None:
    done = run(role, ENVIRONMENT="production", SECRET_KEY="short", INSTANCE_DIRECTORY=str(tmp_path))

    assert done.returncode == 1
    assert "SECRET_KEY: must have 32 characters or more" in done.stderr
    assert "DATABASE_URL: must be set" in done.stderr
    assert "Traceback" not in done.stderr


def flask(*arguments: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "run", "bpm", *arguments],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "INSTANCE_DIRECTORY": str(tmp_path / "nothing")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_without_settings_a_command_that_needs_them_says_so(tmp_path: Path) -> None:
    done = flask("doctor", tmp_path=tmp_path)

    assert done.returncode == 1
    assert "No settings found" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_settings_a_command_that_needs_none_works(tmp_path: Path) -> None:
    done = flask("simulate", "--help", tmp_path=tmp_path)

    assert done.returncode == 0
    assert "--seed" in done.stdout
