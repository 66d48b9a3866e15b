"""The public API: the check, usage reports, webhooks."""
