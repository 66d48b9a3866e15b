"""Gateways: one folder per provider, all behind the port of app.billing."""
