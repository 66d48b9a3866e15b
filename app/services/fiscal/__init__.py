"""Fiscal receipts of settlements with individuals (54-ФЗ)."""
