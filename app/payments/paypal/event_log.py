"""PayPal's log of events of the last 30 days: what a lost webhook told, and lost answers (fault 24)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from app.billing.payment import GatewayEvent
from app.payments.paypal import events, reading
from app.payments.paypal.client import PayPalClient
from app.payments.paypal.errors import NoAnswer
from app.payments.paypal.instants import read_instant, write_instant
from app.payments.paypal.reading import Document

PATH = "/v1/notifications/webhooks-events"
PAGE_SIZE = "100"
MOST_PAGES = 200
"""20 000 events: a log that is longer, or goes in a circle, is read in parts."""


class EventLog:
    """Reads the log. Raises NoAnswer."""

    def __init__(self, client: PayPalClient) -> None:
        self._client = client

    def since(self, instant: datetime) -> list[GatewayEvent]:
        """Every event from the instant on, oldest first."""
        found = sorted(self._documents(instant), key=_made_at)
        return [event for event in map(events.read_document, found) if event is not None]

    def order_of(self, attempt_id: str, since: datetime) -> str | None:
        """The order of an attempt, by what events tell; None when they don't know it."""
        for document in self._documents(since):
            if events.attempt_of(document) == attempt_id:
                order_id = events.order_of(document)
                if order_id is not None:
                    return order_id
        return None

    def _documents(self, instant: datetime) -> Iterator[Document]:
        query: dict[str, str] | None = {"page_size": PAGE_SIZE, "start_time": write_instant(instant)}
        for _ in range(MOST_PAGES):
            answer = self._client.get(PATH, query)
            if not answer.done:
                raise NoAnswer(answer.issue)
            yield from reading.sections(answer.body, "events")
            following = reading.link(answer.body, "next")
            if following is None:
                return
            # Only the query of the link is used: the token goes to no host that an answer names.
            query = dict(parse_qsl(urlsplit(following).query))
        raise NoAnswer("the log has no end")


def _made_at(event: Document) -> datetime:
    return read_instant(event.get("create_time")) or datetime.min.replace(tzinfo=UTC)
