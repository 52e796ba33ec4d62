"""Reads configurations of Caddy in JSON."""
