"""The plugin in suites of users: with the demo's server, with uvicorn, with fixtures and with a configuration."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from specdrift.demo.server import running

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ("pytester",)
pytestmark = [pytest.mark.slow, pytest.mark.servers]

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "orders", "version": "1"},
    "security": [{"mtls": []}],
    "paths": {
        "/orders": {"get": {"responses": {"200": {"description": "ok"}}}},
        "/items": {"get": {"responses": {"200": {"description": "ok"}}}},
    },
    "components": {"securitySchemes": {"mtls": {"type": "mutualTLS"}}},
}
EXPECTED = [
    "GET /orders is refused without a certificate",
    "GET /orders admits valid certificates",
    "GET /orders refuses invalid certificates",
    "GET /orders differs in nothing else",
    "GET /items is refused without a certificate",
    "GET /items admits valid certificates",
    "GET /items refuses invalid certificates",
    "GET /items differs in nothing else",
    "the document has no findings",
    "the listener and other endpoints have no findings",
    "the run is complete",
]
TEST = """
import pytest

@pytest.mark.specdrift({arguments})
def test_certificates(specdrift_case):
    specdrift_case.verify()
"""
FIXTURES = """
import pytest
from specdrift import Identity

@pytest.fixture(scope="session")
def specdrift_base_url():
    return "https://localhost:{port}"

@pytest.fixture(scope="session")
def specdrift_ca():
    return {ca!r}

@pytest.fixture(scope="session")
def specdrift_identities():
    return [Identity.from_files("alice", {cert!r}, {key!r})]

@pytest.fixture(scope="session")
def specdrift_options():
    return {{"resolve": ["localhost:{port}:127.0.0.1"], "skip_checks": ["undocumented"]}}
"""
UVICORN = """
import ssl, threading, time
import pytest, uvicorn
from specdrift import Identity

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    found = scope["path"] in ("/orders", "/items")
    body = b'[{{"article": 4471193, "name": "gasket"}}]' if found else b'{{"detail": "Not Found"}}'
    await send({{"type": "http.response.start", "status": 200 if found else 404,
                "headers": [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]}})
    await send({{"type": "http.response.body", "body": body}})

@pytest.fixture(scope="session")
def specdrift_base_url():
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off",
                            ssl_certfile={server!r}, ssl_keyfile={server_key!r}, ssl_ca_certs={client_ca!r},
                            ssl_cert_reqs=ssl.{requires})
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield "https://127.0.0.1:%d" % server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()

@pytest.fixture(scope="session")
def specdrift_ca():
    return {ca!r}

@pytest.fixture(scope="session")
def specdrift_identities():
    return [Identity.from_files("alice", {cert!r}, {key!r})]
"""


def files(certificates: Path) -> dict[str, str]:
    """Paths of the demo's files."""
    names = {
        "ca": "server-ca.pem",
        "client_ca": "client-ca.pem",
        "server": "server.pem",
        "server_key": "server.key",
        "cert": "alice.pem",
        "key": "alice.key",
    }
    return {name: str(certificates / file) for name, file in names.items()}


AS_INSTALLED = ("-p", "no:cacheprovider")
"""Options of pytest with which it finds the plugin as for a user, with all others that are installed here."""
ALONE = (*AS_INSTALLED, "--disable-plugin-autoload", "-p", "specdrift.pytest_plugin")
"""Options with which it imports no other plugin: those of the tests' environment take longer than the rest."""


def suite(
    pytester: pytest.Pytester,
    conftest: str,
    arguments: str = '"openapi.json"',
    options: tuple[str, ...] = ALONE,
) -> dict[str, str]:
    """Run a suite; the outcome of each test by its id."""
    pytester.path.joinpath("openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    pytester.makeconftest(conftest)
    pytester.makepyfile(TEST.format(arguments=arguments))
    # In a process of its own: pytester restores sys.modules, and a second import of a library is another library.
    pytester.runpytest_subprocess(*options, "--junitxml=out.xml")
    cases = ET.parse(pytester.path / "out.xml").iter("testcase")  # noqa: S314 - written by pytest
    return {case.attrib["name"].partition("[")[2].rstrip("]"): outcome(case) for case in cases}


def outcome(case: ET.Element) -> str:
    """Passed, failed, or skipped; an expected failure is skipped."""
    kinds = {child.tag for child in case} & {"failure", "error", "skipped"}
    return {"failure": "failed", "error": "failed", "skipped": "skipped"}[kinds.pop()] if kinds else "passed"


@pytest.mark.parametrize(("requires", "guarded"), [("CERT_REQUIRED", True), ("CERT_OPTIONAL", False)])
def test_a_server_that_the_suite_starts(
    pytester: pytest.Pytester,
    certificates: Path,
    requires: str,
    guarded: bool,  # noqa: FBT001 - a table's column
) -> None:
    """uvicorn in a thread of the tests: each expectation passes, and without the guard those of the anonymous fail."""
    outcomes = suite(pytester, UVICORN.format(requires=requires, **files(certificates)))
    assert list(outcomes) == EXPECTED
    failed = {name for name, outcome in outcomes.items() if outcome == "failed"}
    if guarded:
        assert not failed
    else:
        assert {name for name in EXPECTED if "refused without" in name} <= failed
        assert "GET /orders admits valid certificates" not in failed


def test_each_planted_drift_fails_its_own_test(pytester: pytest.Pytester, certificates: Path) -> None:
    """The demo's document and server."""
    import specdrift.demo

    document = (specdrift.demo.__path__[0] + "/openapi.yaml").replace("\\", "/")
    with running(certificates) as port:
        conftest = FIXTURES.format(port=port, **files(certificates))
        outcomes = suite(pytester, conftest, repr(document))
    failed = {name for name, outcome in outcomes.items() if outcome == "failed"}
    assert "GET /transfers is refused without a certificate" in failed
    assert not [name for name in failed if name.startswith("GET /status ")]
    assert len(outcomes) > 20


def test_a_configuration_that_the_suite_names(pytester: pytest.Pytester, certificates: Path) -> None:
    """Identities and server from specdrift.toml; an accepted drift is an expected failure."""
    paths = files(certificates)
    with running(certificates) as port:
        text = f"""
spec = "openapi.json"
base-url = "https://localhost:{port}"
skip-checks = ["undocumented"]
[server]
ca-file = {json.dumps(paths["ca"])}
[[identities]]
name = "alice"
cert-file = {json.dumps(paths["cert"])}
key-file = {json.dumps(paths["key"])}
[network]
resolve = ["localhost:{port}:127.0.0.1"]
"""
        pytester.path.joinpath("specdrift.toml").write_text(text, encoding="utf-8")
        outcomes = suite(pytester, "", 'config="specdrift.toml"', AS_INSTALLED)
    assert list(outcomes) == EXPECTED
    # The demo's server has neither path: nothing is established, and nothing passes.
    assert {outcomes[name] for name in EXPECTED[:8]} == {"failed"}
    assert outcomes["the run is complete"] == "failed"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ('"missing.json"', "missing.json"),
        ("", "name a document"),
        ('"openapi.json", "b.json"', "takes one document"),
    ],
)
def test_what_cannot_be_collected_is_an_error(pytester: pytest.Pytester, arguments: str, said: str) -> None:
    """A suite without tests would pass."""
    pytester.path.joinpath("openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    pytester.makepyfile(TEST.format(arguments=arguments))
    ended = pytester.runpytest_subprocess(*ALONE)
    assert ended.ret != 0
    assert said in ended.stdout.str() + ended.stderr.str()


UNMARKED = """
import pytest
{marker}
def test_none():
    pass
"""
MARKER = '@pytest.mark.specdrift("openapi.json")'
TAKES = "def test_one(specdrift_case):\n    specdrift_case.verify()\n"
CHECKS_NOTHING = (
    UNMARKED.format(marker=MARKER),
    UNMARKED.format(marker=f"pytestmark = {MARKER[1:]}"),
    f"import pytest\n{MARKER}\nclass TestA:\n    def test_none(self):\n        pass\n",
    f"import pytest, unittest\nclass TestA(unittest.TestCase):\n    {MARKER}\n    def test_none(self):\n        pass\n",
    f"import pytest\n{MARKER}\n@pytest.mark.parametrize('x', [1])\ndef test_none(x):\n    pass\n{MARKER}\n{TAKES}",
)
CHECKS = (
    f"import pytest\npytestmark = {MARKER[1:]}\n{TAKES}\ndef test_none():\n    pass\n",
    (
        f"import pytest\n{MARKER}\nclass TestA:\n    def test_none(self):\n        pass\n"
        "    def test_one(self, specdrift_case):\n        specdrift_case.verify()\n"
    ),
    (
        f"import pytest\n@pytest.fixture\ndef case(specdrift_case):\n    return specdrift_case\n"
        f"{MARKER}\ndef test_none(case):\n    case.verify()\n"
    ),
)


@pytest.mark.parametrize(
    "text", CHECKS_NOTHING, ids=["function", "module", "class", "unittest", "other-parameter"]
)
def test_a_marker_without_a_case_is_an_error(pytester: pytest.Pytester, text: str) -> None:
    """It would pass against every server."""
    pytester.path.joinpath("openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    pytester.makepyfile(text)
    ended = pytester.runpytest_subprocess(*ALONE, "-k", "none")
    assert ended.ret == pytest.ExitCode.USAGE_ERROR
    assert "no test takes the fixture specdrift_case" in ended.stderr.str()


@pytest.mark.parametrize("text", CHECKS, ids=["module", "class", "fixture"])
def test_a_marker_with_a_case_may_have_other_tests_beside(pytester: pytest.Pytester, text: str) -> None:
    """Whatever is selected of them."""
    pytester.path.joinpath("openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    pytester.makepyfile(text)
    ended = pytester.runpytest_subprocess(*ALONE, "--collect-only", "-q", "-k", "none")
    assert ended.ret == pytest.ExitCode.OK, ended.stderr.str()


@pytest.mark.parametrize(
    ("body", "asks"),
    [
        ("pass", False),
        ("specdrift_case.result", False),
        ("specdrift_case.judgement", True),
        ("pytest.skip()", True),
    ],
)
def test_a_test_that_does_not_look_at_its_case_fails(
    pytester: pytest.Pytester,
    certificates: Path,
    body: str,
    asks: bool,  # noqa: FBT001 - a table's column
) -> None:
    """It would pass against every server. A test that judges itself, or is skipped, does not."""
    pytester.path.joinpath("openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    pytester.makeconftest(FIXTURES.format(port=1, **files(certificates)))
    pytester.makepyfile(TEST.format(arguments='"openapi.json"').replace("specdrift_case.verify()", body))
    ended = pytester.runpytest_subprocess(*ALONE)
    outcomes = ended.parseoutcomes()
    assert outcomes.get("failed", 0) == (0 if asks else len(EXPECTED))
    assert ("did not call specdrift_case.verify()" in ended.stdout.str()) is not asks


def test_a_check_that_cannot_start_fails_every_test(pytester: pytest.Pytester) -> None:
    """No base URL: nothing was checked."""
    outcomes = suite(pytester, "")
    assert list(outcomes.values()) == ["failed"] * len(EXPECTED)


def test_pytest_is_no_dependency_of_the_package() -> None:
    """And the plugin imports nothing of the package before a test is marked."""
    code = (
        "import sys, specdrift.pytest_plugin\n"
        "print(sorted(m for m in sys.modules if m.startswith('specdrift')))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "['specdrift', 'specdrift.pytest_plugin']"
