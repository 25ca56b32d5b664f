"""Automatic sync: polls unfinished batches at growing intervals, lists new batches, and reacts to vendors' webhooks."""
