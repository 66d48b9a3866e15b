"""Passwords: bcrypt over a SHA-256 digest, because bcrypt alone stops reading at 72 bytes."""

from __future__ import annotations

import base64
import hashlib
from functools import cached_property

import bcrypt


class PasswordHasher:
    """Hashes and verifies passwords at one cost."""

    def __init__(self, cost: int) -> None:
        self._cost = cost

    def hash(self, password: str) -> str:
        """The bcrypt hash of a password of any length."""
        return bcrypt.hashpw(_digest(password), bcrypt.gensalt(self._cost)).decode()

    def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is right. Without a hash the same time is spent and the answer is no."""
        matches = bcrypt.checkpw(_digest(password), (password_hash or self._nobody).encode())
        return matches and password_hash is not None

    @cached_property
    def _nobody(self) -> str:
        return self.hash("nobody's password")


def _digest(password: str) -> bytes:
    return base64.b64encode(hashlib.sha256(password.encode()).digest())
