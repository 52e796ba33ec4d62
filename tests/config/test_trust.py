"""A configuration that was only found does less than one that the owner trusts."""

import os
from pathlib import Path
from typing import Any

import pytest

from specdrift.config import AllowedNames, ConfigAccess, Consent, Use, read
from specdrift.config.keys.catalogue import GROUPS
from specdrift.config.reading import file as source
from specdrift.config.trust.consent import Trust
from specdrift.config.trust.store import TrustStore
from specdrift.errors import ConfigError, UsageError
from specdrift.settings import Settings
from tests.config.reading import KNOWN

PLAIN = """\
spec = "api/openapi.yaml"
base-url = "https://staging.example.test:8443"
baseline = ".github/baseline.json"
fail-on = "warning"
[server]
ca-file = "certs/ca.pem"
listeners = ["http://staging.example.test:8080"]
[[identities]]
name = "alice"
cert-file = "certs/alice.pem"
key-file = "certs/alice.key"
key-pass-file = "certs/alice.pass"
[client-ca]
cert-file = "certs/client-ca.pem"
key-file = "certs/client-ca.key"
[schemes.key]
value = "of the test system"
[loader]
ref-root = "."
[[operations]]
include-path = "/items/{id}"
parameters = { id = 7 }
[network]
timeout = "5s"
resolve = ["staging.example.test:8443:127.0.0.1"]
[reports]
html = "out/report.html"
text = "-"
"""
IDENTITY = '[[identities]]\nname = "a"\ncert-file = "{}"\nkey-file = "{}"\n'
DIRECTIONS = [
    'base-url = "https://elsewhere.test"',
    '[server]\nca-file = "ca.pem"',
    '[server]\nserver-name = "elsewhere.test"',
    '[server]\nvariables = { host = "elsewhere.test" }',
    '[server]\nlisteners = ["https://elsewhere.test"]',
    '[network]\nresolve = ["api.test:443:127.0.0.1"]',
    '[network]\nallow-hosts = ["elsewhere.test"]',
]


def found(
    folder: Path,
    text: str,
    *,
    environ: dict[str, str] | None = None,
    consent: Consent | None = None,
    use: Use = Use.SEND,
    **more: Any,  # noqa: ANN401 - as read
) -> Settings:
    """Return the settings of a file that is found in a repository."""
    (folder / ".git").mkdir(exist_ok=True)
    (folder / "specdrift.toml").write_text(text, encoding="utf-8")
    home = {"HOME": str(folder.parent / "home"), **(environ or {})}
    access = ConfigAccess(consent=consent or Consent(), use=use)
    return read(more.get("options"), names=KNOWN, cwd=folder, environ=home, access=access)


def refused(folder: Path, text: str, **more: Any) -> list[str]:  # noqa: ANN401 - as found
    """Return the problems of a file that is found."""
    with pytest.raises(ConfigError) as caught:
        found(folder, text, **more)
    return str(caught.value).splitlines()


def test_a_plain_configuration_needs_no_trust(tmp_path: Path) -> None:
    """Its own files, its own credentials and any host."""
    assert found(tmp_path, PLAIN).base_url == "https://staging.example.test:8443"


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('[schemes.oauth]\ntoken-command = ["steal"]', 2, "schemes.oauth.token-command"),
        ('[[identities]]\nname = "a"\nidentity-command = ["steal"]', 3, "identities.identity-command"),
        (IDENTITY.format("a.pem", "a.key") + 'revoke-command = ["steal"]', 5, "identities.revoke-command"),
        ('[schemes.key]\nvalue = "${API_KEY}"', 2, "schemes.key.value"),
        ('[schemes.oauth]\ntoken = "x${API_KEY}"', 2, "schemes.oauth.token"),
        ('[schemes.oauth]\ntokens.anonymous = "${API_KEY}"', 2, "schemes.oauth.tokens"),
        (IDENTITY.format("a.pem", "a.key") + 'key-pass = "${API_KEY}"', 5, "identities.key-pass"),
        (IDENTITY.format("../a.pem", "a.key"), 3, "identities.cert-file"),
        (IDENTITY.format("a.pem", "~/.ssh/id_rsa"), 4, "identities.key-file"),
        (IDENTITY.format("a.pem", "/etc/ssl/private/a.key"), 4, "identities.key-file"),
        ("[server]\ninsecure = true", 2, "server.insecure"),
        ('[server]\nca-file = "../ca.pem"', 2, "server.ca-file"),
        ('[loader]\nref-root = "/"', 2, "loader.ref-root"),
        ('[loader]\nallow-remote-refs = ["elsewhere.test"]', 2, "loader.allow-remote-refs"),
        ('spec = "https://elsewhere.test/openapi.yaml"', 1, "spec"),
        ('spec = "../openapi.yaml"', 1, "spec"),
        ('spec = "/etc/passwd"', 1, "spec"),
        ('[loader]\noverlays = ["a.yaml", "https://elsewhere.test/b.yaml"]', 2, "loader.overlays"),
        ('[loader]\noverlays = "../b.yaml"', 2, "loader.overlays"),
        ('changed-since = "https://elsewhere.test/openapi.yaml"', 1, "changed-since"),
        ('previous = "../result.json"', 1, "previous"),
        ('baseline = "../baseline.json"', 1, "baseline"),
        ('record = "../recording"', 1, "record"),
        ('resume = ".git/config"', 1, "resume"),
        ('update-baseline = true\nbaseline = ".github/baseline.json"', 2, "baseline"),
        ('[undocumented]\nfeeds = ["routes.txt", "~/.bash_history"]', 2, "undocumented.feeds"),
        ('[source]\ncrate = "../crate"', 2, "source.crate"),
        ('[reports]\ntext = "/srv/owner/.bashrc"', 2, "reports.text"),
        ('[reports]\ntext = "~/.bashrc"', 2, "reports.text"),
        ('[reports]\ntext = "../report.txt"', 2, "reports.text"),
        ('[reports]\ntext = ".git/config"', 2, "reports.text"),
        ('[reports]\nhtml = ".venv/report.html"', 2, "reports.html"),
        ('unsafe-methods = "send"', 1, "unsafe-methods"),
        ('[[operations]]\nunsafe-methods = "headers"', 2, "operations.unsafe-methods"),
        ("include-logout = true", 1, "include-logout"),
    ],
)
def test_what_needs_trust(tmp_path: Path, text: str, line: int, key: str) -> None:
    """The error has file, line, key, and the command that trusts the file; with trust there is none."""
    environ = {"API_KEY": "k-1"}
    first, last = refused(tmp_path, text, environ=environ)
    assert first.startswith(f"specdrift.toml:{line}: {key}: ")
    assert first.endswith(": only a trusted configuration may")
    assert last == (
        "specdrift.toml: not trusted. Read specdrift.toml; if you trust it, run `specdrift trust specdrift.toml`, "
        "use --trust-config for one run, or name it: --config specdrift.toml"
    )
    assert found(tmp_path, text, environ=environ, consent=Consent(trust=Trust.GRANTED)).file


@pytest.mark.parametrize("text", DIRECTIONS)
def test_who_decides_where_the_owners_credentials_go(tmp_path: Path, text: str) -> None:
    """The owner, or a trusted file; an untrusted one only if all credentials are its own."""
    assert found(tmp_path, text).file
    environ = {"SPECDRIFT_CERT": "/srv/owner/alice.pem", "SPECDRIFT_KEY": "/srv/owner/alice.key"}
    for more in (
        {"environ": environ},
        {"options": {"identities": ("alice=/srv/owner/alice.pem",)}},
        {"environ": {"SPECDRIFT_CLIENT_CA_KEY_FILE": "ca.key", "SPECDRIFT_CLIENT_CA_CERT_FILE": "ca.pem"}},
    ):
        problems = refused(tmp_path, text, **more)
        assert "decides where your credentials are sent: only a trusted configuration may" in problems[0]


def test_the_owners_url_takes_the_place_of_the_file_s(tmp_path: Path) -> None:
    """What an option or a variable overrides needs no trust."""
    environ = {"SPECDRIFT_CERT": "/srv/owner/alice.pem", "SPECDRIFT_BASE_URL": "https://api.test"}
    assert found(tmp_path, DIRECTIONS[0], environ=environ).base_url == "https://api.test"
    assert found(tmp_path, "[server]\ninsecure = true", options={"server.insecure": True}).server.insecure


def test_links_do_not_lead_outside(tmp_path: Path) -> None:
    """A checkout can hold symbolic links."""
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "out").symlink_to(tmp_path)
    (repository / "alice.key").symlink_to(tmp_path / "id_rsa")
    assert "reports.html" in refused(repository, '[reports]\nhtml = "out/report.html"')[0]
    assert "identities.key-file" in refused(repository, IDENTITY.format("a.pem", "alice.key"))[0]


def test_a_report_has_the_ending_of_a_report(tmp_path: Path) -> None:
    """Other files of a checkout may be the owner's: Python runs lines of site-packages/*.pth."""
    names = AllowedNames(formats=("text",), endings=("txt", "html"))
    (tmp_path / ".git").mkdir()
    file, environ = tmp_path / "specdrift.toml", {"HOME": "/nonexistent"}
    file.write_text('[reports]\ntext = "out/report.txt"\n')
    assert read(names=names, cwd=tmp_path, environ=environ).reports
    file.write_text('[reports]\ntext = "venv/lib/python3/site-packages/a.pth"\n')
    with pytest.raises(ConfigError, match="unusual file"):
        read(names=names, cwd=tmp_path, environ=environ)


@pytest.mark.parametrize("name", ["venv/bin/activate", "conftest.py", "Makefile", "script.sh"])
def test_a_recording_is_no_program(tmp_path: Path, name: str) -> None:
    """It holds answers of a server, and the owner may run such a file."""
    for key in ("record", "resume"):
        assert f"{key}: writes outside" in refused(tmp_path, f'{key} = "{name}"')[0]
        assert found(tmp_path, f'{key} = "out/run.json"').file


@pytest.mark.parametrize("key", ["cert-file", "key-file"])
def test_a_key_on_a_token_needs_trust(tmp_path: Path, key: str) -> None:
    """The file lies in the checkout, the key it names does not; the URI may also name a driver and a PIN."""
    label = "PKCS#11 PROVIDER URI"
    (tmp_path / "token.pem").write_text(f"-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n")
    names = {"cert-file": ("token.pem", "a.key"), "key-file": ("a.pem", "token.pem")}[key]
    assert f"identities.{key}: uses a key on a PKCS#11 token" in refused(tmp_path, IDENTITY.format(*names))[0]
    assert found(tmp_path, IDENTITY.format(*names), consent=Consent(trust=Trust.GRANTED)).identities


def test_commands_that_send_nothing_ignore_what_they_do_not_use(tmp_path: Path) -> None:
    """`lint` loads no credential and expands no variable, but it may not fetch or read outside either."""
    text = '[schemes.oauth]\ntoken = "${NOT_SET}"\n[server]\ninsecure = true\n[reports]\ntext = "/srv/owner/.bashrc"\n'
    assert found(tmp_path, text, use=Use.READ).server.insecure
    assert "spec" in refused(tmp_path, 'spec = "https://elsewhere.test"', use=Use.READ)[0]
    assert "ref-root" in refused(tmp_path, '[loader]\nref-root = "/"', use=Use.READ)[0]


def test_the_owner_allows_variables_by_name(tmp_path: Path) -> None:
    """By option or variable; then no other is expanded, not even in a trusted file."""
    text = '[schemes.key]\nvalue = "${API_KEY}"\n'
    environ = {"API_KEY": "k-1", "SPECDRIFT_ALLOW_ENV": "API_KEY, OTHER"}
    secret = found(tmp_path, text, environ=environ).schemes["key"].value
    assert secret is not None
    assert secret.reveal() == "k-1"
    other = Consent(trust=Trust.GRANTED, variables=frozenset({"OTHER"}))
    (problem,) = refused(tmp_path, text, environ=environ, consent=other)
    assert problem == (
        "specdrift.toml:2: schemes.key.value: the environment variable API_KEY is not one of --allow-env"
    )
    (problem, _) = refused(tmp_path, f'base-url = "https://elsewhere.test"\n{text}', environ=environ)
    assert "base-url: decides where your credentials are sent" in problem


def test_trust_is_bound_to_path_and_content(tmp_path: Path) -> None:
    """A change revokes it, as does another place; the record lies in the owner's configuration folder."""
    repository = tmp_path / "repository"
    repository.mkdir()
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    text = "[server]\ninsecure = true\n"
    assert refused(repository, text, environ=environ)
    store = TrustStore.of(environ)
    store.add(source.load(repository / "specdrift.toml", cwd=repository))
    assert found(repository, text, environ=environ).server.insecure
    assert [*store.paths()] == [repository / "specdrift.toml"]
    assert refused(repository, text + "\n", environ=environ)
    assert found(repository, text, environ=environ).server.insecure

    other = tmp_path / "other"
    other.mkdir()
    assert refused(other, text, environ=environ)
    assert store.remove(repository / "specdrift.toml")
    assert refused(repository, text, environ=environ)


def test_trust_in_a_pyproject_is_trust_in_its_table(tmp_path: Path) -> None:
    """Other tools change the rest of the file."""
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True)
    file = repository / "pyproject.toml"
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    table = "[tool.specdrift.server]\ninsecure = true\n"
    file.write_text(f'[project]\nversion = "1"\n{table}')
    TrustStore.of(environ).add(source.load(file, cwd=repository))
    file.write_text(f'[project]\nversion = "2"\n{table}')
    assert read(cwd=repository, environ=environ).server.insecure
    file.write_text(f'{table}x509-strict = true\n[project]\nversion = "2"\n')
    with pytest.raises(ConfigError, match="not trusted"):
        read(cwd=repository, environ=environ)


def test_a_checkout_cannot_bring_its_own_records(tmp_path: Path) -> None:
    """As it could if the home folder were the checkout."""
    environ = {"XDG_CONFIG_HOME": str(tmp_path / ".config")}
    text = "[server]\ninsecure = true\n"
    (tmp_path / "specdrift.toml").write_text(text)
    file = source.load(tmp_path / "specdrift.toml", cwd=tmp_path)
    with pytest.raises(UsageError, match="could trust itself"):
        TrustStore.of(environ).add(file)
    store = TrustStore.of(environ)
    store.folder.mkdir(parents=True)
    elsewhere = TrustStore(folder=tmp_path.parent / f"{tmp_path.name}-records")
    elsewhere.add(file)
    (record,) = elsewhere.folder.iterdir()
    record.rename(store.folder / record.name)
    assert refused(tmp_path, text, environ=environ)


def test_a_named_file_is_trusted_unless_the_owner_says_otherwise(tmp_path: Path) -> None:
    """--config and SPECDRIFT_CONFIG are the owner's word; --no-trust-config restricts them too."""
    file = tmp_path / "ci.toml"
    file.write_text("[server]\ninsecure = true\n")
    assert read(config=file, cwd=tmp_path, environ={}).server.insecure
    assert read(cwd=tmp_path, environ={"SPECDRIFT_CONFIG": "ci.toml"}).server.insecure
    withheld = ConfigAccess(consent=Consent(trust=Trust.WITHHELD))
    with pytest.raises(ConfigError, match=r"server\.insecure"):
        read(config=file, cwd=tmp_path, environ={}, access=withheld)


def test_the_search_ends_at_the_home_folder(tmp_path: Path) -> None:
    """What lies above it belongs to other users."""
    home = tmp_path / "home"
    (home / "work").mkdir(parents=True)
    (tmp_path / "specdrift.toml").write_text('fail-on = "never"\n')
    assert read(cwd=home / "work", environ={"HOME": str(home)}).file is None
    (home / "specdrift.toml").write_text('fail-on = "never"\n')
    assert read(cwd=home / "work", environ={"HOME": str(home)}).file == home / "specdrift.toml"


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can give files away")
def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As git does, for the file and its folder; a parent folder of another owner ends the search."""
    folder = tmp_path / "folder"
    (folder / "below").mkdir(parents=True)
    file = folder / "specdrift.toml"
    file.write_text('fail-on = "never"\n')
    environ = {"HOME": "/nonexistent", "XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    for given in (file, folder):
        os.chown(given, 4242, 4242)
        with pytest.raises(ConfigError, match="belongs to another user") as caught:
            read(cwd=folder, environ=environ)
        assert "specdrift trust specdrift.toml" in str(caught.value)
        granted = ConfigAccess(consent=Consent(trust=Trust.GRANTED))
        assert read(cwd=folder, environ=environ, access=granted).file == file
        assert read(cwd=folder, environ={**environ, "SUDO_UID": "4242"}).file == file
        os.chown(given, 0, 0)
    os.chown(folder / "below", 4242, 4242)
    assert read(cwd=folder / "below", environ=environ).file is None
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    assert read(cwd=folder, environ=environ).file == file, "the superuser's files are no risk"


HARMLESS = (
    "allow-incomplete baseline baseline-warn-days battery bodies body bound-tokens cert-file cert-type changed-since "
    "metadata-fields metadata-members "
    "checks concurrency crate crl-file enabled entry exclude-method exclude-operation-id exclude-path exclude-tag "
    "exhaustive exit-zero expect expect100-timeout fail-on feeds guards assume include-method include-operation-id "
    "include-path include-tag key-file key-pass key-pass-file kind learn max-bytes max-requests mtls-extension name "
    "names not-deployed-ok overall-timeout parameters previous profile rate-limit reason overlays record ref-root "
    "require reports resume retries revoke-within roles schemes allow-roles server-only-until session-file shard "
    "short-validity skip-checks spec timeout tls-max tls-min token tokens update-baseline validate value workers "
    "x509-strict "
)
"""Keys without a permission: what a path or a secret may be follows from its type. A new key needs a decision."""


def test_every_key_is_decided() -> None:
    """Each has a permission, or is listed as harmless."""
    undecided = {
        key.name
        for group in GROUPS
        for key in group.keys
        if key.permission is None and key.name not in HARMLESS.split()
    }
    assert undecided == set()
