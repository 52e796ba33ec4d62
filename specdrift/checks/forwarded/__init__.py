"""Checks of headers in which a proxy forwards a client certificate (RFC 9440)."""
