"""Issuing documents of money and service: receipts, счета-фактуры, УПД and акты (J3)."""

from app.services.issuing.run import issue_due_documents

__all__ = ["issue_due_documents"]
