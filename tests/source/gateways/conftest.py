"""The certificates of the test servers."""

from tests.servers.conftest import pki

__all__ = ["pki"]
