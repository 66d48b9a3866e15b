"""One whole demo in real processes, and a browser that nothing escapes: console, errors, foreign hosts."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

PROJECT = Path(__file__).parents[2]
CHROMIUMS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
START_SECONDS = 180
STOP_SECONDS = 60
ACTION_MILLISECONDS = 15_000


@dataclass
class Demo:
    """The running demo and what it announces."""

    announcement: dict[str, Any]

    @property
    def base_url(self) -> str:
        """The address of the portal."""
        return str(self.announcement["base_url"])

    def check(self, key: str, connector: str, account: str) -> dict[str, Any]:
        """What the check answers over HTTP, asked as a connector asks it."""
        query = urllib.parse.urlencode({"connector": connector, "accountId": account})
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{self.base_url}/v1/subscription/check?{query}", headers={"Authorization": f"Bearer {key}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own server
            document: dict[str, Any] = json.load(answer)
        return document


@dataclass
class Watched:
    """What the pages of a context did that they must not do."""

    host: str
    complaints: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Listen to every page of the context."""
        context.on("console", lambda message: self._console(message.type, message.text, message.page))
        context.on("weberror", lambda error: self.complaints.append(f"script error: {error.error}"))
        context.on("request", self._request)

    def _console(self, kind: str, text: str, page: Page | None) -> None:
        # The status of a page is looked at where it is opened; Chromium repeats it on the console.
        if kind == "error" and not text.startswith("Failed to load resource"):
            self.complaints.append(f"console: {text} on {page.url if page else 'a closed page'}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.netloc != self.host:
            self.complaints.append(f"request to {request.url}")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`make run` in a folder of its own, stopped by Ctrl-C at the end; nothing may be left running."""
    directory = tmp_path_factory.mktemp("e2e") / "instance"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "run.py", "demo", "--with-parent"],
        cwd=PROJECT,
        env=own | {"PORT": str(port), "INSTANCE_DIRECTORY": str(directory)},
        stdin=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: (directory / "demo.json").exists() or process.poll() is not None, START_SECONDS)
        assert process.poll() is None, "the demo did not start"
        yield Demo(json.loads((directory / "demo.json").read_text()))
    finally:
        process.send_signal(signal.SIGINT)
        exit_code = process.wait(STOP_SECONDS)
    assert exit_code == 0


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    executable = next(path for path in CHROMIUMS if Path(path).exists())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


OpenContext = Callable[..., BrowserContext]


@pytest.fixture
def open_context(browser: Browser, demo: Demo) -> Iterator[OpenContext]:
    """Makes browser contexts with cookies of their own; at the end none of their pages may have sinned."""
    watched = Watched(urlsplit(demo.base_url).netloc)
    opened: list[BrowserContext] = []

    def open_context(**options: Any) -> BrowserContext:
        context = browser.new_context(base_url=demo.base_url, locale="ru-RU", **options)
        context.set_default_timeout(ACTION_MILLISECONDS)
        watched.watch(context)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()
    assert watched.complaints == []


def wait_until(happened: Callable[[], bool], seconds: float) -> None:
    """Wait for something that a background process does."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"it did not happen in {seconds:g} s"
        time.sleep(0.2)
