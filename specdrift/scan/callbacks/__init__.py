"""Requests of the server to URLs in untrusted certificates."""
