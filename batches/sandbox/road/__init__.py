"""A small simulated road: one script drives the picture, the boxes and the words about them. No Django, no HTTP."""
