"""Outgoing webhooks: notices record events (notices), become deliveries (gather) and are sent in order (send)."""
