"""The check behind every entrance: one function from parameters to the answer (design §5)."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from prometheus_client import Counter

from app.billing.periods import local_date
from app.bootstrap import Container
from app.public_api.messages import message_for
from app.services.checks import check_subscription
from app.services.usage import CheckCount

ANSWERS = Counter("bpm_checks_total", "Answers of the subscription check", ["code"])


def answer_check(
    container: Container, *, key: str, connector: str, account: str, operation_id: str | None = None
) -> dict[str, Any]:
    """The answer to a well-formed request, and its count in the statistics.

    Raises CheckUndecided or a database error when the answer can't be known: the caller says 503.
    """
    now = container.clock.now()
    answer = check_subscription(
        container.checking,
        key=key,
        connector=connector,
        account=account,
        now=now,
        operation_id=operation_id,
    )
    decision = answer.decision
    ANSWERS.labels(decision.code).inc()
    if answer.api_key_id is not None:
        what = CheckCount(local_date(now), answer.api_key_id, connector, account)
        container.usage.count(what, decision.allowed, now)
    return {
        "allowed": decision.allowed,
        "active": decision.active,
        "hasAccess": decision.has_access,
        "accountId": decision.account_id,
        "message": message_for(decision.code, answer.language),
        "code": decision.code.value,
        "status": decision.status.value if decision.status else None,
        "validUntil": _instant(decision.valid_until),
        "graceUntil": _instant(decision.grace_until),
        "stale": False,
        "requestId": secrets.token_hex(8),
        "serverTime": _instant(now),
    }


def _instant(value: datetime | None) -> str | None:
    return (
        None if value is None else value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    )
