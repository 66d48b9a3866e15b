"""These tests share a small shop."""

from tests.shop import alice, invoice_id, method_id, shop

__all__ = ["alice", "invoice_id", "method_id", "shop"]
