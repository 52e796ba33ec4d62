"""The callers and their certificates, created once."""

import pytest

from tests.crawler.sending import Client
from tests.servers.pki import TestPki, make_pki


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TestPki:
    """A complete set of certificates."""
    return make_pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def client(pki: TestPki) -> Client:
    """A client with all identities."""
    return Client(pki)
