"""These tests share a small shop."""

from tests.shop import shop

__all__ = ["shop"]
