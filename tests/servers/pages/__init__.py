"""A server of long pages, and of handlers that trust a header in one request alone."""
