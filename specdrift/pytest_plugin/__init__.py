"""The pytest plugin: one test for each operation and expectation of a document (docs/pytest.md).

pytest imports this module in every run of an environment that has specdrift, so that it imports nothing else of the
package until a test is marked.
"""

from collections.abc import Generator, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from specdrift.pytest_plugin.case import Case
    from specdrift.settings import Identity

MARKER, FIXTURE = "specdrift", "specdrift_case"
MARKED = pytest.StashKey[dict[str, bool]]()
"""Whether a test below each marked node takes a case, by the node's id."""
CASE = pytest.StashKey["Case"]()
"""The case of a test that has it."""


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(spec, *, config=None, **options): a test of each operation and expectation of an OpenAPI document. "
        f"The arguments are those of specdrift.check; the test takes the fixture {FIXTURE} and calls verify().",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each marked test that takes a case one for each operation and expectation."""
    _note(metafunc.config, metafunc.definition, takes_case=FIXTURE in metafunc.fixturenames)
    if FIXTURE not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker(MARKER)
    if marker is None:
        raise pytest.UsageError(
            f'{metafunc.definition.nodeid}: mark it with @pytest.mark.{MARKER}("openapi.yaml")'
        )
    from specdrift.pytest_plugin.collection import subjects

    found = subjects(marker, metafunc.config.rootpath)
    metafunc.parametrize(FIXTURE, found, indirect=True, ids=[str(subject) for subject in found])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse a marker below which no test takes a case: it would check nothing, and pass.

    Every function of a module has been seen by now, whatever was selected; tests of unittest only here.
    """
    for item in items:
        _note(config, item, takes_case=FIXTURE in getattr(item, "fixturenames", ()))
    for node, takes_case in config.stash.get(MARKED, {}).items():
        if not takes_case:
            raise pytest.UsageError(
                f"{node}: @pytest.mark.{MARKER} checks nothing here: no test takes the fixture {FIXTURE}"
            )


def _note(config: pytest.Config, test: pytest.Item, *, takes_case: bool) -> None:
    """Note whether a test takes a case, for the test and each module or class above it that has the marker."""
    for node, _ in test.iter_markers_with_node(MARKER):
        marked = config.stash.setdefault(MARKED, {})
        marked[node.nodeid] = takes_case or marked.get(node.nodeid, False)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Fail a test that passes without having looked at its case."""
    returned = yield
    case = pyfuncitem.stash.get(CASE, None)
    if case is not None and not case.judged:
        pytest.fail(f"the test did not call {FIXTURE}.verify(), and checks nothing without it", pytrace=False)
    return returned


@pytest.fixture
def specdrift_case(request: pytest.FixtureRequest) -> "Case":
    """Return the operation and expectation of this test; ``verify()`` fails the test where they do not hold."""
    from specdrift.pytest_plugin.running import case_of

    return request.node.stash.setdefault(CASE, case_of(request))  # type: ignore[no-any-return]


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
