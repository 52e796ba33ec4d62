"""``specdrift init``: a first configuration."""

import json
from pathlib import Path

import click

from specdrift.cli.group import Example, command_with
from specdrift.cli.streams import say, write_out
from specdrift.config.source import FILE_NAME
from specdrift.errors import UsageError

_STARTER = """\
# How specdrift checks this API. `specdrift config show` prints every key with its value and origin.
spec = {spec}
base-url = {base_url}

[server]
ca-file = "certs/server-ca.pem"      # or "system"

# Callers. `specdrift identities` says what is wrong with a certificate, without network.
[[identities]]
name = "alice"
cert-file = "certs/alice.pem"        # the certificate, then its chain
key-file = "certs/alice.key"
# key-pass = "${{ALICE_KEY_PASS}}"     # or key-pass-file = "certs/alice.pass"
# roles = ["reader"]

# A certificate that must be refused: revoked, expired, of another customer.
# [[identities]]
# name = "old-alice"
# cert-file = "certs/alice-revoked.pem"
# key-file = "certs/alice.key"
# expect = "refused"

# What the document cannot say.
# [[operations]]
# include-path = "/items/{{id}}"
# parameters = {{ id = 7 }}

[reports]
html = "out/report.html"
json = "out/result.json"
"""
_CANDIDATES = (
    "openapi.yaml",
    "openapi.yml",
    "openapi.json",
    "api/openapi.yaml",
    "docs/openapi.yaml",
    "swagger.json",
)


@command_with(
    "init",
    Example(line="specdrift init"),
    Example(line="specdrift init --spec api/openapi.yaml --base-url https://localhost:8443"),
)
@click.option("--spec", metavar="SPEC", help="The OpenAPI document; by default the one that is found here.")
@click.option("--base-url", metavar="URL", default="https://localhost:8443", show_default=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path(FILE_NAME),
    show_default=True,
    metavar="FILE",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def command(spec: str | None, base_url: str, output: Path, force: bool) -> None:  # noqa: FBT001 - click's
    """Write a first specdrift.toml with the keys that matter most. It never overwrites a file unasked."""
    text = _STARTER.format(spec=json.dumps(spec or _found_spec()), base_url=json.dumps(base_url))
    if str(output) == "-":
        write_out(text.encode())
        return
    _write(output, text, mode="w" if force else "x")
    say(
        f"wrote {output}; next: put in your certificates, then `specdrift config check` and `specdrift check`"
    )


def _found_spec() -> str:
    return next((name for name in _CANDIDATES if Path(name).exists()), _CANDIDATES[0])


def _write(path: Path, text: str, *, mode: str) -> None:
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} is there already; --force writes over it, -o - prints instead") from None
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
