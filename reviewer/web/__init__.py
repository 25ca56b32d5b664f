"""Django's plumbing: middleware, static files, metrics, uploads."""
