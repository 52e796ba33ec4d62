"""Every mistake in a configuration names its file, its line and the expected value."""

import re
from pathlib import Path

import pytest

from specdrift.config import read
from specdrift.errors import ConfigError
from tests.config.reading import problems, read_text

AMOUNT = 'a number and a unit, such as "10s", "500ms" or "1m"'
FEW = "a whole number from 0 to 20"
IDENTITY = '[[identities]]\nname = "a"\ncert-file = "a.pem"\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            '\n[[identites]]\nname = "a"',
            'specdrift.toml:2: unknown key "identites". Did you mean "identities"?',
        ),
        ("xyzzy = 1", 'specdrift.toml:1: unknown key "xyzzy".'),
        (
            f"{IDENTITY}[[operations]]\n[[operations]]\n[operations.parameters]\nid = 1\nbob = {{ id = 2 }}",
            'specdrift.toml:8: operations.parameters.bob: there is no identity "bob".',
        ),
        (
            f"{IDENTITY}[[operations]]\n[operations.bodies]\nbob = 1",
            'specdrift.toml:6: operations.bodies.bob: there is no identity "bob".',
        ),
        (
            f"{IDENTITY}[[operations]]\n\n[operations.parameters.anonymous]\nid = 1",
            (
                "specdrift.toml:6: operations.parameters.anonymous: the caller without a certificate sends what a "
                "valid identity sends"
            ),
        ),
        (
            f'{IDENTITY}expect = "refused"\n[[operations]]\nparameters.a.id = 1',
            (
                "specdrift.toml:6: operations.parameters.a: it is expected to be refused; give it the values of an "
                "accepted identity"
            ),
        ),
        (
            f"{IDENTITY}[[operations]]\nparameters.a.id = [1]",
            (
                "specdrift.toml:5: operations.parameters: expected a table of strings, numbers or booleans, or such a "
                'table for an identity, not {"a": {"id": [1]}}'
            ),
        ),
        (
            '[network]\ntimout = "1s"',
            'specdrift.toml:2: unknown key "timout". Did you mean "timeout"?',
        ),
        (
            '[server]\nca-file = "a.pem"\n\nunsafe-methods = "send"',
            (
                'specdrift.toml:4: unknown key "unsafe-methods". Here it is in the table server: it belongs at '
                "the top of the file, above all tables."
            ),
        ),
        (
            'timeout = "1s"',
            'specdrift.toml:1: unknown key "timeout". Here it is in no table: it belongs in network.',
        ),
        (
            '[[operations]]\n[[operations]]\ninclude_path = "/a"',
            'specdrift.toml:3: unknown key "include_path". Did you mean "include-path"?',
        ),
        (
            '[schemes.oauth]\ntokn = "t"',
            'specdrift.toml:2: unknown key "tokn". Did you mean "token"?',
        ),
        (
            'fail-on = "eror"',
            (
                'specdrift.toml:1: fail-on: expected one of "error", "warning", "note", "never", not "eror".'
                ' Did you mean "error"?'
            ),
        ),
        (
            '[network]\nconcurrency = "8"',
            'specdrift.toml:2: network.concurrency: expected a whole number from 1 to 512, not "8"',
        ),
        (
            "[network]\nretries = true",
            f"specdrift.toml:2: network.retries: expected {FEW}, not true",
        ),
        (
            "[network]\nretries = -1",
            f"specdrift.toml:2: network.retries: expected {FEW}, not -1",
        ),
        (
            "[network]\nmax-requests = 0",
            "specdrift.toml:2: network.max-requests: expected a whole number of at least 1, not 0",
        ),
        (
            '[network]\ntimeout = "10"',
            f'specdrift.toml:2: network.timeout: expected {AMOUNT}, not "10"',
        ),
        (
            '[network]\ntimeout = "0s"',
            f'specdrift.toml:2: network.timeout: expected {AMOUNT}, not "0s"',
        ),
        (
            '[network]\nrate-limit = "20"',
            (
                'specdrift.toml:2: network.rate-limit: expected a rate, such as "20/s" or "100/m", or "",'
                ' not "20"'
            ),
        ),
        (
            '[network]\nresolve = ["host:99999:127.0.0.1"]',
            (
                "specdrift.toml:2: network.resolve: expected HOST:PORT:ADDR with an IP address,"
                ' such as "api.example.test:8443:127.0.0.1", not ["host:99999:127.0.0.1"]'
            ),
        ),
        (
            "insecure = true",
            'specdrift.toml:1: unknown key "insecure". Here it is in no table: it belongs in server.',
        ),
        (
            '[server]\ninsecure = "yes"',
            'specdrift.toml:2: server.insecure: expected true or false, not "yes"',
        ),
        (
            'base-url = "ftp://x"',
            'specdrift.toml:1: base-url: expected an http:// or https:// URL, not "ftp://x"',
        ),
        (
            'base-url = "https://me:pass@host"',
            "specdrift.toml:1: base-url: a base URL has no user name, query or fragment",
        ),
        (
            'base-url = "https://host:port"',
            "specdrift.toml:1: base-url: Port could not be cast to integer value as 'port'",
        ),
        ("server = 1", "specdrift.toml:1: server: expected a table: [server]"),
        ("[identities]", "specdrift.toml:1: identities: expected an array of tables: [[identities]]"),
        ('schemes.oauth = "x"', "specdrift.toml:1: schemes: expected a table for each name: [schemes.NAME]"),
        ("[[identities]]\ncert-file = 'b'", 'specdrift.toml:1: identities: "name" is missing'),
        ("[[identities]]\n\nname = 'b'", 'specdrift.toml:1: identities: "cert-file" is missing'),
        (IDENTITY + IDENTITY, 'specdrift.toml:5: identities.name: "a" is already at specdrift.toml:2'),
        (
            IDENTITY.replace('"a"', '"anonymous"'),
            (
                'specdrift.toml:2: identities.name: "anonymous" is the caller without a certificate;'
                " choose another name"
            ),
        ),
        (IDENTITY.replace('"a"', '" "'), "specdrift.toml:2: identities.name: is empty"),
        (
            IDENTITY + 'cert-type = "p12"\nkey-file = "a.key"',
            "specdrift.toml:5: identities.key-file: a PKCS#12 archive brings its own key",
        ),
        (
            IDENTITY.replace("a.pem", "a.PFX") + 'key-file = "a.key"',
            "specdrift.toml:4: identities.key-file: a PKCS#12 archive brings its own key",
        ),
        (
            IDENTITY + 'key-pass = "${P}"\nkey-pass-file = "f"',
            "specdrift.toml:4: identities.key-pass: key-pass-file is given as well; keep one",
        ),
        (
            IDENTITY + 'key-pass = "${UNSET}"',
            "specdrift.toml:4: identities.key-pass: the environment variable UNSET is not set",
        ),
        (
            '[schemes.s]\nvalue = "${P"',
            (
                'specdrift.toml:2: schemes.s.value: "${" begins a variable that does not end in "}"'
                ' (write "$${" for the characters themselves)'
            ),
        ),
        (
            "[schemes.s]\nvalue = 12345678",
            (
                'specdrift.toml:2: schemes.s.value: expected a string, best as "${VARIABLE}", not a value'
                " of type int"
            ),
        ),
        (
            '[schemes.s]\nvalue = "${P}"\ntoken = "${P}"',
            "specdrift.toml:3: schemes.s: value and token exclude each other",
        ),
        (
            IDENTITY + '[schemes.s]\ntokens = { b = "${P}" }',
            'specdrift.toml:5: schemes.s.tokens: there is no identity "b".',
        ),
        (
            '[server]\ntls-min = "1.3"\ntls-max = "1.2"',
            "specdrift.toml:2: server.tls-min: 1.3 is above tls-max (1.2)",
        ),
        (
            '[client-ca]\nkey-file = "k"',
            "specdrift.toml:2: client-ca.key-file: needs the CA's cert-file beside it",
        ),
        (
            'checks = ["certificat"]',
            'specdrift.toml:1: checks: unknown check "certificat". Did you mean "certificate"?',
        ),
        (
            '[battery]\nxyzzy = "skip"',
            'specdrift.toml:2: battery: unknown certificate profile "xyzzy". Known: no-eku, self-signed.',
        ),
        (
            '[battery]\nno-eku = "ignore"',
            'specdrift.toml:2: battery.no-eku: expected one of "refuse", "accept", "skip", not "ignore"',
        ),
        (
            '[reports]\nhtm = "x"',
            'specdrift.toml:2: reports: unknown report format "htm". Did you mean "html"?',
        ),
        ('[reports]\nhtml = ""', 'specdrift.toml:2: reports.html: expected a path, or "-", not ""'),
        ("a = @\n", "specdrift.toml:1:5: not TOML: Invalid value"),
        ("a = 1\na = 2\n", "specdrift.toml:2:6: not TOML: Cannot overwrite a value"),
        ('a = """\n', "specdrift.toml:2: not TOML: Unterminated string"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    """File, line, key, what was expected, and the nearest right word."""
    assert problems(tmp_path, text, environ={"P": "p"}) == [problem]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            {"network.timeout": "soon"},
            (
                "--timeout: network.timeout: expected a number and a unit,"
                ' such as "10s", "500ms" or "1m", not "soon"'
            ),
        ),
        (
            {"network.concurrency": "many"},
            '--concurrency: network.concurrency: expected a whole number from 1 to 512, not "many"',
        ),
        ({"identities.key-file": "a.key"}, "--key: there is no certificate to go with it; give --cert"),
        (
            {"identities": ("alice",)},
            '--identity: expected NAME=CERT[,KEY][,role=R][,scheme=S][,expect=accepted|refused], not "alice"',
        ),
        ({"identities": ("a=c,k,k2",)}, '--identity: "k2" is not understood in "a=c,k,k2"'),
        (
            {"identities": ("a=c,expet=refused",)},
            '--identity: "expet=refused" is not understood in "a=c,expet=refused". Did you mean "expect"?',
        ),
        (
            {"identities": ("a=c,expect=no",)},
            '--identity: identities.expect: expected one of "accepted", "refused", not "no"',
        ),
        ({"identities": ("a=c", "a=d")}, '--identity: "a" is given twice'),
        (
            {"identities": ("anonymous=c",)},
            (
                '--identity: identities.name: "anonymous" is the caller'
                " without a certificate; choose another name"
            ),
        ),
        ({"reports": ("html",)}, '--report: expected FORMAT=PATH, such as html=out/report.html, not "html"'),
        ({"reports": ("pdf=x",)}, '--report: reports: unknown report format "pdf". Known: html, json, text.'),
    ],
)
def test_a_mistake_on_the_command_line_names_its_option(
    tmp_path: Path, options: dict[str, object], problem: str
) -> None:
    """Options are held against the same table as the file."""
    assert problems(tmp_path, options=options) == [problem]


def test_a_variable_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """A wrong value in the environment is as much an error as one in the file."""
    assert problems(tmp_path, environ={"SPECDRIFT_RETRIES": "many"}) == [
        'SPECDRIFT_RETRIES: network.retries: expected a whole number from 0 to 20, not "many"'
    ]


def test_all_mistakes_are_shown_at_once(tmp_path: Path) -> None:
    """All mistakes are reported in one run."""
    text = 'fail-on = 1\n[network]\nretrys = 1\ntimeout = "x"\n'
    assert [line.split(": ")[0] for line in problems(tmp_path, text)] == [
        "specdrift.toml:1",
        "specdrift.toml:3",
        "specdrift.toml:4",
    ]


def test_a_mistyped_variable_is_worth_a_warning(tmp_path: Path) -> None:
    """It may belong to another program, so that it is no error."""
    warnings: list[str] = []
    read_text(
        tmp_path, environ={"SPECDRIFT_TIMEUOT": "1s", "SPECDRIFT_OWN_THING_OF_A_JOB": "1"}, warnings=warnings
    )
    assert warnings == ['SPECDRIFT_TIMEUOT is not a variable of specdrift. Did you mean "SPECDRIFT_TIMEOUT"?']


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("BASEURL", "BASE_URL"),
        ("BASE_URI", "BASE_URL"),
        ("URL", "BASE_URL"),
        ("CERTS", "CERT"),
        ("VERSION", ""),
        ("FOO", ""),
        ("GITLAB_TOKEN", ""),
        ("WEBHOOK_URL", ""),
        ("MODE", ""),
        ("BASE_URL", ""),
    ],
)
def test_the_nearest_variable_is_named(tmp_path: Path, name: str, meant: str) -> None:
    """By the name without the prefix, which all have. Those of the CI job and of other commands are no mistakes."""
    warnings: list[str] = []
    read_text(tmp_path, environ={f"SPECDRIFT_{name}": "https://localhost:1"}, warnings=warnings)
    assert [one.partition("Did you mean ")[2] for one in warnings] == (
        [f'"SPECDRIFT_{meant}"?'] if meant else []
    )


def test_a_secret_in_the_file_is_worth_a_warning(tmp_path: Path) -> None:
    """It works, and the warning does not repeat it."""
    warnings: list[str] = []
    settings = read_text(tmp_path, '[schemes.s]\nvalue = "pa$${ss"\n', warnings=warnings)
    value = settings.schemes["s"].value
    assert value is not None
    assert value.reveal() == "pa${ss"
    assert [warning.split(":")[:2] for warning in warnings] == [["specdrift.toml", "2"]]
    assert "pa$" not in warnings[0]


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    """A file in another encoding names the line of its first wrong byte."""
    (tmp_path / "specdrift.toml").write_bytes(b'spec = "a"\nbase-url = "\xff"\n')
    with pytest.raises(ConfigError, match=re.escape("specdrift.toml:2: not UTF-8")):
        read(cwd=tmp_path, environ={})


def test_a_bottomless_file_is_refused(tmp_path: Path) -> None:
    """Nesting that would exhaust the parser's stack is an error, not a crash."""
    (tmp_path / "specdrift.toml").write_text("a = " + "[" * 100_000 + "]" * 100_000)
    with pytest.raises(ConfigError, match=r"specdrift\.toml"):
        read(cwd=tmp_path, environ={})


def test_tool_specdrift_must_be_a_table(tmp_path: Path) -> None:
    """A pyproject.toml that uses the name for something else is said to be wrong."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "pyproject.toml").write_text("[tool]\nspecdrift = 1\n")
    with pytest.raises(ConfigError, match=re.escape("pyproject.toml: tool.specdrift is not a table")):
        read(cwd=tmp_path, environ={})


def test_revoke_within_needs_a_command(tmp_path: Path) -> None:
    """Its seconds count from the command."""
    text = '[[identities]]\nname = "a"\ncert-file = "a.pem"\nrevoke-within = "10s"\n'
    assert problems(tmp_path, text) == [
        "specdrift.toml:4: identities.revoke-within: needs a revoke-command beside it"
    ]
    (identity,) = read_text(tmp_path, text + 'revoke-command = ["true"]\n').identities
    assert identity.revoke_within == 10.0
