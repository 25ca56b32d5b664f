"""Comparison of two analyses of the same videos: finds the same findings in the background."""
