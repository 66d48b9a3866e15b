"""PayPal: Orders v2 with vaulting, refunds, disputes, webhooks and the older IPN (H3)."""
