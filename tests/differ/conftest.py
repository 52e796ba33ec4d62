"""The certificates of the server that commands are tried on."""

import pytest

from tests.servers.pki import TestPki, make_pki


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TestPki:
    """A complete set of certificates."""
    return make_pki(tmp_path_factory.mktemp("pki"))
