"""The only files that a document may load: the vendored fonts."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from weasyprint.urls import URLFetcher, URLFetcherResponse

FONTS = Path(__file__).parent / "fonts"
TEMPLATES = Path(__file__).parent / "templates"


class ForbiddenUrl(ValueError):
    """A document asked for something outside the assets."""


class AssetFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
    """Gives `data:` URLs and files whose real path lies in one folder; refuses everything else.

    A refusal stops the rendering: our own templates ask for nothing else, so that anything refused is
    an attack or a defect, and a document must not be issued with a hole in it.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)
        self._folder = folder.resolve()

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """The content of an allowed URL; raises ForbiddenUrl for any other."""
        parts = urlsplit(url)
        if parts.scheme == "data":
            return super().fetch(url, headers)
        path = Path(url2pathname(parts.path)).resolve()
        if parts.scheme != "file" or parts.netloc or not path.is_relative_to(self._folder):
            raise ForbiddenUrl(f"a document may not load a {parts.scheme or 'relative'} URL")
        return URLFetcherResponse(url, path.read_bytes())
