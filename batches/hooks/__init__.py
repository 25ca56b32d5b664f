"""Outgoing webhooks: notices (batches.notify) become deliveries (gather), which are sent in order (send)."""
