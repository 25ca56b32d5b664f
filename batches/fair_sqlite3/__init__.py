"""Django's database backend for SQLite, with turns for those who write and shorter migrations."""
