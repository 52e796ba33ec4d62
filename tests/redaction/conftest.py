"""Certificates for a server that repeats secrets."""

from tests.servers.conftest import pki

__all__ = ["pki"]
