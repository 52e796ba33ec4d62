"""The callers and their certificates, made once."""

import pytest

from tests.crawler.asking import Client
from tests.servers.pki import TestPki, make_pki


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TestPki:
    """A complete set of certificates."""
    return make_pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def client(pki: TestPki) -> Client:
    """Someone who asks as any of them."""
    return Client(pki)
