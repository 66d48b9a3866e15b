"""A hostile document reaches neither the network nor foreign files; the controls show that it could."""

import html
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, cast

import pytest
from weasyprint import HTML
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from app.billing.documents.invoice import InvoiceDocument
from app.billing.documents.parties import Party
from app.billing.documents.snapshot import PrintedDocument
from app.billing.money import Money
from app.cli.sample_documents import SAMPLES
from app.documents.assets import FONTS, AssetFetcher, ForbiddenUrl
from app.documents.pages import page_of
from app.documents.renderer import render_document
from app.formatting.locale import Locale
from tests.documents.invoices import line, russian_invoice, with_lines

SECRET = b"\x89 the secret of another folder"


@dataclass
class Canary:
    """A loopback server that remembers every path it was asked for."""

    address: str = ""
    hits: list[str] = field(default_factory=list)


class QuietHandler(BaseHTTPRequestHandler):
    """Tells nobody about requests."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing to the standard error."""


@pytest.fixture
def canary() -> Iterator[Canary]:
    seen = Canary()

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            seen.hits.append(self.path)
            self.send_response(204)
            self.end_headers()

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    seen.address = f"http://127.0.0.1:{server.server_port}"
    yield seen
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_bytes(SECRET)
    return path


def hostile(canary: Canary, secret: Path) -> InvoiceDocument:
    markup = (
        f'</td></table><img src="{canary.address}/img"><link rel=stylesheet href="{canary.address}/css">'
        f'<style>@import "{canary.address}/import"; body {{ background: url({canary.address}/bg) }}</style>'
        f'<link rel=attachment href="{secret.as_uri()}"><script>fetch("{canary.address}/js")</script>'
        "{{ 7 * 7 }} {% include 'x' %}"
    )
    text = f"{canary.address}/text {secret.as_uri()} \"'><b>"
    document = replace(
        russian_invoice(),
        number=markup,
        payer=Party(markup, text, inn=markup, email=text),
        basis=markup,
        purpose=text,
        vat_exemption=markup,
    )
    return with_lines(document, replace(line(markup, document.total, rate=None), unit=text))


def poisoned(value: Any, markup: str) -> Any:
    """The value with markup for each of its free texts; names that other code checks are left alone."""
    if isinstance(value, tuple):
        return tuple(poisoned(each, markup) for each in value)
    if isinstance(value, Money) or not is_dataclass(value):
        return value
    texts = {
        each.name: markup if isinstance(getattr(value, each.name), str) and each.name not in CHECKED
        else poisoned(getattr(value, each.name), markup)
        for each in fields(value)
    }  # fmt: skip
    return replace(cast(Any, value), **texts)


CHECKED = {"kind", "country", "form", "language", "movement", "payment_method", "exchange_uuid", "stamp"}
CHECKED |= {"account", "bic", "correspondent_account", "inn", "kpp"}  # of the payment QR code


@pytest.mark.slow
@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES.keys())
def test_no_kind_of_document_fetches_or_reads_anything(
    canary: Canary, secret: Path, sample: Callable[[], PrintedDocument]
) -> None:
    markup = hostile(canary, secret).basis
    document = poisoned(sample(), markup)
    assert isinstance(document, type(sample()))
    page = page_of(document).html
    assert page.count("&lt;script&gt;") > 5
    assert "{{ 7 * 7 }}" in page
    if len(page) < 100_000:
        pdf = render_document(document)
        assert SECRET not in pdf
        assert b"/EmbeddedFile" not in pdf
    assert canary.hits == []


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_hostile_document_fetches_nothing_and_reads_nothing(
    canary: Canary, secret: Path, language: Locale
) -> None:
    pdf = render_document(replace(hostile(canary, secret), language=language))
    assert canary.hits == []
    assert SECRET not in pdf
    assert b"/EmbeddedFile" not in pdf


def test_control_without_escaping_and_with_an_open_fetcher_it_would_reach_both(
    canary: Canary, secret: Path
) -> None:
    unescaped = html.unescape(page_of(hostile(canary, secret)).html)
    pdf: bytes = HTML(string=unescaped, url_fetcher=URLFetcher()).write_pdf(uncompressed_pdf=True)
    assert {"/img", "/css", "/import", "/bg"} <= set(canary.hits)
    assert SECRET in pdf


def test_the_fetcher_stops_what_escaping_would_let_through(canary: Canary, secret: Path) -> None:
    unescaped = html.unescape(page_of(hostile(canary, secret)).html)
    with pytest.raises(FatalURLFetchingError):
        HTML(string=unescaped, url_fetcher=AssetFetcher(FONTS)).write_pdf()
    assert canary.hits == []


def test_template_syntax_in_texts_is_printed_not_run() -> None:
    page = page_of(replace(russian_invoice(), basis="{{ 7 * 7 }}{% for %}<i>")).html
    assert "{{ 7 * 7 }}{% for %}&lt;i&gt;" in page


def test_the_fetcher_gives_fonts_and_inline_images() -> None:
    fetcher = AssetFetcher(FONTS)
    assert fetcher.fetch((FONTS / "PTS55F.ttf").as_uri()).read() == (FONTS / "PTS55F.ttf").read_bytes()
    assert fetcher.fetch("data:text/plain,here").read() == b"here"


def forbidden_urls(folder: Path, secret: Path) -> list[str]:
    inside = folder.as_uri()
    return [
        secret.as_uri(),
        f"{inside}/../secret.txt",
        f"{inside}/%2e%2e/secret.txt",
        f"{inside}/link.txt",
        f"file://localhost{folder}/font.ttf",
        f"file://evil.example{folder}/font.ttf",
        f"FILE://{secret}",
        "http://127.0.0.1:9/font.ttf",
        "https://example.org/font.ttf",
        "ftp://example.org/font.ttf",
        "jar:file:///etc/passwd",
        "font.ttf",
        "//example.org/font.ttf",
        "",
    ]


def test_the_fetcher_refuses_everything_outside_its_folder(tmp_path: Path, secret: Path) -> None:
    folder = tmp_path / "assets"
    folder.mkdir()
    (folder / "font.ttf").write_bytes(b"font")
    (folder / "link.txt").symlink_to(secret)
    fetcher = AssetFetcher(folder)
    assert fetcher.fetch((folder / "font.ttf").as_uri()).read() == b"font"
    for url in forbidden_urls(folder, secret):
        with pytest.raises(ForbiddenUrl):
            fetcher.fetch(url)
