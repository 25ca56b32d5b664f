"""Two analyses of the same videos: which findings are the same ones, matched in the background."""
