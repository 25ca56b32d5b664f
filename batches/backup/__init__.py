"""Copies of the whole database: consistent while people work, and verified.

`sqlite` and `postgres` have the same two functions: `write(part)` makes and verifies a copy, `put_back(copy)` replaces
our database by it. The old data stays until the new data is complete. Both raise CopyFailed.
"""
