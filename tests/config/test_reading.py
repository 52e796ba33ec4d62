"""Settings of a configuration, and the origin of each value."""

import re
from pathlib import Path

import pytest

from specdrift.config import read
from specdrift.errors import ConfigError
from specdrift.model.contract.selector import Selector
from specdrift.model.policy import Expect, FailOn, ProfilePolicy, UnsafeMethods
from specdrift.settings import CertificateFormat, ReportTarget, Resolve, Settings
from tests.config.reading import KNOWN, read_text

WHOLE = """\
spec = "openapi.yaml"
base-url = "https://staging.example.test:8443/v1"
fail-on = "warning"
baseline = "specdrift-baseline.json"
include-tag = "public"
exclude-method = ["delete"]

[server]
ca-file = "certs/server-ca.pem"
server-name = ""
tls-min = "1.2"
tls-max = "1.3"
variables = { region = "eu", port = 8443 }
listeners = ["http://staging.example.test:8080"]
names = ["public.example.test"]

[[identities]]
name = "alice"
cert-file = "certs/alice.pem"
key-file = "certs/alice.key"
key-pass-file = "certs/alice.pass"
roles = ["reader"]
[[identities]]
name = "old-alice"
cert-file = "certs/alice-revoked.p12"
key-pass = "${OLD_PASS}"
expect = "refused"
names = ["partner.example.test"]

[client-ca]
cert-file = "certs/client-ca.pem"
key-file = ""
crl-file = ""
[battery]
no-eku = "accept"

[schemes.clientCert]
[schemes.apiKey]
value = "${API_KEY}"
[schemes.oauth]
token-command = ["get-token", "--short"]
tokens.alice = "${ALICE}-${ALICE}"
[schemes.gatewayMtls]
kind = "mutualTLS"

[loader]
ref-root = "."
allow-remote-refs = []
mtls-extension = "x-mutualTLS"

[[operations]]
include-path = "/items/{id}"
parameters = { id = 7, exact = true, alice = { id = 8 } }
body = { name = "x" }
bodies.alice = { name = "hers" }
allow-roles = ["reader", "admin"]
unsafe-methods = "send"

[[operations]]
include-tag = "internal"
enabled = false
reason = "not reachable from CI"

[network]
concurrency = 4
rate-limit = "120/m"
timeout = "500ms"
overall-timeout = "1m"
retries = 0
max-requests = 9
resolve = ["Secure.localhost:8443:[::1]"]
allow-hosts = ["staging.example.test"]
[reports]
html = "out/report.html"
"""
SECRETS = {"OLD_PASS": "hunter2", "API_KEY": "key-1", "ALICE": "t"}


def test_a_whole_file_becomes_settings(tmp_path: Path) -> None:
    """Every key of the reference has its place, with units, paths and variables resolved."""
    settings = read_text(tmp_path, WHOLE, environ=SECRETS)
    alice, old = settings.identities
    first, second = settings.operations

    assert settings.spec == "openapi.yaml"
    assert settings.gate.fail_on is FailOn.WARNING
    assert settings.prior.baseline == tmp_path / "specdrift-baseline.json"
    assert settings.selection.include == Selector(tags=("public",))
    assert settings.selection.exclude == Selector(methods=("DELETE",))
    assert settings.server.ca_file == tmp_path / "certs/server-ca.pem"
    assert settings.server.variables == {"region": "eu", "port": "8443"}
    assert (alice.key_file, alice.format) == (tmp_path / "certs/alice.key", CertificateFormat.PEM)
    assert alice.roles == {"reader"}
    assert (old.expect, old.format) == (Expect.REFUSED, CertificateFormat.PKCS12)
    assert old.key_pass is not None
    assert old.key_pass.reveal() == "hunter2"
    assert settings.client_ca.key_file is None
    assert settings.battery == {"no-eku": ProfilePolicy.ACCEPT}
    assert settings.schemes["oauth"].token_command == ("get-token", "--short")
    assert settings.schemes["oauth"].tokens["alice"].reveal() == "t-t"
    assert settings.schemes["gatewayMtls"].kind == "mutualTLS"
    assert settings.loader.ref_root == tmp_path
    assert (first.include.paths, first.parameters) == (("/items/{id}",), {"id": "7", "exact": "true"})
    assert first.own_parameters == {"alice": {"id": "8"}}
    assert (first.unsafe_methods, first.body) == (UnsafeMethods.SEND, {"name": "x"})
    assert first.bodies == {"alice": {"name": "hers"}}
    assert (second.enabled, second.reason) == (False, "not reachable from CI")
    assert settings.network.rate_limit == pytest.approx(2.0)
    assert settings.network.timeout == pytest.approx(0.5)
    assert settings.network.overall_timeout == pytest.approx(60.0)
    assert settings.network.resolve == (Resolve(host="secure.localhost", port=8443, address="::1"),)
    assert settings.reports == (ReportTarget(format="html", path="out/report.html"),)


def test_without_any_configuration_everything_has_its_default(tmp_path: Path) -> None:
    """No file, no variable, no option: the defaults of the settings, and nothing else."""
    settings = read_text(tmp_path)
    assert set(settings.origins.values()) == {"default"}
    assert settings == Settings(origins=settings.origins)


@pytest.mark.parametrize(
    ("text", "environ", "options", "timeout", "origin"),
    [
        ("", {}, {}, 10.0, "default"),
        ('[network]\ntimeout = "1s"', {}, {}, 1.0, "specdrift.toml:2"),
        ('[network]\ntimeout = "1s"', {"SPECDRIFT_TIMEOUT": "2s"}, {}, 2.0, "SPECDRIFT_TIMEOUT"),
        (
            '[network]\ntimeout = "1s"',
            {"SPECDRIFT_TIMEOUT": "2s"},
            {"network.timeout": "3s"},
            3.0,
            "--timeout",
        ),
    ],
)
def test_option_beats_variable_beats_file_beats_default(
    tmp_path: Path,
    text: str,
    environ: dict[str, str],
    options: dict[str, str],
    timeout: float,
    origin: str,
) -> None:
    """The nearest word counts, and the origin says whose it was."""
    settings = read_text(tmp_path, text, environ=environ, options=options)
    assert settings.network.timeout == pytest.approx(timeout)
    assert settings.origins["network.timeout"] == origin


@pytest.mark.parametrize(
    ("variable", "value", "attribute", "expected"),
    [
        ("SPECDRIFT_SPEC", "api.yaml", "spec", "api.yaml"),
        ("SPECDRIFT_CHECKS", "certificate, undocumented", "checks.only", ("certificate", "undocumented")),
        ("SPECDRIFT_INSECURE", "yes", "server.insecure", True),
        ("SPECDRIFT_INSECURE", "off", "server.insecure", False),
        ("SPECDRIFT_RETRIES", "7", "network.retries", 7),
        ("SPECDRIFT_SERVER_TLS_MIN", "1.3", "server.tls_min", "1.3"),
        ("SPECDRIFT_INCLUDE_PATH", "/a,/b", "selection.include.paths", ("/a", "/b")),
        ("SPECDRIFT_CACERT", "system", "server.ca_file", None),
    ],
)
def test_variables_are_named_after_options(
    tmp_path: Path, variable: str, value: str, attribute: str, expected: object
) -> None:
    """What a file can say in a single table, a variable can say as well."""
    found: object = read_text(tmp_path, environ={variable: value})
    for name in attribute.split("."):
        found = getattr(found, name)
    assert found == expected


def test_the_default_identity_comes_from_options_and_variables(tmp_path: Path) -> None:
    """--cert and its companions describe one identity; each may come from elsewhere, also its passphrase."""
    environ = {"SPECDRIFT_CERT": "v.pem", "SPECDRIFT_KEY": "v.key", "SPECDRIFT_KEY_PASS": "${not expanded"}
    settings = read_text(tmp_path, environ=environ, options={"identities.cert-file": "o.pem"})
    (identity,) = settings.identities
    assert (identity.name, identity.cert_file, identity.key_file) == (
        "default",
        tmp_path / "o.pem",
        tmp_path / "v.key",
    )
    assert identity.key_pass is not None
    assert identity.key_pass.reveal() == "${not expanded"
    assert settings.origins["identities.default.cert-file"] == "--cert"
    assert settings.origins["identities.default.key-file"] == "SPECDRIFT_KEY"


def test_identity_options_add_to_the_file_and_win_over_it(tmp_path: Path) -> None:
    """--identity takes the place of the file's identity with the same name, and leaves the others."""
    entry = '[[identities]]\nname = "{0}"\ncert-file = "{0}.pem"\n'
    text = entry.format("alice") + entry.format("bob")
    new = ("alice=n.pem,n.key,role=r1,role=r2,expect=refused", "carol=c.pem")
    settings = read_text(tmp_path, text, options={"identities": new})
    by_name = {identity.name: identity for identity in settings.identities}
    assert sorted(by_name) == ["alice", "bob", "carol"]
    assert by_name["alice"].key_file == tmp_path / "n.key"
    assert by_name["alice"].roles == {"r1", "r2"}
    assert by_name["alice"].expect is Expect.REFUSED
    assert by_name["carol"].key_file is None


def test_report_options_add_to_the_file_and_win_over_it(tmp_path: Path) -> None:
    """--report replaces the file's report of the same format only."""
    text = '[reports]\nhtml = "a.html"\njson = "a.json"\n'
    settings = read_text(tmp_path, text, options={"reports": ("html=b.html", "text=-")})
    assert {target.format: target.path for target in settings.reports} == {
        "html": "b.html",
        "json": "a.json",
        "text": "-",
    }


def test_the_file_is_found_upwards_to_the_repository(tmp_path: Path) -> None:
    """From a folder below, its paths stay relative to it; a file above the repository is not ours."""
    (tmp_path / "specdrift.toml").write_text("retries = 1\n")
    repository = tmp_path / "repository"
    below = repository / "a" / "b"
    below.mkdir(parents=True)
    (repository / ".git").mkdir()
    assert read(cwd=below, environ={}).spec == ""

    (repository / "specdrift.toml").write_text('spec = "openapi.yaml"\n[server]\nca-file = "ca.pem"\n')
    settings = read(cwd=below, environ={})
    assert settings.spec == "../../openapi.yaml"
    assert settings.server.ca_file == repository / "ca.pem"
    assert settings.origins["spec"] == "../../specdrift.toml:1"


def test_pyproject_has_a_table_for_it(tmp_path: Path) -> None:
    """[tool.specdrift] counts where no specdrift.toml lies beside it; lines are those of pyproject.toml."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "specdrift-user"\n[tool.specdrift.network]\nretries = 5\n'
    )
    settings = read(cwd=tmp_path, environ={})
    assert settings.network.retries == 5
    assert settings.origins["network.retries"] == "pyproject.toml:4"

    (tmp_path / "specdrift.toml").write_text("[network]\nretries = 6\n")
    assert read(cwd=tmp_path, environ={}).network.retries == 6


def test_a_pyproject_without_our_table_is_passed_by(tmp_path: Path) -> None:
    """Neither a mention of the name nor another program's broken file stops the search."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "specdrift.toml").write_text("[network]\nretries = 6\n")
    below = tmp_path / "below"
    below.mkdir()
    (below / "pyproject.toml").write_text("[broken\n")
    assert read(cwd=below, environ={}).network.retries == 6
    (below / "pyproject.toml").write_text('[project]\ndependencies = ["specdrift"]\n')
    assert read(cwd=below, environ={}).network.retries == 6


@pytest.mark.parametrize("by", ["option", "variable"])
def test_a_file_can_be_named(tmp_path: Path, by: str) -> None:
    """--config and SPECDRIFT_CONFIG take a file of any name instead of looking for one."""
    (tmp_path / "other.toml").write_text("[network]\nretries = 3\n")
    (tmp_path / "specdrift.toml").write_text("[network]\nretries = 4\n")
    if by == "option":
        settings = read(config=Path("other.toml"), cwd=tmp_path, environ={})
    else:
        settings = read(cwd=tmp_path, environ={"SPECDRIFT_CONFIG": "other.toml"})
    assert settings.network.retries == 3
    assert settings.origins["network.retries"] == "other.toml:2"


def test_a_missing_named_file_is_an_error(tmp_path: Path) -> None:
    """A typing error in --config must not silently mean "no configuration"."""
    with pytest.raises(ConfigError, match=re.escape("absent.toml: No such file")):
        read(config=Path("absent.toml"), cwd=tmp_path, environ={})


def test_a_named_pyproject_needs_the_table(tmp_path: Path) -> None:
    """Naming a pyproject.toml without our table is a mistake that is said."""
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    with pytest.raises(ConfigError, match=re.escape("has no [tool.specdrift]")):
        read(config=Path("pyproject.toml"), cwd=tmp_path, environ={})


@pytest.mark.parametrize("spec", ["-", "https://example.test/openapi.yaml", "origin/main:api/openapi.yaml"])
def test_documents_that_are_no_files_stay_as_they_are(tmp_path: Path, spec: str) -> None:
    """Standard input, URLs and git revisions are not paths relative to the file."""
    below = tmp_path / "below"
    below.mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "specdrift.toml").write_text(f'spec = "{spec}"\n')
    assert read(config=Path("../specdrift.toml"), cwd=below, environ={}).spec == spec


def test_windows_line_ends_and_a_byte_order_mark_are_fine(tmp_path: Path) -> None:
    """What editors put into files does not shift lines."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "specdrift.toml").write_bytes(b"\xef\xbb\xbf[network]\r\n\r\nretries = 5\r\n")
    assert read(cwd=tmp_path, environ={}).origins["network.retries"] == "specdrift.toml:3"


def test_secrets_are_shown_nowhere(tmp_path: Path) -> None:
    """Neither settings nor their origins have the value of a secret in their text."""
    settings = read_text(tmp_path, WHOLE, environ=SECRETS | {"ALICE": "s3cr3t-token"})
    assert KNOWN.formats
    assert not [secret for secret in ("hunter2", "key-1", "s3cr3t") if secret in repr(settings)]
