"""What other tools do with `mutualTLS`: every claim of docs/comparison.md, run. Exits 1 where a claim does not hold."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib.resources import files
from pathlib import Path

import yaml
from msgspec import Struct

from benchmarks.peers import FOLDER, built_from, named, of_go, of_node, of_python, of_system
from tests.servers.cases import case_named
from tests.servers.pki import TestPki, make_pki
from tests.servers.verdict import compare

PAGE = Path(__file__).resolve().parents[1] / "docs" / "comparison.md"
TIME_S = 120
CORRECT, FORGOTTEN, OPEN = "python-cert-optional", "python-cert-optional-unguarded", "python-cert-none"
"""A server that enforces its document, one that lacks the guard of an operation, one that requests no certificate."""
DEMO = (files("specdrift.demo") / "openapi.yaml").read_text(encoding="utf-8")
ACCOUNTS = "      operationId: listAccounts\n"
OPENED = DEMO.replace(ACCOUNTS, f"{ACCOUNTS}      security: []\n")
"""The document, with one line that opens one operation."""
BASIC = DEMO.replace("type: mutualTLS", "type: http\n      scheme: basic")
"""The document, with passwords instead of certificates."""
DRIFT_RULES = "undocumented-endpoint,schema-consistency,security-baseline,owasp-api-top10"
"""Every rule of `redocly drift`."""


class Ground(Struct, frozen=True):
    """Certificates, and a folder for files."""

    pki: TestPki
    folder: Path

    @contextmanager
    def server(self, case: str) -> Iterator[str]:
        """Start a test server; yields its address and port."""
        with (
            tempfile.TemporaryDirectory(dir=self.folder) as name,
            case_named(case).start(self.pki, Path(name) / "server") as running,
        ):
            yield running.base_url.removeprefix("https://")

    def file(self, name: str, text: str) -> Path:
        """Write a file."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def drifts(self, case: str) -> set[tuple[str, str]]:
        """Rule and path of each drift that `specdrift check` finds."""
        return {(drift.rule, drift.path) for drift in compare(case_named(case), self.pki).found}

    def ran(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a program to its end."""
        words = [str(word) for word in command]
        return subprocess.run(
            words, cwd=self.folder, capture_output=True, text=True, timeout=TIME_S, check=False
        )


def sslyze(program: Path, ground: Ground) -> None:
    """The requirement of the listener, which is the same with and without the guard of an operation."""
    found = {}
    for case in (CORRECT, FORGOTTEN, OPEN):
        with ground.server(case) as where:
            done = ground.ran(program, "--json_out=sslyze.json", "--tlsv1_3", where)
        assert done.returncode == 0, done.stderr
        (scan,) = json.loads((ground.folder / "sslyze.json").read_text())["server_scan_results"]
        found[case] = scan["connectivity_result"]["client_auth_requirement"]
    assert found == {CORRECT: "OPTIONAL", FORGOTTEN: "OPTIONAL", OPEN: "DISABLED"}
    assert (ground.drifts(CORRECT), ground.drifts(FORGOTTEN)) == (
        set(),
        {("mtls-not-enforced", "/items/{id}")},
    )


def testssl(program: Path, ground: Ground) -> None:
    """No finding of the server defaults is about client certificates, though the server requests them."""
    file = ground.folder / "testssl.json"
    with ground.server(CORRECT) as where:
        # Its exit status counts warnings, of which a busy machine causes some.
        ground.ran(program, "--warnings", "batch", "--color", "0", "-S", "--jsonfile", file, where)
    found = {entry["id"]: entry["finding"] for entry in json.loads(file.read_text())}
    assert "cert_signatureAlgorithm" in found, "the control: it has read the server's certificate"
    assert [name for name, text in found.items() if "client" in f"{name} {text}".lower()] == []


def oasdiff(program: Path, ground: Ground) -> None:
    """`security: []` is an entry of the changelog, and no breaking change."""
    pair = (ground.file("old.yaml", DEMO), ground.file("new.yaml", OPENED))
    breaking = ground.ran(program, "breaking", *pair, "--fail-on", "WARN", "--format", "json")
    assert (breaking.returncode, json.loads(breaking.stdout)) == (0, [])
    (entry,) = json.loads(ground.ran(program, "changelog", *pair, "--format", "json").stdout)
    assert (entry["id"], entry["level"]) == ("api-security-anonymous-access-added", 1)
    lint = (sys.executable, "-P", "-m", "specdrift", "lint", pair[1], "--against", pair[0])
    told = ground.ran(*lint)
    assert (told.returncode, "security-downgrade" in told.stdout) == (1, True), told.stdout


def redocly_drift(program: Path, ground: Ground) -> None:
    """An anonymous request that got data is an error where a password is required, and no finding with mutualTLS."""
    traffic = ground.file("traffic.har", json.dumps(_anonymous("https://localhost:8443/accounts")))
    found = {}
    for name, text in {"mutualTLS": DEMO, "basic": BASIC}.items():
        document = ground.file(f"{name}.yaml", text)
        command = (program, "drift", traffic, "--api", document, "--server", "https://localhost:8443")
        done = ground.ran(*command, "--rules", DRIFT_RULES, "--format", "json")
        found[name] = [problem["ruleId"] for problem in json.loads(done.stdout)["problems"]]
    assert found == {"mutualTLS": [], "basic": ["security-baseline"]}


def respect(program: Path, ground: Ground) -> None:
    """The generated workflows call every operation with the certificate: they pass where it is never requested."""
    document = yaml.safe_load(case_named(OPEN).document.read_text(encoding="utf-8"))
    with ground.server(OPEN) as where:
        spec = ground.file(
            "respect.yaml", yaml.safe_dump({**document, "servers": [{"url": f"https://{where}"}]})
        )
        made = ground.ran(program, "generate-arazzo", spec, "-o", "respect.arazzo.yaml")
        assert made.returncode == 0, made.stderr
        pki = ground.pki
        pair = {
            "clientCert": str(pki.alice.cert),
            "clientKey": str(pki.alice.key),
            "caCert": str(pki.server_ca),
        }
        done = ground.ran(
            program, "respect", "respect.arazzo.yaml", "--mtls", json.dumps({f"https://{where}": pair})
        )
    assert done.returncode == 0, done.stdout + done.stderr


def _anonymous(url: str) -> dict[str, object]:
    """An archive of one request without credentials, which was answered with data."""
    request = {"method": "GET", "url": url, "httpVersion": "HTTP/1.1", "headers": [], "queryString": []}
    content = {"size": 2, "mimeType": "application/json", "text": "[]"}
    response = {"status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1", "content": content}
    response |= {"headers": [{"name": "Content-Type", "value": "application/json"}], "redirectURL": ""}
    sizes = {"cookies": [], "headersSize": -1, "bodySize": 0}
    entry = {"startedDateTime": "2026-01-01T00:00:00Z", "time": 1, "cache": {}}
    entry |= {"request": request | sizes, "response": response | sizes}
    entry |= {"timings": {"send": 0, "wait": 1, "receive": 0}}
    return {"log": {"version": "1.2", "creator": {"name": "test", "version": "1"}, "entries": [entry]}}


class Tool(Struct, frozen=True):
    """A program of others: where it is installed, how, and how it prints its version."""

    name: str
    here: Callable[[], Path | None]
    """Returns the program where it is there already."""
    install: Callable[[], Path | None]
    version: Callable[[Path], str]


def _built(*parts: str) -> Path | None:
    program = FOLDER.joinpath(*parts)
    return program if program.exists() else None


def _printed(program: Path, *, option: str = "--version") -> str:
    return named(program, "", option=option).strip()


_TESTSSL = partial(of_system, "testssl", "testssl.sh")
_REDOCLY = partial(_built, "node", "node_modules", ".bin", "redocly")
SSLYZE = Tool(
    "sslyze",
    partial(_built, "sslyze", "bin", "sslyze"),
    partial(of_python, "sslyze"),
    partial(_printed, option="--help"),
)
TESTSSL = Tool("testssl.sh", _TESTSSL, _TESTSSL, _printed)
OASDIFF = Tool(
    "oasdiff",
    partial(_built, "go", "bin", "oasdiff"),
    partial(of_go, "github.com/oasdiff/oasdiff@latest"),
    built_from,
)
REDOCLY = Tool("Redocly CLI", _REDOCLY, partial(of_node, "@redocly/cli", "redocly"), _printed)


class Claim(Struct, frozen=True):
    """A sentence about a tool, and what shows it."""

    tool: Tool
    says: str
    show: Callable[[Path, Ground], None]
    """Runs the program; raises AssertionError if it does otherwise."""


CLAIMS = (
    Claim(
        OASDIFF,
        "`breaking` passes a change that adds `security: []`; `changelog` notes it, as information. "
        "`specdrift lint --against` ends with 1",
        oasdiff,
    ),
    Claim(
        REDOCLY,
        "`drift` compares recorded traffic: an anonymous request that got data is an error where the document requires "
        "a password, and no finding where it requires `mutualTLS`",
        redocly_drift,
    ),
    Claim(
        REDOCLY,
        "`respect` runs workflows, with a certificate: those that `generate-arazzo` writes pass on a server that never "
        "requests one",
        respect,
    ),
    Claim(
        SSLYZE,
        "tells whether a listener requests client certificates; a server that lacks the guard of an operation looks "
        "to it like the correct one",
        sslyze,
    ),
    Claim(
        TESTSSL,
        "its server defaults (`-S`) have no finding about client certificates",
        testssl,
    ),
)

_PAGE = """\
# See what other tools do with `mutualTLS`

Each claim was run. A test of this repository shows the first two; `./dev bench comparison --write` installs the other
tools, runs each with the documents and test servers of this repository, and writes this page.

| tool | version | what it does where client certificates are required | shown by |
| --- | --- | --- | --- |
| Schemathesis | the one in `requirements/test.lock` | its authentication check (`ignored_auth`) finds no issue on a \
server that never requests a certificate | `tests/servers/test_peers.py` |
| openapi-core | the one in `requirements/runtime.lock` | has no provider for the scheme; specdrift adds one | \
`tests/loader/test_matching.py` |
{rows}

Schemathesis generates requests from schemas and validates the answers, which specdrift does not; specdrift uses its
generator for request bodies (the extra `bodies`). sslyze and testssl.sh test the listener's TLS, oasdiff and Redocly
CLI whole documents, which specdrift does not. Use them together. Other tools were not run: this page claims nothing of
them.
"""


def page(versions: Mapping[str, str]) -> str:
    """Return docs/comparison.md with the version of each tool."""
    rows = (
        f"| {claim.tool.name} | {versions[claim.tool.name]} | {claim.says} | "
        f"`{claim.show.__name__}` in `benchmarks/comparison.py` |"
        for claim in CLAIMS
    )
    return _PAGE.format(rows="\n".join(rows))


@contextmanager
def ground() -> Iterator[Ground]:
    """Make certificates in a temporary folder."""
    with tempfile.TemporaryDirectory() as name:
        yield Ground(make_pki(Path(name) / "pki"), Path(name))


def run(*, write: bool = False) -> bool:
    """Show every claim; False if one does not hold or a tool cannot be installed."""
    versions, held = {}, True
    with ground() as prepared:
        for claim in CLAIMS:
            program = claim.tool.install()
            if program is None:
                print(f"{claim.tool.name} cannot be installed here")
                held = False
                continue
            versions[claim.tool.name] = claim.tool.version(program)
            try:
                claim.show(program, prepared)
            except AssertionError as error:
                print(f"{claim.tool.name} {versions[claim.tool.name]} does otherwise: {claim.says}\n{error}")
                held = False
            else:
                print(f"{claim.tool.name} {versions[claim.tool.name]}: {claim.says}")
    if write and held:
        PAGE.write_text(page(versions), encoding="utf-8")
        print(f"wrote {PAGE}")
    return held
