"""Copies of the whole database, consistent while people work, and checked before anybody relies on them.

`sqlite` and `postgres` have the same two functions: `write(part)` makes and checks a copy, `put_back(copy)` replaces
what is in our database by it; what was there stays until the new is complete. Both raise CopyFailed.
"""
