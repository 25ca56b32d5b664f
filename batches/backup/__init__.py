"""Copies of the whole database: consistent while people work, and verified.

`sqlite` and `postgres` have the same functions: `write(part)` makes and verifies a copy, `put_back(copy)` replaces our
database by it, `undo_interrupted()` ends what a killed `put_back` has begun. The old data stays until the new data is
complete. All raise CopyFailed.
"""
