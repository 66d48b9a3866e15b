"""Rendering in a long-lived child process with limits of time, processor and memory (design §2.12).

WeasyPrint reads texts of strangers; a document that is too much for it must cost one document and not
a worker. The child knows no secrets, is restarted after every failure and dies with its parent.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from app.billing.documents.files import NOTHING_ENCLOSED, DocumentStoreUnavailable, Enclosures
from app.billing.documents.snapshot import PrintedDocument
from app.billing.rendering import RenderingFailed
from app.documents.renderer_frames import (
    DISK_FULL_STATUS,
    READY,
    ChildSettings,
    pdf_of,
    read_frame,
    request_for,
    write_frame,
)

_PROJECT = Path(__file__).resolve().parents[2]
_INHERITED_VARIABLES = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
)
"""What finding Pango and fonts may need; everything else, secrets above all, stays with the parent."""


@dataclass(frozen=True, slots=True)
class RendererLimits:
    """What one document may cost; the largest allowed one takes about 6 s and 350 MB of address space."""

    wall_seconds: float = 30
    cpu_seconds: int = 20
    memory_bytes: int = 1 << 30


class RendererProcess:
    """A renderer of documents in a child process, started at the first document.

    May be shared by threads (one document at a time) and survives a fork of its owner: the forked
    process starts a child of its own.
    """

    def __init__(
        self, limits: RendererLimits | None = None, child_module: str = "app.documents.renderer_child"
    ) -> None:
        self._limits = limits or RendererLimits()
        self._child_module = child_module
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def render(self, document: PrintedDocument, enclosures: Enclosures = NOTHING_ENCLOSED) -> bytes:
        """The document as PDF, or RenderingFailed within the limit of wall seconds.

        Raises DocumentStoreUnavailable when the child has no room for its own files (fault 38).
        """
        request = request_for(document, enclosures)
        self._forget_child_of_another_process()
        with self._lock:
            try:
                child = self._running_child()
                return pdf_of(child.ask(request, self._limits.wall_seconds))
            except (RenderingFailed, DocumentStoreUnavailable):
                self._stop_child()
                raise

    def close(self) -> None:
        """Stop the child; the next document starts another."""
        self._forget_child_of_another_process()
        with self._lock:
            self._stop_child()

    def __enter__(self) -> RendererProcess:
        """Close at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the child."""
        self.close()

    def _running_child(self) -> _Child:
        if self._child is not None and not self._child.is_running():
            self._stop_child()
        if self._child is None:
            self._child = _Child(self._child_module, self._limits)
        return self._child

    def _stop_child(self) -> None:
        if self._child is not None:
            self._child.stop()
            self._child = None

    def _forget_child_of_another_process(self) -> None:
        if self._owner != os.getpid():
            self._owner = os.getpid()
            self._lock = threading.Lock()
            self._child = None


class _Child:
    """One child process and its pipes."""

    def __init__(self, module: str, limits: RendererLimits) -> None:
        self._scratch = _own_folder()
        settings = ChildSettings(
            os.getpid(), self._scratch, limits.wall_seconds, limits.cpu_seconds, limits.memory_bytes
        )
        # A session of its own: Ctrl-C in a terminal is for the parent, whose end the child notices.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
            [sys.executable, "-m", module, settings.to_argument()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_PROJECT,
            env=_environment(self._scratch),
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout
        self._ready = False

    def is_running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.poll() is None

    def ask(self, request: bytes, seconds: float) -> bytes:
        """The child's answer; raises as `render` when it dies or takes longer than this."""
        expired = threading.Event()
        timer = threading.Timer(seconds, self._expire, (expired,))
        timer.daemon = True
        timer.start()
        try:
            answer = self._exchange(request)
        finally:
            timer.cancel()
            timer.join()
        if answer is None:
            raise self._failure(timed_out=expired.is_set())
        return answer

    def stop(self) -> None:
        """Kill the process if it still runs, and remove its files."""
        self._process.kill()
        self._process.wait()
        self._answers.close()
        # Bytes that the dead child never read may still be waiting to be sent.
        with suppress(BrokenPipeError):
            self._requests.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _exchange(self, request: bytes) -> bytes | None:
        self._ready = self._ready or read_frame(self._answers) == READY
        if not self._ready:
            return None
        with suppress(BrokenPipeError):
            write_frame(self._requests, request)
        return read_frame(self._answers)

    def _expire(self, expired: threading.Event) -> None:
        expired.set()
        self._process.kill()

    def _failure(self, *, timed_out: bool) -> RenderingFailed | DocumentStoreUnavailable:
        status = self._process.wait()
        if status == DISK_FULL_STATUS:
            return DocumentStoreUnavailable("the renderer's own files")
        if timed_out or status == -signal.SIGALRM:
            return RenderingFailed("RENDERER_TIMEOUT", retry=True)
        if status == -signal.SIGXCPU:
            return RenderingFailed("RENDERER_CPU_LIMIT", retry=False)
        if self._ready and status > 0:
            return RenderingFailed("RENDERING_ERROR", retry=False)
        return RenderingFailed("RENDERER_DIED", retry=True, message=f"exit status {status}")


def _own_folder() -> str:
    try:
        return tempfile.mkdtemp(prefix="bpm-renderer-")
    except OSError as error:
        raise DocumentStoreUnavailable(type(error).__name__) from error


def _environment(scratch: str) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _INHERITED_VARIABLES if name in os.environ}
    return inherited | {"PYTHONPATH": str(_PROJECT), "TMPDIR": scratch, "XDG_CACHE_HOME": scratch}
