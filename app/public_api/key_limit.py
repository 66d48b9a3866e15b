"""The abuse guard of the API: so many requests a minute with one key (D4).

Counted in this process alone. Redis would cost more than the check itself, and the check must not depend
on it; with several processes a key gets at least this much, which is what was promised.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable

from app.web.errors import ApiError

REQUESTS_PER_MINUTE = 6000
"""Far above real use: 100 a second on average, bursts allowed within the minute. Never a quota."""
WINDOW_SECONDS = 60
MOST_KEYS = 100_000
"""So many presented keys are remembered at most: made-up ones can't fill the memory."""


class KeyLimit:
    """Counts requests by presented key in windows of a minute, never by address: Make shares addresses."""

    def __init__(
        self, most: int = REQUESTS_PER_MINUTE, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._counts: Counter[bytes] = Counter()
        self._window = 0

    def __len__(self) -> int:
        """How many keys are remembered now."""
        return len(self._counts)

    def count(self, key: str) -> None:
        """Count a request; raises ApiError 429 that says when to come back."""
        digest = hashlib.blake2b(key.encode(), digest_size=16).digest()
        window, elapsed = divmod(self._monotonic(), WINDOW_SECONDS)
        with self._lock:
            if window != self._window or len(self._counts) >= MOST_KEYS:
                self._counts.clear()
                self._window = int(window)
            self._counts[digest] += 1
            exceeded = self._counts[digest] > self._most
        if exceeded:
            raise ApiError(
                429,
                "TOO_MANY_REQUESTS",
                f"More than {self._most} requests a minute with one key. Please wait.",
                {"Retry-After": str(WINDOW_SECONDS - int(elapsed))},
            )
