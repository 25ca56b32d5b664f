"""Bringing a file of results in: check it whole, show what is in it, then write it as a sync would."""
