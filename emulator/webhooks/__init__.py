"""Webhooks (facts 6): `events` queues what happened, `payload` words and signs it, `deliveries` remembers what was
posted and with what success, `courier` posts it."""
