"""The child process of the renderer: reads documents, writes PDF, and never outlives its parent.

The end of the parent shows in two ways, so that it is noticed even during a rendering: the pipe of
requests ends, and the parent's process id changes (a forked sibling may hold the pipe open). The
kernel's own death signal is not used: it follows the *thread* that started the child, and would
kill it under the hands of the parent's other threads.
"""

import errno
import logging
import os
import queue
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import IO

from app.billing.documents.files import Enclosures
from app.billing.documents.snapshot import PrintedDocument
from app.billing.errors import BillingError
from app.billing.rendering import RenderingFailed
from app.documents.renderer import load, render_document
from app.documents.renderer_frames import (
    DISK_FULL_STATUS,
    READY,
    ChildSettings,
    failure_answer,
    pdf_answer,
    read_frame,
    requested,
    write_frame,
)

Render = Callable[[PrintedDocument, Enclosures], bytes]

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_PARENT_CHECK_SECONDS = 1.0
_SECONDS_FOR_THE_PARENT = 5
"""The parent stops a slow rendering first; the kernel's alarm is for the case that it can't."""


def run_child(render: Render) -> None:
    """Answer requests until the parent is gone. Any unforeseen error ends the process with a traceback."""
    settings = ChildSettings.from_argument(sys.argv[1])
    sys.excepthook = _end_with_traceback
    # Texts of documents may stand in WeasyPrint's warnings, and logs must hold no personal data.
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    tempfile.tempdir = settings.scratch
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (settings.memory_bytes, settings.memory_bytes))
    answers = _own_output()
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    for watch in (_read_requests, _watch_parent):
        threading.Thread(target=watch, args=(settings, requests), daemon=True).start()
    load()
    write_frame(answers, READY)
    while True:
        request = requests.get()
        _limit_next_document(settings)
        answer = answer_to(request, render)
        signal.setitimer(signal.ITIMER_REAL, 0)
        write_frame(answers, answer)


def answer_to(request: bytes, render: Render) -> bytes:
    """The PDF of the requested document, or the code of the reason why there is none."""
    try:
        return pdf_answer(render(*requested(request)))
    except RenderingFailed as failure:
        return failure_answer(failure.code, retry=failure.retry)
    except BillingError as error:
        return failure_answer(error.code, retry=False)
    except MemoryError:
        return failure_answer("RENDERER_MEMORY_LIMIT", retry=True)


def _own_output() -> IO[bytes]:
    """Keep the pipe of answers for us: whatever is printed by anyone else goes to the standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _read_requests(settings: ChildSettings, requests: queue.SimpleQueue[bytes]) -> None:
    while (request := read_frame(sys.stdin.buffer)) is not None:
        requests.put(request)
    _leave(settings)


def _watch_parent(settings: ChildSettings, _requests: queue.SimpleQueue[bytes]) -> None:
    while os.getppid() == settings.parent:
        time.sleep(_PARENT_CHECK_SECONDS)
    _leave(settings)


def _leave(settings: ChildSettings) -> None:
    shutil.rmtree(settings.scratch, ignore_errors=True)
    # Not sys.exit: this is not the main thread, and that one may be in the middle of a rendering.
    os._exit(0)


def _end_with_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say where it happened but not the error's message, which may hold texts of the document."""
    traceback.print_tb(trace)
    sys.stderr.write(f"{kind.__name__} while rendering\n")
    sys.stderr.flush()
    # The reading thread holds the lock of its pipe, and an ordinary exit would abort over it.
    is_full = isinstance(error, OSError) and error.errno in _NO_ROOM
    os._exit(DISK_FULL_STATUS if is_full else 1)


def _limit_next_document(settings: ChildSettings) -> None:
    """Set the limits that the kernel enforces by killing the process: wall clock and processor seconds."""
    signal.setitimer(signal.ITIMER_REAL, settings.wall_seconds + _SECONDS_FOR_THE_PARENT)
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + settings.cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


if __name__ == "__main__":
    run_child(render_document)
