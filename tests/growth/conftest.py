"""Certificates for servers whose responses grow."""

from tests.servers.conftest import pki

__all__ = ["pki"]
