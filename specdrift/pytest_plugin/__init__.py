"""The pytest plugin: one test for each operation and expectation of a document (docs/pytest.md).

pytest imports this module in every run of an environment that has specdrift, so that it imports nothing else of the
package until a test is marked.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from specdrift.pytest_plugin.case import Case
    from specdrift.settings import Identity

MARKER, FIXTURE = "specdrift", "specdrift_case"


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(spec, *, config=None, **options): a test of each operation and expectation of an OpenAPI document. "
        f"The arguments are those of specdrift.check; the test takes the fixture {FIXTURE} and calls verify().",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each marked test that takes a case one for each operation and expectation."""
    if FIXTURE not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker(MARKER)
    if marker is None:
        raise pytest.UsageError(
            f'{metafunc.definition.nodeid}: mark it with @pytest.mark.{MARKER}("openapi.yaml")'
        )
    from specdrift.pytest_plugin.collecting import subjects

    found = subjects(marker, metafunc.config.rootpath)
    metafunc.parametrize(FIXTURE, found, indirect=True, ids=[str(subject) for subject in found])


@pytest.fixture
def specdrift_case(request: pytest.FixtureRequest) -> "Case":
    """Return the operation and expectation of this test; ``verify()`` fails the test where they do not hold."""
    from specdrift.pytest_plugin.running import case_of

    return case_of(request)


@pytest.fixture(scope="session")
def specdrift_base_url() -> str:
    """Return the URL of the API; override it with the server that your tests start."""
    return ""


@pytest.fixture(scope="session")
def specdrift_ca() -> str:
    """Return the PEM file that verifies the server; empty: that of the configuration, or the system's trust store."""
    return ""


@pytest.fixture(scope="session")
def specdrift_identities() -> "Iterable[Identity]":
    """Return the client identities; none: those of the configuration."""
    return ()


@pytest.fixture(scope="session")
def specdrift_options() -> Mapping[str, Any]:
    """Return further arguments of ``specdrift.check``, such as ``rate_limit``."""
    return {}
