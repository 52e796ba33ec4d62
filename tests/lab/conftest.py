"""Certificates for the lab: the same as for the other servers."""

from tests.servers.conftest import pki

__all__ = ["pki"]
