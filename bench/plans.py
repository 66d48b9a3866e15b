"""The plans of the statements that a piece of work sends, as PostgreSQL would run them now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event

BIG_TABLES = frozenset(
    {
        "api_key",
        "customer",
        "document",
        "invoice",
        "invoice_line",
        "ledger_entry",
        "outbox_message",
        "payer",
        "payment",
        "payment_attempt",
        "payment_method",
        "service_month",
        "status_change",
        "subscription",
        "subscription_period",
    }
)
"""Tables with a row or more for each customer: to read one of them whole is to wait for everybody's rows."""
Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement and how it is run."""

    statement: str
    root: Node

    @property
    def nodes(self) -> Iterator[Node]:
        """Every step."""
        return _nodes(self.root)

    @property
    def read_whole(self) -> set[str]:
        """The big tables that are read from end to end."""
        scans = {"Seq Scan", "Parallel Seq Scan"}
        read = {node["Relation Name"] for node in self.nodes if node["Node Type"] in scans}
        return read & BIG_TABLES

    @property
    def indexes(self) -> set[str]:
        """The indexes that lead to the rows."""
        return {node["Index Name"] for node in self.nodes if "Index Name" in node}


def plans_of(engine: Engine, work: Callable[[], object]) -> list[Plan]:
    """Do the work, then ask for the plan of each different statement that read or changed rows.

    The plans are those for the values that were sent, on the tables as the work has left them.
    """
    sent: dict[str, Any] = {}

    def remember(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            sent.setdefault(statement, parameters)

    event.listen(engine, "before_cursor_execute", remember)
    try:
        work()
    finally:
        event.remove(engine, "before_cursor_execute", remember)
    return [
        Plan(statement, _explained(engine, statement, parameters)) for statement, parameters in sent.items()
    ]


def _explained(engine: Engine, statement: str, parameters: Any) -> Node:
    with engine.connect() as connection:
        asked = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        plan: Node = asked.scalar_one()[0]["Plan"]
    return plan


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)
