"""Asking vendors by themselves: unfinished batches at growing intervals, new batches by listing, webhooks as hints."""
