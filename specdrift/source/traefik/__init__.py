"""Reads configurations of Traefik: static and dynamic files."""
