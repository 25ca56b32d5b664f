#!/usr/bin/env python
"""Runs management commands: `python manage.py help` lists them."""

from reviewer.__main__ import main

if __name__ == "__main__":
    main()
