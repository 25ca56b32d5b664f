"""Figures about a batch and its reviewers, and their drawing."""
