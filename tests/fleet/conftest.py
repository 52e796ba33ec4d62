"""One set of certificates and servers for all tests of fleets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fleet.stand import Stand, stand
from tests.servers.pki import make_pki

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="package")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Servers of several stacks."""
    folder = tmp_path_factory.mktemp("fleet")
    with stand(make_pki(folder / "pki"), folder) as running:
        yield running
