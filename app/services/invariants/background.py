"""INV10 and INV12: what came in is processed, what was promised leaves."""

from __future__ import annotations

from app.services.invariants.invariant import Invariant

BACKGROUND = (
    Invariant(
        "INV10",
        "a provider's event does not wait for longer than an hour",
        "what the provider told us is not looked at",
        "SELECT id, NULL::bigint FROM webhook_event WHERE state = 'received' AND received_at < :due_since",
    ),
    Invariant(
        "INV12",
        "promised work is not due for longer than an hour",
        "mails and documents don't leave: the relay or the workers stand still",
        """
        SELECT id, NULL::bigint FROM outbox_message
        WHERE status IN ('waiting', 'relayed') AND available_at < :due_since
        """,
    ),
)
