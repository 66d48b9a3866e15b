"""Registers of fiscal receipts (54-ФЗ)."""
