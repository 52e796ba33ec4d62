"""Which layers and extractors reject anonymous callers."""
