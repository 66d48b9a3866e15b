"""The child process: limits, restarts, no secrets, and no life after its parent."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from app.billing.documents.files import Enclosures
from app.billing.documents.invoice import InvoiceDocument
from app.billing.rendering import RenderingFailed
from app.documents.renderer import render_document
from app.documents.renderer_child import answer_to
from app.documents.renderer_frames import pdf_of, request_for
from app.documents.renderer_process import RendererLimits, RendererProcess
from tests.documents.invoices import BANK, russian_invoice

FAULTY = "tests.documents.faulty_child"


@pytest.fixture
def faulty() -> Iterator[RendererProcess]:
    with RendererProcess(RendererLimits(wall_seconds=20), FAULTY) as renderer:
        yield renderer


def numbered(number: str) -> InvoiceDocument:
    return replace(russian_invoice(), number=number)


def child_of(renderer: RendererProcess) -> int:
    return int(renderer.render(numbered("1")))


def failure_of(renderer: RendererProcess, document: InvoiceDocument) -> tuple[str, bool]:
    with pytest.raises(RenderingFailed) as failure:
        renderer.render(document)
    return failure.value.code, failure.value.retry


def test_the_child_renders_the_same_file_as_the_parent_would() -> None:
    with RendererProcess() as renderer:
        assert renderer.render(russian_invoice()) == render_document(russian_invoice())


def test_known_refusals_keep_their_codes_on_the_way_out_of_the_child() -> None:
    with RendererProcess() as renderer:
        assert failure_of(renderer, numbered("я" * 100_001)) == ("DOCUMENT_TOO_LARGE", False)
        wrong = replace(russian_invoice(), bank=replace(BANK, bic="1"))
        assert failure_of(renderer, wrong) == ("QR_REQUISITES", False)


def test_no_process_is_started_before_the_first_document() -> None:
    before = psutil.Process().children()
    RendererProcess().close()
    assert psutil.Process().children() == before


def test_one_child_serves_many_documents_and_many_threads(faulty: RendererProcess) -> None:
    seen: list[int] = []
    threads = [threading.Thread(target=lambda: seen.append(child_of(faulty))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len(set(seen)) == 1


@pytest.mark.parametrize(
    ("number", "code", "retry"),
    [
        ("DIE", "RENDERER_DIED", True),
        ("SWALLOW", "RENDERER_DIED", True),
        ("CRASH", "RENDERING_ERROR", False),
        ("MEMORY", "RENDERER_MEMORY_LIMIT", True),
        ("GROW", "RENDERER_MEMORY_LIMIT", True),
    ],
)
def test_a_child_that_fails_is_replaced(faulty: RendererProcess, number: str, code: str, retry: bool) -> None:
    first = child_of(faulty)
    assert failure_of(faulty, numbered(number)) == (code, retry)
    assert not psutil.pid_exists(first)
    assert child_of(faulty) != first


def test_the_traceback_of_a_crash_does_not_quote_the_document(
    faulty: RendererProcess, capfd: pytest.CaptureFixture[str]
) -> None:
    assert failure_of(faulty, numbered("CRASH")) == ("RENDERING_ERROR", False)
    log = capfd.readouterr().err
    assert "RuntimeError while rendering" in log
    assert "in misbehave" in log
    assert "unforeseen" not in log.replace('raise RuntimeError("unforeseen")', "")


@pytest.mark.slow
def test_a_child_that_hangs_is_killed_in_time_and_replaced() -> None:
    with RendererProcess(RendererLimits(wall_seconds=6), FAULTY) as renderer:
        first = child_of(renderer)
        started = time.monotonic()
        assert failure_of(renderer, numbered("HANG")) == ("RENDERER_TIMEOUT", True)
        assert time.monotonic() - started < 8
        assert not psutil.pid_exists(first)
        assert child_of(renderer) != first


@pytest.mark.slow
def test_a_child_that_is_stopped_by_a_signal_is_killed_as_well() -> None:
    with RendererProcess(RendererLimits(wall_seconds=6), FAULTY) as renderer:
        psutil.Process(child_of(renderer)).suspend()
        assert failure_of(renderer, numbered("1")) == ("RENDERER_TIMEOUT", True)


def test_a_child_that_burns_the_processor_is_killed_by_the_kernel() -> None:
    with RendererProcess(RendererLimits(wall_seconds=30, cpu_seconds=1), FAULTY) as renderer:
        assert failure_of(renderer, numbered("SPIN")) == ("RENDERER_CPU_LIMIT", False)


def test_the_processor_limit_is_for_each_document_not_for_the_life_of_the_child() -> None:
    with RendererProcess(RendererLimits(cpu_seconds=1)) as renderer:
        for _ in range(12):
            renderer.render(russian_invoice())


def test_a_child_that_died_while_idle_is_replaced_without_an_error(faulty: RendererProcess) -> None:
    first = child_of(faulty)
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert child_of(faulty) != first


def test_a_child_that_can_not_start_is_worth_another_try() -> None:
    with RendererProcess(child_module="tests.documents.broken_child") as renderer:
        assert failure_of(renderer, russian_invoice()) == ("RENDERER_DIED", True)


def test_what_libraries_print_does_not_reach_the_answers(faulty: RendererProcess) -> None:
    assert faulty.render(numbered("PRINT")).isdigit()


def test_the_child_knows_no_secrets(faulty: RendererProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "a secret of the parent")
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:password@host/name")
    known = json.loads(faulty.render(numbered("ENVIRONMENT")))
    # Python itself sets LC_CTYPE in an environment that names no language.
    assert set(known) <= {
        "PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH",
        "PYTHONPATH", "TMPDIR", "XDG_CACHE_HOME",
    }  # fmt: skip


def test_closing_stops_the_child_and_removes_its_files(faulty: RendererProcess) -> None:
    scratch = Path(json.loads(faulty.render(numbered("ENVIRONMENT")))["TMPDIR"])
    child = child_of(faulty)
    assert scratch.is_dir()
    faulty.close()
    assert not psutil.pid_exists(child)
    assert not scratch.exists()
    assert child_of(faulty) != child


def test_a_forked_process_starts_a_child_of_its_own(faulty: RendererProcess) -> None:
    first = child_of(faulty)
    reading, writing = os.pipe()
    forked = os.fork()
    if forked == 0:
        os.write(writing, str(child_of(faulty)).encode())
        faulty.close()
        os._exit(0)
    os.close(writing)
    os.waitpid(forked, 0)
    with os.fdopen(reading) as answer:
        assert int(answer.read()) not in (first, forked)
    assert child_of(faulty) == first


def test_the_child_dies_with_a_parent_that_is_killed_in_the_middle_of_a_rendering() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.documents.renderer_parent"], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    scratch = Path(child.environ()["TMPDIR"])
    assert child.is_running()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    child.wait(timeout=10)
    assert not scratch.exists()


def test_a_snapshot_that_can_not_be_read_is_answered_with_its_code() -> None:
    request = json.loads(request_for(russian_invoice(), Enclosures()))
    request["snapshot"]["version"] = 99
    with pytest.raises(RenderingFailed) as failure:
        pdf_of(answer_to(json.dumps(request).encode(), render_document))
    assert (failure.value.code, failure.value.retry) == ("SNAPSHOT_UNREADABLE", False)
