"""A walk through pages: follows every link of a kind once, and lets axe-core look at each page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

SCHEMES = ("light", "dark")
(AXE,) = (Path(__file__).parents[1] / "vendor").glob("axe-core-*/axe.min.js")
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "iframes": False,  # a mail's own HTML may run no script, so axe can't look inside
}
NOT_PAGES = re.compile(
    r"/(logout|language|lang|locale|static|v1|metrics|healthz|readyz)\b|/file\b|/html$|/export|\.csv$"
    r"|/exchange-file$|/balances$"
)


class Walk:
    """Pages looked at, and what was wrong with them."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._axe = AXE.read_text(encoding="utf-8")
        self.seen: list[str] = []
        self.violations: list[str] = []

    def follow(self, *starts: str) -> None:
        """Open these pages and whatever they link to in their part of the product; one page of each kind."""
        is_staff = starts[0].startswith("/admin")
        known = {kind_of(start) for start in starts}
        waiting = list(starts)
        while waiting:
            self.open(waiting.pop(0))
            for address in self._links():
                kind = kind_of(address)
                if kind in known or address.startswith("/admin") is not is_staff:
                    continue
                known.add(kind)
                waiting.append(address)

    def open(self, address: str, status: int = 200) -> None:
        """Open one page and look at it."""
        answer = self._page.goto(address)
        assert answer is not None, "a page was loaded"
        assert answer.status == status, f"{address}: {answer.status}"
        self.look()

    def look(self) -> None:
        """Let axe-core look at the present page."""
        self._page.wait_for_load_state()
        address = urlsplit(self._page.url).path
        self.seen.append(address)
        self._page.evaluate(self._axe)
        found: dict[str, Any] = self._page.evaluate("rules => axe.run(document, rules)", RULES)
        self.violations += [
            f"{address}: {each['id']}: {node['html'][:200]}"
            for each in found["violations"]
            for node in each["nodes"]
        ]

    def _links(self) -> list[str]:
        here = urlsplit(self._page.url)
        links = self._page.locator("a[href]").evaluate_all("all => all.map(each => each.href)")
        parts = [urlsplit(link) for link in links]
        return [
            f"{part.path}?{part.query}" if part.query else part.path
            for part in parts
            if part.netloc == here.netloc and not NOT_PAGES.search(part.path)
        ]


def kind_of(address: str) -> str:
    """What pages of one kind share: the address without ids, slugs and queries."""
    path = urlsplit(address).path
    path = re.sub(r"/(catalogue|mailbox)/[^/]+", r"/\1/*", path)
    return re.sub(r"/[0-9]+|/[0-9a-f-]{32,}", "/*", path)
