"""A provider that speaks like Stripe, keeps keys as Stripe does, and misbehaves when it is told to."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from threading import Event
from typing import Any

from tests.payments.stripe.double import endpoints
from tests.payments.stripe.double.books import Books, Refused
from tests.payments.stripe.double.form import read_form
from tests.payments.stripe.double.shapes import Body

KEY_RETENTION = timedelta(hours=24)


class Misdeed(Enum):
    """What may go wrong with one request, and when: before or after it was carried out."""

    HANG_BEFORE = "hang before"
    HANG_AFTER = "hang after"
    DROP_BEFORE = "drop before"
    DROP_AFTER = "drop after"
    FAIL_BEFORE = "500 before"
    FAIL_AFTER = "500 after"
    CONFLICT = "409"
    TOO_MANY = "429"
    REVOKED = "401"
    FORBIDDEN = "403"
    NONSENSE = "an answer without the fields that matter"


REFUSALS = {
    Misdeed.FAIL_BEFORE: Refused(500, type="api_error"),
    Misdeed.CONFLICT: Refused(409, type="idempotency_error", code="idempotency_key_in_use"),
    Misdeed.TOO_MANY: Refused(429, code="rate_limit"),
    Misdeed.REVOKED: Refused(401, code="api_key_expired"),
    Misdeed.FORBIDDEN: Refused(403, message="The provided key does not have the permissions"),
}


@dataclass(frozen=True)
class Remembered:
    """The first answer under a key."""

    request: str
    status: int
    body: str
    at: datetime


class Double:
    """Answers requests from its books; `misdeeds` are used up one by one by the requests they fit."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.keys: dict[str, Remembered] = {}
        self.misdeeds: list[tuple[str, Misdeed]] = []
        self.requests: list[str] = []
        """What was asked: method, path and key."""
        self.before: dict[str, Callable[[], None]] = {}
        """What happens just before a request that begins so."""
        self.page = 100
        """The most that one list answers."""
        self.woken = Event()
        """Ends what hangs, so that no thread outlives the test."""

    def misbehave(self, misdeed: Misdeed, request: str) -> None:
        """Do it at the next request that begins so, e.g. `POST /v1/payment_intents`."""
        self.misdeeds.append((request, misdeed))

    def count(self, request: str) -> int:
        """How many requests began so."""
        return sum(each.startswith(request) for each in self.requests)

    def next_misdeed(self, request: str) -> Misdeed | None:
        """The misdeed that is due now, after what was to happen before the request."""
        for begin, happening in self.before.items():
            if request.startswith(begin):
                happening()
        with self.books.lock:
            for planned in self.misdeeds:
                if request.startswith(planned[0]):
                    self.misdeeds.remove(planned)
                    return planned[1]
        return None

    def answer(self, method: str, path: str, form: str, key: str | None, misdeed: Misdeed | None) -> Any:
        """The status and the text of the answer. One key has one answer for a day."""
        with self.books.lock:
            self._prune()
            known = self.keys.get(key) if key and method == "POST" else None
            if known is not None:
                if known.request != path + form:
                    refused = Refused(400, type="idempotency_error")
                    return refused.status, json.dumps(refused.body)
                return known.status, known.body
            status, body = self._carry_out(method, path, read_form(form))
            if misdeed is Misdeed.FAIL_AFTER:
                status, body = 500, json.dumps(REFUSALS[Misdeed.FAIL_BEFORE].body)
            validated = status not in {400, 404}
            if key and method == "POST" and validated:
                self.keys[key] = Remembered(path + form, status, body, self.books.clock.now())
            return status, body

    def _prune(self) -> None:
        oldest = self.books.clock.now() - KEY_RETENTION
        self.keys = {key: known for key, known in self.keys.items() if known.at > oldest}

    def _carry_out(self, method: str, path: str, params: dict[str, Any]) -> tuple[int, str]:
        try:
            body = self._act(path, params) if method == "POST" else self._look(path, params)
            return 200, json.dumps(self._expanded(body, params.get("expand", [])))
        except Refused as refused:
            return refused.status, json.dumps(refused.body)

    def _act(self, path: str, params: dict[str, Any]) -> Body:
        for pattern, endpoint in endpoints.ACTIONS:
            found = re.fullmatch(pattern, path)
            if found:
                return endpoint(self.books, found.group(1), params)
        raise Refused(404, message=f"Unrecognized request URL {path}")

    def _look(self, path: str, params: dict[str, Any]) -> Body:
        collection, _, identity = path.rpartition("/") if path not in endpoints.KINDS else (path, "", "")
        kind = endpoints.KINDS[collection]
        if identity == "search":
            return {"object": "search_result", "has_more": False, "url": f"/v1/{path}", "next_page": None} | {
                "data": endpoints.search(self.books, kind, params)
            }
        if identity:
            return endpoints.retrieve(self.books, kind, identity)
        found = endpoints.listing(self.books, kind, params)
        ids = [body["id"] for body in found]
        start = ids.index(params["starting_after"]) + 1 if "starting_after" in params else 0
        end = start + min(self.page, int(params.get("limit", 10)))
        return {
            "object": "list",
            "url": f"/v1/{path}",
            "data": found[start:end],
            "has_more": end < len(found),
        }

    def _expanded(self, body: Body, names: list[str]) -> Body:
        body = copy.deepcopy(body)
        for name in names:
            if body.get(name) is not None:
                body[name] = copy.deepcopy(self.books.objects[body[name]])
        return body
