"""One gesture on many events: steps of the ledger in sets, and the run that takes them chunk by chunk."""
