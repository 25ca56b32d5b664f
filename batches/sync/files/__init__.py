"""Reading results that somebody saved as a file: one module a format, found by content in `formats.py`. No Django here."""
