"""Webhooks out: what happened is noted with it (notices), gathered into messages (gather) and sent in order (send)."""
