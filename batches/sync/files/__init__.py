"""Reads results saved as files.

One module per format; `formats.py` recognises the format by content. No Django here.
"""
