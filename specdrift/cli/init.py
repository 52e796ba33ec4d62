"""``specdrift init``: a first configuration, from the document and the certificates at hand."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specdrift.cli.group import Example, command_with
from specdrift.cli.streams import say, write_out
from specdrift.config.source import FILE_NAME
from specdrift.errors import SpecdriftError, UsageError
from specdrift.model.identity import Expect

if TYPE_CHECKING:
    from specdrift.config.starter import Start, StarterIdentity
    from specdrift.model.contract import Contract
    from specdrift.pki.surroundings import FoundIdentity

Ask = Callable[[str, str], str]
"""A question and what Enter means; the answer."""

HERE = "https://localhost:8443"
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
    Example(line="specdrift init --spec api/openapi.yaml --base-url https://localhost:8443 --yes"),
)
@click.option("--spec", metavar="SPEC", help="The OpenAPI document; by default the one that is found here.")
@click.option(
    "--base-url", metavar="URL", help=f"Where the API runs; by default as the document says, else {HERE}."
)
@click.option("--yes", is_flag=True, help="Ask nothing; take what is found.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path(FILE_NAME),
    show_default=True,
    metavar="FILE",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def command(spec: str | None, base_url: str | None, output: Path, yes: bool, force: bool) -> None:  # noqa: FBT001
    """Write a first specdrift.toml from the document and the certificates that are found here.

    On a terminal it asks where it cannot know. It never overwrites a file unasked, and contacts nobody.
    """
    if not force and str(output) != "-" and output.exists():
        raise UsageError(f"{output} is there already; --force writes over it, -o - prints instead")
    from specdrift.config.starter import starter

    start = found(spec, base_url, beside=Path() if str(output) == "-" else output.parent)
    if not yes and sys.stdin.isatty() and sys.stderr.isatty():
        start = interview(start, lambda question, default: click.prompt(question, default=default, err=True))
    text = starter(start)
    if str(output) == "-":
        write_out(text.encode())
        return
    _write(output, text)
    certificates = "" if start.identities else "put in your certificates, then "
    say(
        f"wrote {output}; next: {certificates}`specdrift config check`, `specdrift plan` and `specdrift check`"
    )


def found(spec: str | None, base_url: str | None, *, beside: Path) -> "Start":
    """What document and certificates tell. A document that cannot be read is said on stderr, and hinders nothing."""
    from specdrift.config.starter import Start
    from specdrift.pki.surroundings import look_around

    name = spec or next((name for name in _CANDIDATES if Path(name).exists()), _CANDIDATES[0])
    contract = _contract(name)
    around = look_around(Path(), now=datetime.now(UTC))
    servers = [url for url in (contract.servers if contract else ()) if url.startswith("https://")]
    return Start(
        spec=_relative(Path(name), beside) if Path(name).exists() else name,
        base_url=base_url or (servers[0] if servers else HERE),
        contract=contract,
        identities=tuple(_identity(one, beside) for one in around.identities),
        server_ca=_relative(around.server_ca, beside) if around.server_ca else "",
        client_ca=_relative(around.client_ca, beside) if around.client_ca else "",
    )


def interview(start: "Start", ask: Ask) -> "Start":
    """Asks for the address, and of each certificate whether a correct server lets it in."""
    kept = []
    for identity in start.identities:
        words = f"{identity.cert_file}: is it to be accepted or refused, or skip it?"
        answer = ask(words, identity.expect.value)
        if answer in (Expect.ACCEPTED, Expect.REFUSED):
            kept.append(replace(identity, expect=Expect(answer)))
    base_url = ask("Where does the API run?", start.base_url)
    return replace(start, base_url=base_url, identities=tuple(kept))


def _identity(found: "FoundIdentity", beside: Path) -> "StarterIdentity":
    from specdrift.config.starter import StarterIdentity

    return StarterIdentity(
        name=found.name,
        cert_file=_relative(found.cert_file, beside),
        key_file=_relative(found.key_file, beside) if found.key_file else "",
        encrypted=found.encrypted,
        expect=Expect.REFUSED if found.expired else Expect.ACCEPTED,
    )


def _contract(name: str) -> "Contract | None":
    from specdrift.loader import load
    from specdrift.settings import LoaderSettings

    if not Path(name).exists():
        say(f"{name} is not there yet: the file is written without what a document would tell")
        return None
    try:
        return load(name, LoaderSettings())
    except SpecdriftError as error:
        say(f"{error}; the file is written without what the document would tell")
        return None


def _relative(path: Path, beside: Path) -> str:
    """Paths in a configuration are relative to it."""
    return Path(os.path.relpath(path, beside)).as_posix()


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
