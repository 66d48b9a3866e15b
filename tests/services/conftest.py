"""These tests share a small shop."""

from tests.shop import alice, shop

__all__ = ["alice", "shop"]
