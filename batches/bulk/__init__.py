"""Verdicts on many events: steps of the ledger in sets, and the run that does them chunk by chunk."""
